"""The tables of a backtest, for the terminal and for the report alike. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from painwatch.alarm.backtest import RuleResult
from painwatch.alarm.events import Held, Outcome, PastAlarm, wilson
from painwatch.config.alarms import RuleConfig
from painwatch.core.minutes import MINUTE_NS

NONE = "–"
FEW = 20
"""Fewer events than this, and one of them more or less changes the figure by over 5 points."""


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of words under a header; `note` explains what is in it."""

    title: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""


def conditions_table(results: Sequence[RuleResult]) -> Table:
    """When each rule is raised."""
    rows = tuple((result.rule.config.name, condition(result.rule.config)) for result in results)
    return Table("Rules", ("rule", "raised when"), rows)


def alarms_table(results: Sequence[RuleResult]) -> Table:
    """One row for each rule: how often it was raised, and over how much time that could be judged."""
    header = ("rule", "alarms", "days judged", "of days", "alarms / day", "in alarm")
    rows = tuple(
        (
            result.rule.config.name,
            str(len(result.alarms)),
            f"{result.judged_days:.2f}",
            f"{result.days:.2f}",
            rate(result.alarms_per_day),
            duration(result.in_alarm_min),
        )
        for result in results
    )
    note = (
        "Days are cage-days: those of all cages together; for a rule of a group or of all cages, days of the group."
        " Only minutes that could be judged count as watched: the others are neither quiet nor alarming."
    )
    return Table("Alarms", header, rows, note)


def events_table(results: Sequence[RuleResult]) -> Table:
    """One row for each welfare rule: how many events it found, and how many alarms nothing explains."""
    header = ("rule", "detected", "sensitivity (95 %)", "lag", "false alarms", "false / day")
    rows = tuple(
        (
            result.rule.config.name,
            detected(held),
            sensitivity(held),
            lag(held),
            str(len(held.false_alarms)),
            rate(held.false_per_day),
        )
        for result in results
        if (held := result.held) is not None
    )
    note = (
        "Detected: of the events that could be judged. Lag: median from the event to the first alarm after it, with the"
        " shortest and the longest. False alarms: outside of all windows, and a judged day outside of them."
    )
    return Table("Events", header, rows, note)


def each_event(results: Sequence[RuleResult]) -> Table:
    """One row for each event and rule."""
    header = ("event", "cage", "rule", "outcome", "lag", "alarm ahead of it", "judged after it")
    rows = tuple(
        (
            f"{event.mark.name}, {moment(event.mark.time_ns)}",
            event.mark.cage,
            result.rule.config.name,
            event.outcome.value,
            NONE if event.lag_min is None else duration(event.lag_min),
            NONE if event.lead_min is None else f"{duration(event.lead_min)} before",
            f"{event.judged_min} of {event.window_min} min",
        )
        for result in results
        if result.held is not None
        for event in result.held.events
    )
    return Table("Each event", header, rows)


def each_alarm(results: Iterable[RuleResult], from_ns: int, to_ns: int) -> Table:
    """One row for each alarm, those that stood at the beginning included."""
    header = ("rule", "subject", "raised", "ended", "lasted", "peak", "judged", "coverage", "event")
    rows = []
    for result in results:
        false = {(alarm.subject, alarm.raised_ns) for alarm in result.held.false_alarms} if result.held else set()
        for alarm in (*result.earlier, *result.alarms):
            unexplained = (alarm.subject, alarm.raised_ns) in false
            event = NONE if result.held is None or alarm.raised_ns < from_ns else "none" if unexplained else "in window"
            rows.append((*_alarm(alarm, to_ns), event))
    note = "Lasted: until its condition ended, minutes that could not be judged included. Nobody acknowledged anything."
    return Table("Each alarm", header, tuple(rows), note)


def _alarm(alarm: PastAlarm, to_ns: int) -> tuple[str, ...]:
    ended_ns = to_ns if alarm.ended_ns is None else alarm.ended_ns
    return (
        alarm.rule,
        alarm.subject,
        moment(alarm.raised_ns),
        "stands" if alarm.ended_ns is None else moment(alarm.ended_ns),
        duration((ended_ns - alarm.raised_ns) / MINUTE_NS),
        NONE if alarm.peak is None else f"{alarm.peak:.2f}",
        f"{alarm.judged} of {alarm.judged + alarm.unjudged} min",
        NONE if alarm.coverage is None else f"{alarm.coverage:.2f}",
    )


def watched_table(results: Sequence[RuleResult]) -> Table:
    """One row for each rule and subject: what could be judged, and what could not."""
    header = ("rule", "subject", "judged", "too little seen", "nothing recorded", "alarms")
    rows = tuple(
        (
            result.rule.config.name,
            watched.subject.name,
            duration(watched.judged_min),
            duration(watched.unjudged_min),
            duration(watched.unseen_min),
            str(sum(alarm.subject == watched.subject.name for alarm in result.alarms)),
        )
        for result in results
        for watched in result.watched
    )
    return Table("What could be judged", header, rows)


def few_events(held: Held) -> str:
    """A warning where there are too few events to choose by; empty otherwise."""
    if held.judged >= FEW:
        return ""
    if held.judged == 0:
        return "No event could be judged: nothing is known of what these rules would find."
    low, _ = wilson(held.judged, held.judged) or (0.0, 1.0)
    events = "Only 1 event" if held.judged == 1 else f"Only {held.judged} events"
    return (
        f"{events} could be judged: were all of them detected, the sensitivity could still be as low as {low:.0%}."
        " Rules that differ by one event do not differ."
    )


def condition(rule: RuleConfig) -> str:
    """When a rule is raised, such as 'pain_probability >= 0.6 for 10 min, ends < 0.4'."""
    what = f"{rule.signal.value} {rule.unit}" if rule.unit else rule.signal.value
    up = rule.above is not None
    words = f"{what} {'>=' if up else '<'} {rule.threshold:g}"
    if rule.baseline is not None:
        words = words.replace(what, f"{what} - baseline", 1)
    if rule.for_min:
        words += f" for {rule.for_min:g} min"
    if rule.clear is not None:
        words += f", ends {'<' if up else '>='} {rule.clear:g}"
    return words


def detected(held: Held) -> str:
    """Such as '3 of 4, 1 not judged'."""
    aside = len(held.events) - held.judged
    return f"{held.count(Outcome.DETECTED)} of {held.judged}" + (f", {aside} not judged" if aside else "")


def sensitivity(held: Held) -> str:
    """A share with its interval, or a dash without events."""
    if held.sensitivity is None or held.interval is None:
        return NONE
    low, high = held.interval
    return f"{held.sensitivity:.0%} [{low:.0%}, {high:.0%}]"


def lag(held: Held) -> str:
    """The median lag with the shortest and the longest, or a dash."""
    lags, median = held.lags_min, held.median_lag_min
    if median is None:
        return NONE
    return duration(median) + ("" if len(lags) == 1 else f" ({duration(lags[0])} to {duration(lags[-1])})")


def rate(per_day: float | None) -> str:
    return NONE if per_day is None else f"{per_day:.2f}"


def duration(minutes: float) -> str:
    """Such as '42 min' or '3 h 05'."""
    whole = round(minutes)
    return f"{whole} min" if whole < 120 else f"{whole // 60} h {whole % 60:02}"


def moment(time_ns: int) -> str:
    """UTC to the minute."""
    return datetime.fromtimestamp(time_ns // 1_000_000_000, UTC).strftime("%Y-%m-%d %H:%M")

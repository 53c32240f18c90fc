"""Rules over minutes that are past: what they would have raised, and how long they could judge. Pure.

The alarms come from the same AlarmBook that the hub uses, given the same minutes in the same order.
"""

from __future__ import annotations

import math
from array import array
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from painwatch.alarm.book import AlarmBook
from painwatch.alarm.events import Held, PastAlarm, Window, hold
from painwatch.alarm.pooling import WATERMARK_NS
from painwatch.alarm.rules import Rule, Subject, subjects_of
from painwatch.alarm.samples import Sample
from painwatch.config.models import Config
from painwatch.core.alarms import RAISED, Mark, Transition
from painwatch.core.minutes import MINUTE_NS
from painwatch.core.signals import AlarmKind
from painwatch.core.types import MinuteSummary, Tick

DAY_MIN = 1440


@dataclass(frozen=True, slots=True)
class Watched:
    """How long one subject could be judged by one rule, in minutes; together they are the whole time asked for.

    `unjudged_min`: something was recorded, too little to judge by. `unseen_min`: nothing was recorded at all.
    """

    subject: Subject
    judged_min: int
    unjudged_min: int
    unseen_min: int


@dataclass(frozen=True, slots=True)
class RuleResult:
    """One rule over the time asked for.

    `alarms`: raised in that time, in order of time; `earlier`: those that stood when it began. `judged`: starts of the
    judged minutes of each subject, ascending, UTC ns. `held`: the alarms of a welfare rule beside marked events, None
    if none were named. `in_alarm_min`: how long alarms stood within that time, of all subjects together.
    """

    rule: Rule
    alarms: tuple[PastAlarm, ...]
    earlier: tuple[PastAlarm, ...]
    watched: tuple[Watched, ...]
    judged: Mapping[str, Sequence[int]]
    held: Held | None
    in_alarm_min: float

    @property
    def judged_days(self) -> float:
        """Days that could be judged, of all subjects together: cage-days, for a rule of single cages."""
        return sum(watched.judged_min for watched in self.watched) / DAY_MIN

    @property
    def days(self) -> float:
        """All days asked for, of all subjects together."""
        return sum(w.judged_min + w.unjudged_min + w.unseen_min for w in self.watched) / DAY_MIN

    @property
    def alarms_per_day(self) -> float | None:
        """Alarms a judged day; None if nothing could be judged."""
        return len(self.alarms) / self.judged_days if self.judged_days else None


def backtest(
    config: Config,
    rules: Sequence[Rule],
    minutes: Iterable[MinuteSummary],
    marks: Iterable[Mark],
    *,
    from_ns: int,
    to_ns: int,
    window: Window | None = None,
) -> tuple[RuleResult, ...]:
    """What `rules`, all on minutes of cages, would have raised within from_ns <= t < to_ns, one result for each.

    Args:
        config: its cages are those that are watched.
        minutes: of all cages, in order of time, from as long before `from_ns` as the rules' state is to be known;
            none that begins at `to_ns` or later.
        marks: in order of time. Each is taken before the first minute that is not older; nobody acknowledges anything.
        from_ns, to_ns: whole minutes.
        window: which marks are events.
    """
    marks = tuple(marks)
    kept = _Kept(config, rules, from_ns)
    book = AlarmBook(config, rules, heard=kept.heard)
    for message in _in_order(minutes, marks):
        for transition in book.take(message).transitions:
            kept.turned(transition, to_ns)
    return tuple(kept.result(rule, marks, window, from_ns, to_ns) for rule in rules)


def _in_order(minutes: Iterable[MinuteSummary], marks: Sequence[Mark]) -> Iterable[MinuteSummary | Mark | Tick]:
    """As the hub would have taken them: marks before the minutes after them, a Tick when all of a minute is told."""
    coming, last_ns = list(reversed(marks)), None
    for minute in minutes:
        if last_ns is not None and minute.start_ns > last_ns:
            yield Tick(last_ns + MINUTE_NS)
        while coming and coming[-1].time_ns <= minute.start_ns:
            yield coming.pop()
        last_ns = minute.start_ns
        yield minute
    if last_ns is not None:
        yield Tick(last_ns + MINUTE_NS)
        # The last minutes of groups are waited for no longer.
        yield Tick(last_ns + MINUTE_NS + WATERMARK_NS)


@dataclass(slots=True)
class _Seen:
    """The minutes of one subject as rules of one sight saw them; NaN where they could not judge. Shared by the variants
    of a rule, which differ in what they make of the same values.
    """

    starts: array[int] = field(default_factory=lambda: array("q"))
    values: array[float] = field(default_factory=lambda: array("d"))
    coverage: array[float] = field(default_factory=lambda: array("d"))

    def add(self, sample: Sample) -> None:
        self.starts.append(sample.start_ns)
        self.values.append(math.nan if sample.value is None else sample.value)
        self.coverage.append(math.nan if sample.coverage is None else sample.coverage)

    def between(self, from_ns: int, to_ns: int) -> range:
        """Which minutes begin in the range."""
        return range(bisect_left(self.starts, from_ns), bisect_left(self.starts, to_ns))


class _Kept:
    """What is kept while the minutes go by."""

    def __init__(self, config: Config, rules: Sequence[Rule], from_ns: int) -> None:
        self._subjects = {rule.config.name: subjects_of(rule.config, config) or () for rule in rules}
        self._from_ns = from_ns
        owners: dict[str, str] = {}
        self._sight = {rule.config.name: owners.setdefault(_sight(rule), rule.config.name) for rule in rules}
        self._owners = set(owners.values())
        self._seen: dict[tuple[str, str], _Seen] = {
            (rule, subject.name): _Seen() for rule in self._owners for subject in self._subjects[rule]
        }
        self._upwards = {rule.config.name: rule.config.above is not None for rule in rules}
        self._open: dict[tuple[str, str], Transition] = {}
        self._alarms: dict[str, list[PastAlarm]] = {rule.config.name: [] for rule in rules}

    def heard(self, rule: Rule, subject: Subject, sample: Sample) -> None:
        if rule.config.name in self._owners:
            self._seen[rule.config.name, subject.name].add(sample)

    def turned(self, transition: Transition, to_ns: int) -> None:
        key = (transition.rule, transition.subject)
        stood, stands = transition.before in RAISED, transition.after in RAISED
        if stands and not stood and transition.time_ns < to_ns:
            self._open[key] = transition
        elif stood and not stands and key in self._open and transition.time_ns < to_ns:
            self._close(self._open.pop(key), transition.time_ns, to_ns)

    def result(self, rule: Rule, marks: Sequence[Mark], window: Window | None, from_ns: int, to_ns: int) -> RuleResult:
        name, subjects = rule.config.name, self._subjects[rule.config.name]
        for key in [key for key in self._open if key[0] == name]:
            self._close(self._open.pop(key), None, to_ns)
        alarms = sorted(self._alarms[name], key=lambda alarm: (alarm.raised_ns, alarm.subject))
        # What ended before the time asked for is no part of it.
        alarms = [alarm for alarm in alarms if alarm.ended_ns is None or alarm.ended_ns > from_ns]
        judged = {subject.name: self._judged(name, subject, from_ns, to_ns) for subject in subjects}
        subject_of = {cage: subject.name for subject in subjects for cage in subject.cages}
        return RuleResult(
            rule=rule,
            alarms=tuple(alarm for alarm in alarms if alarm.raised_ns >= from_ns),
            earlier=tuple(alarm for alarm in alarms if alarm.raised_ns < from_ns),
            watched=tuple(
                self._watched(name, subject, len(judged[subject.name]), from_ns, to_ns) for subject in subjects
            ),
            judged=judged,
            held=hold(alarms, judged, marks, subject_of, window, from_ns, to_ns)
            if window is not None and rule.config.kind is AlarmKind.WELFARE
            else None,
            in_alarm_min=sum(
                (min(alarm.ended_ns or to_ns, to_ns) - max(alarm.raised_ns, from_ns)) / MINUTE_NS for alarm in alarms
            ),
        )

    def _judged(self, rule: str, subject: Subject, from_ns: int, to_ns: int) -> array[int]:
        seen = self._seen[self._sight[rule], subject.name]
        return array("q", (seen.starts[i] for i in seen.between(from_ns, to_ns) if seen.values[i] == seen.values[i]))

    def _watched(self, rule: str, subject: Subject, judged: int, from_ns: int, to_ns: int) -> Watched:
        there = len(self._seen[self._sight[rule], subject.name].between(from_ns, to_ns))
        return Watched(subject, judged, there - judged, (to_ns - from_ns) // MINUTE_NS - there)

    def _close(self, raised: Transition, ended_ns: int | None, to_ns: int) -> None:
        seen = self._seen[self._sight[raised.rule], raised.subject]
        end_ns = to_ns if ended_ns is None else ended_ns
        stood = seen.between(raised.time_ns, end_ns)
        judged = sum(not math.isnan(seen.values[i]) for i in stood)
        # The minutes that raised it belong to its peak, though it did not stand yet.
        first_ns = min((*raised.evidence.minutes[:1], raised.time_ns))
        values = [seen.values[i] for i in seen.between(first_ns, end_ns) if not math.isnan(seen.values[i])]
        coverage = [seen.coverage[i] for i in stood]
        self._alarms[raised.rule].append(
            PastAlarm(
                rule=raised.rule,
                subject=raised.subject,
                raised_ns=raised.time_ns,
                ended_ns=ended_ns,
                peak=(max(values) if self._upwards[raised.rule] else min(values)) if values else None,
                judged=judged,
                unjudged=(end_ns - raised.time_ns) // MINUTE_NS - judged,
                coverage=math.fsum(coverage) / len(coverage) if coverage else None,
                words=raised.words,
            )
        )


def _sight(rule: Rule) -> str:
    """The same for rules that see the same value, or none, in every minute."""
    config = rule.config
    baseline = config.baseline.model_dump_json() if config.baseline is not None else ""
    parts = (config.signal, config.unit, config.minimum_coverage, config.scope, config.cages, config.groups, baseline)
    return repr(parts)

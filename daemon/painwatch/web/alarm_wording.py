"""Alarms, said to a person: the same words on the page and in the terminal. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import NamedTuple

from painwatch.config.builtin_rules import CageOf, built_in_rules
from painwatch.config.models import Config
from painwatch.core.alarms import AlarmLive, AlarmPhase, Cause, Priority
from painwatch.core.live import SinkLive, Snapshot, StoreLive, TargetLive
from painwatch.core.signals import AlarmKind
from painwatch.core.words import for_how_long

KIND_WORDS = {AlarmKind.WELFARE: "Welfare", AlarmKind.TECHNICAL: "Technical"}

PRIORITY_WORDS = {Priority.HIGH: "high priority", Priority.MEDIUM: "medium priority", Priority.LOW: "low priority"}

PHASE_WORDS = {
    AlarmPhase.ACTIVE: "Raised",
    AlarmPhase.CLEARED: "Ended, nobody has seen it",
    AlarmPhase.ACKNOWLEDGED: "Acknowledged",
    AlarmPhase.PENDING: "May become an alarm",
    AlarmPhase.SILENCED: "Silenced",
    AlarmPhase.INACTIVE: "Not raised",
}

CAUSE_WORDS = {
    Cause.CONDITION: "what was measured",
    Cause.PERSON: "a person",
    Cause.TIME: "time that has passed",
    Cause.RULES: "a rule that was changed",
}

ASKING = (AlarmPhase.ACTIVE, AlarmPhase.CLEARED)
"""Phases in which an alarm waits for a person."""


def asks(alarm: AlarmLive) -> bool:
    """Whether the alarm waits for a person."""
    return alarm.phase in ASKING


def state_of(alarm: AlarmLive) -> str:
    """Such as 'Acknowledged by anna' or 'Silenced until 2026-01-31 08:15 UTC'."""
    words = PHASE_WORDS[alarm.phase]
    if alarm.phase is AlarmPhase.ACKNOWLEDGED and alarm.acknowledged_by:
        return f"{words} by {alarm.acknowledged_by}"
    if alarm.phase is AlarmPhase.SILENCED and alarm.silenced_until_ns is not None:
        return f"{words} until {utc(alarm.silenced_until_ns)}"
    if alarm.phase is AlarmPhase.INACTIVE:
        return "Not ready"
    return words


def since(alarm: AlarmLive, now_ns: int) -> str:
    """How long it has been so, and since when."""
    lasted_s = (now_ns - alarm.since_ns) / 1e9
    # A state that begins in the future is from before the clock was set back.
    return f"for {for_how_long(lasted_s)}, since {utc(alarm.since_ns)}" if lasted_s >= 0 else "since an unknown time"


def summary(alarms: Iterable[AlarmLive]) -> str:
    """How many wait for a person, of each kind: '1 welfare alarm and 2 technical alarms ask for a person'."""
    waiting = [alarm for alarm in alarms if asks(alarm)]
    counts = [(kind, sum(alarm.kind is kind for alarm in waiting)) for kind in AlarmKind]
    told = [f"{count} {kind.value} alarm{'s' if count > 1 else ''}" for kind, count in counts if count]
    if not told:
        return "No alarm waits for a person"
    return f"{' and '.join(told)} {'asks' if len(waiting) == 1 else 'ask'} for a person"


def nothing_raised(kind: AlarmKind, *, rules: int) -> str:
    """What is said in place of alarms of `kind`, of which there are `rules`."""
    if not rules:
        return f"No {kind.value} rule is in force: no such alarm can be raised."
    if kind is AlarmKind.WELFARE:
        return "No welfare alarm. That is said of what was seen, and is no finding on any animal."
    return "No technical alarm."


def rules_in_force(config: Config, kind: AlarmKind) -> int:
    """How many rules of `kind` are in force."""
    cages = [CageOf(cage.name, cage.group) for cage in config.cages]
    built_in = built_in_rules(cages, config.alarms.rules, config.alarms.off)
    return sum(rule.kind is kind for rule in (*config.alarms.rules, *built_in))


def about_off(off: Iterable[str]) -> str:
    """Which rules are not wanted; empty if none."""
    names = ", ".join(off)
    return f"Switched off in the configuration: {names}" if names else ""


class DeliveryLine(NamedTuple):
    """`wrong`: a person should look at it."""

    name: str
    words: str
    wrong: bool


def delivery_lines(hub: Snapshot) -> tuple[DeliveryLine, ...]:
    """The history, the sinks and the targets, in a line each, as far as there is something to say."""
    fault = hub.store.fault or hub.store_fault
    said = about_store(hub.store, hub.time_ns) or (f"cannot be written: {fault}" if fault else "")
    wrong = bool(fault or hub.store.pruned or hub.store.lost or hub.store.conflicts)
    lines = (
        DeliveryLine("History", said, wrong),
        *(DeliveryLine(f"Sink {s.name}", about_sink(s, hub.time_ns), bool(s.fault or s.refused)) for s in hub.sinks),
        *(DeliveryLine(f"Notices to {t.name}", about_target(t, hub.time_ns), bool(t.fault)) for t in hub.targets),
    )
    return tuple(line for line in lines if line.words)


def about_store(store: StoreLive, now_ns: int) -> str:
    """The history on disk in one line."""
    parts = []
    if store.size_bytes is not None:
        limit = "" if store.limit_bytes is None else f" of at most {_size(store.limit_bytes)}"
        parts.append(f"{_size(store.size_bytes)}{limit}")
    if store.disk_free_bytes is not None:
        parts.append(f"{_size(store.disk_free_bytes)} free on its disk")
    if store.waiting:
        parts.append(f"{store.waiting} records wait to be written")
    if store.pruned:
        when = "" if store.pruned_ns is None else f", last {_ago(store.pruned_ns, now_ns)}"
        parts.append(f"{store.pruned} moments deleted before their time{when}")
    if store.lost:
        parts.append(f"{store.lost} records lost for want of room")
    if store.conflicts:
        parts.append(f"{store.conflicts} records not stored: another value was there before (see the audit log)")
    if store.fault:
        lasts = "" if store.fault_since_ns is None else f" for {_lasted(store.fault_since_ns, now_ns)}"
        parts.append(f"cannot be written{lasts}: {store.fault}")
    return " · ".join(parts)


def about_sink(sink: SinkLive, now_ns: int) -> str:
    """A sink in one line: what waits, what it refused, and why nothing goes out."""
    parts = [_waiting(sink.waiting, sink.oldest_ns, now_ns), f"{sink.sent} sent"]
    if sink.last_sent_ns is not None:
        parts.append(f"last {_ago(sink.last_sent_ns, now_ns)}")
    if sink.refused:
        parts.append(f"{sink.refused} refused for good")
    if sink.held:
        parts.append("everything is held until this is mended")
    return " · ".join((*parts, *([sink.fault] if sink.fault else [])))


def about_target(target: TargetLive, now_ns: int) -> str:
    """A notification target in one line."""
    parts = [_waiting(target.waiting, target.oldest_ns, now_ns), f"{target.delivered} delivered"]
    if target.last_delivered_ns is not None:
        parts.append(f"last {_ago(target.last_delivered_ns, now_ns)}")
    return " · ".join((*parts, *([target.fault] if target.fault else [])))


def utc(time_ns: int) -> str:
    return f"{datetime.fromtimestamp(time_ns // 1_000_000_000, UTC):%Y-%m-%d %H:%M} UTC"


def _waiting(count: int, oldest_ns: int | None, now_ns: int) -> str:
    if not count:
        return "nothing waits"
    return f"{count} wait" + ("" if oldest_ns is None else f", the oldest for {_lasted(oldest_ns, now_ns)}")


def _ago(time_ns: int, now_ns: int) -> str:
    return f"{_lasted(time_ns, now_ns)} ago"


def _lasted(time_ns: int, now_ns: int) -> str:
    return for_how_long((now_ns - time_ns) / 1e9)


def _size(count: int) -> str:
    return f"{count / 1e9:.1f} GB" if count >= 1e9 else f"{count / 1e6:.1f} MB"

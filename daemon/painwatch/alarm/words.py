"""Alarms in plain words: what was measured, for how long, and against which limits. Nothing is diagnosed."""

from __future__ import annotations

from datetime import UTC, datetime

from painwatch.alarm.condition import by_minutes
from painwatch.alarm.memory import Memory
from painwatch.config.alarms import RuleConfig
from painwatch.core.alarms import AlarmPhase, Cause, Request
from painwatch.core.signals import AlarmKind, Signal
from painwatch.core.words import for_how_long

_AGES = {
    Signal.CAMERA_AGE_S: "no new picture for {}",
    Signal.CAGE_AGE_S: "nothing new heard for {}",
    Signal.CLOCK_OFFSET_S: "clock off by {}",
    Signal.PROCESS_DOWN_S: "down for {}",
    Signal.STORE_FAULT_S: "the history could not be written for {}",
    Signal.SINK_BACKLOG_S: "the oldest record that waits is {} old",
    Signal.NOTICE_AGE_S: "the oldest notice that was not delivered is {} old",
}
_COUNTS = {
    Signal.BLIND_RULES: "{} welfare rules cannot judge it",
    Signal.PROCESS_RESTARTS: "{} starts anew within 10 min",
    Signal.HISTORY_PRUNED: "{} moments deleted before their time within 1 h",
    Signal.SINK_REFUSED: "{} records refused for good within 1 h",
    Signal.REFUSED_MESSAGES: "{} messages refused within 1 min",
}
_SHARES = {
    Signal.PAIN_PROBABILITY: "pain probability",
    Signal.COVERAGE: "coverage",
    Signal.OUT_OF_DOMAIN_SHARE: "share out of the model's domain",
    Signal.ENGINE_ERROR_SHARE: "share that could not be computed",
    Signal.JUDGED_SHARE: "share of the last 60 minutes that could be judged",
    Signal.DISK_FREE_FRACTION: "free part of the disk",
}


def standing(rule: RuleConfig, memory: Memory) -> str:
    """Such as 'pain probability 0.81 for 10 min (threshold 0.60, coverage 0.74)'."""
    if memory.value is None:
        return "nothing could be judged so far"
    limits = [f"threshold {_limit(rule, rule.threshold)}"]
    if rule.kind is AlarmKind.WELFARE and memory.coverage is not None:
        limits.append(f"coverage {memory.coverage:.2f}")
    lasted = ""
    if by_minutes(rule) and memory.run_ns is not None and memory.judged_ns is not None:
        lasted = f" for {for_how_long((memory.judged_ns - memory.run_ns) / 1e9)}"
        if memory.unjudged:
            limits.append(f"{memory.unjudged} min not judged")
    said = f": {memory.said}" if memory.said else ""
    return f"{measured(rule, memory)}{lasted} ({', '.join(limits)}){said}"


def measured(rule: RuleConfig, memory: Memory) -> str:
    """The last judged value, such as 'pain probability 0.81'."""
    value = memory.value
    if value is None:
        return "no value"
    if rule.signal in _AGES:
        return _AGES[rule.signal].format(_limit(rule, value))
    if rule.signal in _COUNTS:
        return _COUNTS[rule.signal].format(_limit(rule, value))
    if rule.signal is Signal.ENGINE_FALLEN:
        return "another engine stands in" if value else "the first engine computes"
    noun = f"{rule.unit} score" if rule.signal is Signal.ACTION_UNIT else _SHARES[rule.signal]
    if rule.baseline is None:
        return f"{noun} {value:.2f}"
    return f"{noun} {value:+.2f} from the baseline {memory.reference or 0.0:.2f}"


def became(
    rule: RuleConfig,
    memory: Memory,
    before: AlarmPhase,
    cause: Cause,
    *,
    request: Request | None = None,
    again: str = "",
) -> str:
    """What has become of the alarm, whose memory is as it is after that. `again`: why it is told once more."""
    said = _became(rule, memory, before, cause, request.who if request else "", again)
    return f"{said}: {request.words}" if request and request.words else said


def _became(rule: RuleConfig, memory: Memory, before: AlarmPhase, cause: Cause, who: str, again: str) -> str:
    now = standing(rule, memory)
    match memory.phase:
        case AlarmPhase.PENDING:
            return f"{now}; an alarm if it lasts {for_how_long(rule.for_min * 60)}"
        case AlarmPhase.ACTIVE:
            hushed = "it is back within its cooldown and not sent again" if memory.hushed else ""
            return "; ".join(filter(None, (now, again, hushed)))
        case AlarmPhase.ACKNOWLEDGED:
            return f"{now}; acknowledged by {memory.who}"
        case AlarmPhase.SILENCED:
            seen = f"; acknowledged by {memory.who}" if memory.acknowledged else ""
            return f"{now if memory.present else 'not raised now'}{seen}; {_silenced(memory)}; asked by {who}"
        case AlarmPhase.CLEARED:
            return f"{_ended(rule, memory)}; nobody has acknowledged it"
        case AlarmPhase.INACTIVE:
            return _inactive(rule, memory, before, cause, who)


def stands(rule: RuleConfig, memory: Memory) -> str:
    """How the alarm stands now, for the page."""
    blind = "" if memory.judged else "; cannot be judged now"
    match memory.phase:
        case AlarmPhase.ACKNOWLEDGED:
            return f"{standing(rule, memory)}{blind}; acknowledged by {memory.who}"
        case AlarmPhase.SILENCED:
            return f"{standing(rule, memory) if memory.present else 'not raised now'}{blind}; {_silenced(memory)}"
        case AlarmPhase.CLEARED:
            return f"{_ended(rule, memory)}; nobody has acknowledged it"
        case _:
            return f"{standing(rule, memory)}{blind}"


def utc(time_ns: int) -> str:
    return f"{datetime.fromtimestamp(time_ns // 1_000_000_000, UTC):%Y-%m-%d %H:%M} UTC"


def _inactive(rule: RuleConfig, memory: Memory, before: AlarmPhase, cause: Cause, who: str) -> str:
    if cause is Cause.RULES:
        return "its rule was changed, so it is judged anew"
    if cause is Cause.PERSON and before is AlarmPhase.CLEARED:
        return f"it had ended; acknowledged by {who}"
    if before is AlarmPhase.SILENCED:
        return f"no longer silenced{f' by {who}' if who else ''}: not raised now"
    if before is AlarmPhase.PENDING and cause is Cause.TIME:
        return f"not seen: nothing could be judged for {for_how_long(rule.longest_gap_min * 60)}"
    if before is AlarmPhase.PENDING:
        return f"{measured(rule, memory)}: it did not last {for_how_long(rule.for_min * 60)}"
    return _ended(rule, memory)


def _ended(rule: RuleConfig, memory: Memory) -> str:
    side = "below" if rule.above is not None else "from"
    return f"it ended: {measured(rule, memory)} (ends {side} {_limit(rule, rule.clear_at)})"


def _silenced(memory: Memory) -> str:
    return f"silenced until {utc(memory.silenced_ns or 0)}"


def _limit(rule: RuleConfig, value: float) -> str:
    if rule.signal is Signal.CLOCK_OFFSET_S:
        return f"{value:.1f} s"
    if rule.signal in _AGES:
        return for_how_long(value)
    if rule.signal in _COUNTS or rule.signal is Signal.ENGINE_FALLEN:
        return f"{value:g}"
    return f"{value:.2f}"

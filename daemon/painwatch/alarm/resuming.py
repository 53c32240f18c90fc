"""Going on from what was stored, also when the rules were changed in between."""

from __future__ import annotations

from painwatch.alarm import telling
from painwatch.alarm.alarm import Alarm
from painwatch.alarm.condition import give_up
from painwatch.alarm.memory import BaselineMemory, Memory, adopt, shift, to_body
from painwatch.config.models import Config
from painwatch.core.alarms import AlarmMemory, AlarmPhase, Cause, Transition


def go_on(alarm: Alarm, memory: Memory) -> tuple[Transition, ...]:
    """The alarm goes on from `memory`, which is of the same `what`.

    By the same rule it goes on as if nothing had been. By another one of the same name, what is active, acknowledged,
    silenced or unseen stays so; what was only on its way, to an alarm or to its end, begins anew.
    """
    rule, alarm.memory = alarm.rule.config, memory
    if memory.hash == alarm.rule.hash:
        return ()
    before, priority = memory.phase, memory.base
    adopt(memory, rule, alarm.rule.hash)
    if rule.baseline is not None and memory.baseline is None:
        memory.baseline = BaselineMemory()
    memory.ending_ns, memory.endings = None, 0
    memory.escalation = min(memory.escalation, len(rule.escalation))
    if not memory.present:
        give_up(memory)
    alarm.changed = True
    told = alarm.settle(before, memory.reached_ns, Cause.RULES)
    if told or memory.phase is not AlarmPhase.ACTIVE or priority is rule.priority:
        return told
    newly = tuple(name for name in alarm.targets() if name not in memory.told)
    return alarm.again(memory.reached_ns, newly, "its rule was changed", Cause.RULES)


def close(stored: AlarmMemory, memory: Memory, config: Config) -> tuple[tuple[Transition, ...], AlarmMemory]:
    """Ends an alarm whose rule is gone, or watches something else now; and its memory after that."""
    before = memory.phase
    told_ended = tuple(t.name for t in config.notify.targets if t.cleared and t.name in memory.told)
    at_ns = max(memory.reached_ns, memory.stamp_ns + 1)
    after = Memory(
        hash=memory.hash,
        what=memory.what,
        kind=memory.kind,
        base=memory.base,
        threshold=memory.threshold,
        clear=memory.clear,
        reached_ns=memory.reached_ns,
        stamp_ns=at_ns,
    )
    kept = AlarmMemory(stored.rule, stored.subject, stored.time_ns, to_body(after))
    if telling.told_as(memory.kind, before) is AlarmPhase.INACTIVE:
        return (), kept
    ended = Transition(
        rule=stored.rule,
        subject=stored.subject,
        kind=memory.kind,
        priority=memory.base,
        time_ns=at_ns,
        before=before,
        after=AlarmPhase.INACTIVE,
        cause=Cause.RULES,
        words=f"{stored.subject}: its rule is gone or watches something else; the alarm is closed",
        evidence=telling.evidence(memory, None),
        notify=told_ended,
    )
    return (ended,), kept


def rewind(alarm: Alarm, now_ns: int) -> None:
    """Takes an alarm that was evaluated under a clock that was ahead back to `now_ns`."""
    ahead_ns = alarm.memory.reached_ns - now_ns
    if alarm.live and ahead_ns > 0:
        shift(alarm.memory, -ahead_ns)
        alarm.changed = True

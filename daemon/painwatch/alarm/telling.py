"""An alarm as others are told of it: transitions, evidence, and how it stands now."""

from __future__ import annotations

from painwatch.alarm import baseline, words
from painwatch.alarm.memory import Memory
from painwatch.alarm.rules import Rule, Subject
from painwatch.config.alarms import RuleConfig
from painwatch.core.alarms import AlarmLive, AlarmPhase, Cause, Evidence, Priority, Request, Transition
from painwatch.core.signals import AlarmKind


def transition(
    rule: Rule,
    subject: Subject,
    memory: Memory,
    priority: Priority,
    *,
    before: AlarmPhase,
    at_ns: int,
    cause: Cause,
    said: str,
    notify: tuple[str, ...] = (),
    request: Request | None = None,
) -> Transition:
    """The alarm has become what its memory says; stamps the memory, and keeps who is told.

    An alarm's transitions never have the same time twice, so that the key of each is its own.
    """
    memory.stamp_ns = max(at_ns, memory.stamp_ns + 1)
    memory.since_ns = memory.since_ns if before is memory.phase else memory.stamp_ns
    memory.told = list(dict.fromkeys((*memory.told, *notify)))
    return Transition(
        rule=rule.config.name,
        subject=subject.name,
        kind=rule.config.kind,
        priority=priority,
        time_ns=memory.stamp_ns,
        before=told_as(rule.config.kind, before),
        after=told_as(rule.config.kind, memory.phase),
        cause=cause,
        words=f"{subject.name}: {said}",
        evidence=evidence(memory, rule.config),
        escalation=memory.escalation,
        silenced_until_ns=memory.silenced_ns,
        who=request.who if request else "",
        request=request.id if request else "",
        notify=tuple(dict.fromkeys(notify)),
        runbook=rule.config.runbook,
    )


def told_as(kind: AlarmKind, phase: AlarmPhase) -> AlarmPhase:
    """The phase that transitions speak of. A technical alarm that may yet come is shown and not told: what is near its
    threshold would fill the audit log with it.
    """
    technical = kind is AlarmKind.TECHNICAL
    return AlarmPhase.INACTIVE if technical and phase is AlarmPhase.PENDING else phase


def evidence(memory: Memory, rule: RuleConfig | None) -> Evidence:
    """What the alarm rests on; `rule` None: it is gone."""
    welfare = rule is not None and rule.kind is AlarmKind.WELFARE
    return Evidence(
        rule_hash=memory.hash,
        threshold=memory.threshold,
        clear=memory.clear,
        value=memory.value,
        values=tuple(memory.values),
        minutes=tuple(memory.minutes),
        faces=memory.faces,
        unjudged=memory.unjudged,
        coverage=memory.coverage,
        minimum_coverage=rule.minimum_coverage if rule is not None and welfare else None,
        baseline=memory.reference,
        models=tuple(memory.models),
    )


def shown(rule: RuleConfig, subject: Subject, memory: Memory, priority: Priority) -> AlarmLive | None:
    """As the page shows it; None while there is nothing to show."""
    waits = ""
    if rule.baseline is not None and memory.baseline is not None:
        waits = baseline.progress(memory.baseline, rule.baseline, memory.reached_ns)
    inactive = memory.phase is AlarmPhase.INACTIVE
    if inactive and not waits:
        return None
    said = "" if inactive else words.stands(rule, memory)
    return AlarmLive(
        rule=rule.name,
        subject=subject.name,
        kind=rule.kind,
        priority=priority,
        signal=rule.signal,
        phase=memory.phase,
        since_ns=memory.since_ns,
        words=f"{subject.name}: {'; '.join(filter(None, (said, waits)))}",
        cages=subject.cages,
        condition=memory.present if memory.judged else None,
        value=memory.value,
        threshold=rule.threshold,
        escalation=memory.escalation,
        silenced_until_ns=memory.silenced_ns,
        acknowledged_by=memory.who if memory.acknowledged else "",
        runbook=rule.runbook,
    )


def worst_first(alarm: AlarmLive) -> tuple[int, int, int, int, str, str]:
    """Sorts by what asks for a person first: phase, kind, priority, then the longest standing."""
    phase = _ORDER.index(alarm.phase)
    technical = alarm.kind is AlarmKind.TECHNICAL
    return (phase, technical, -alarm.priority.rank, alarm.since_ns, alarm.rule, alarm.subject)


_ORDER = (
    AlarmPhase.ACTIVE,
    AlarmPhase.CLEARED,
    AlarmPhase.ACKNOWLEDGED,
    AlarmPhase.PENDING,
    AlarmPhase.SILENCED,
    AlarmPhase.INACTIVE,
)

"""One alarm: what its condition, the passing of time and people make of it.

The condition goes its own way (condition.py), and what people did stands beside it; the phase is what both come to:

    inactive -> pending -> active -> (acknowledged) -> inactive, or cleared -> inactive
    any -> silenced -> whatever it is by then

What falls due between two samples is done at its own time, before a sample that is later: so nothing depends on
whether a Tick came in before or after a minute.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from painwatch.alarm import baseline, condition, telling, words
from painwatch.alarm.condition import Turn, by_minutes, gives_up_ns, hold, minutes_ns
from painwatch.alarm.memory import Memory, shift, to_body
from painwatch.alarm.rules import Rule, Subject, targets_of
from painwatch.alarm.samples import Sample
from painwatch.config.alarms import EscalationStep
from painwatch.config.models import Config
from painwatch.core.alarms import AlarmMemory, AlarmPhase, Cause, Mark, Priority, Request, Transition
from painwatch.core.signals import AlarmKind
from painwatch.core.words import for_how_long

_Due = tuple[int, int, Callable[[int], tuple[Transition, ...]]]

Heard = Callable[[Rule, Subject, Sample], None]
"""Told of every sample as the rule judges it."""


@dataclass(slots=True)
class Alarm:
    """The alarm of one rule on one subject. `live`: it lives in the time of the hub's clock, not of a recording.
    `changed`: its memory is to be stored. `blind`: its last minute could not be judged though enough was scored.
    """

    rule: Rule
    subject: Subject
    config: Config
    live: bool
    memory: Memory
    changed: bool = False
    blind: bool = False
    heard: Heard | None = None
    recent: baseline.Recent = field(default_factory=baseline.recent)

    def take(self, sample: Sample) -> tuple[Transition, ...]:
        """A minute or reading; one that was evaluated before changes nothing."""
        memory, rule = self.memory, self.rule.config
        if rule.baseline is not None:
            baseline.remember(self.recent, sample)
        told = self._other_recording(sample)
        if sample.end_ns <= (memory.reached_ns if by_minutes(rule) else memory.heard_ns):
            return told
        told += self.advance(sample.end_ns, including=False)
        if rule.baseline is not None and memory.baseline is not None:
            sample = baseline.compared(memory.baseline, rule.baseline, sample)
        self.blind = sample.blind
        if self.heard is not None:
            self.heard(self.rule, self.subject, sample)
        before, seen = memory.phase, _seen(memory)
        turn = hold(memory, rule, sample)
        memory.first_ns = sample.start_ns if memory.first_ns is None else memory.first_ns
        memory.heard_ns, memory.reached_ns = sample.end_ns, max(memory.reached_ns, sample.end_ns)
        if turn is Turn.RAISED:
            memory.acknowledged, memory.who, memory.unseen = False, "", False
        if turn is Turn.ENDED:
            memory.unseen = rule.stays and not memory.acknowledged
            memory.acknowledged = False
            # Else one that comes and goes within its cooldown for days would be sent once.
            memory.ended_ns = memory.ended_ns if memory.hushed else sample.end_ns
        # Readings come every second: only what matters later is stored.
        self.changed |= by_minutes(rule) or seen != _seen(memory)
        told += self.settle(before, sample.end_ns, Cause.CONDITION)
        return told + self.advance(sample.end_ns, including=True)

    def advance(self, to_ns: int, *, including: bool) -> tuple[Transition, ...]:
        """Does what falls due before `to_ns`, or up to and `including` it, each at its own time."""
        told: tuple[Transition, ...] = ()
        while due := min(self._due(), key=lambda due: due[:2], default=None):
            at_ns, _, act = due
            if at_ns > to_ns or (at_ns == to_ns and not including):
                break
            told += act(at_ns)
            self.changed = True
        return told

    def tick(self, to_ns: int) -> tuple[Transition, ...]:
        """Everything before `to_ns` has been taken."""
        if to_ns < self.memory.reached_ns:
            return ()
        self.memory.reached_ns = to_ns
        return self.advance(to_ns, including=True)

    def mark(self, mark: Mark) -> tuple[Transition, ...]:
        """Something happened at the cage. What was on its way to a welfare alarm of the animal before is not of a new
        one; an alarm that was raised stands.
        """
        rule, memory = self.rule.config, self.memory
        if rule.baseline is not None and memory.baseline is not None:
            self.changed |= baseline.marked(memory.baseline, rule.baseline, mark, self.recent)
        reached = self.live or mark.time_ns <= memory.reached_ns
        if mark.name != baseline.NEW_ANIMAL or rule.kind is AlarmKind.TECHNICAL or not reached:
            return ()
        before, at_ns = memory.phase, max(mark.time_ns, memory.judged_ns or mark.time_ns)
        if not condition.begin_anew(memory, mark.time_ns):
            return ()
        self.changed = True
        return self.settle(before, at_ns, Cause.CONDITION)

    def begin_after(self, memory: Memory) -> None:
        """Begins where another alarm stands."""
        self.memory.reached_ns, self.memory.stamp_ns = memory.reached_ns, memory.stamp_ns
        self.changed = True

    def set_back(self, by_ns: int) -> None:
        """The clock was set back: all that is measured goes on from there."""
        shift(self.memory, -by_ns)
        self.recent.clear()
        self.changed = True

    def settle(
        self, before: AlarmPhase, at_ns: int, cause: Cause, *, request: Request | None = None, anyhow: bool = False
    ) -> tuple[Transition, ...]:
        """The transition from `before` to what the alarm is now, if that is told as another phase (or `anyhow`)."""
        memory, after = self.memory, self.memory.phase
        if after is before and not anyhow:
            return ()
        kind = self.rule.config.kind
        told_before, told_after = telling.told_as(kind, before), telling.told_as(kind, after)
        notify: tuple[str, ...] = ()
        if after is AlarmPhase.ACTIVE and before is not AlarmPhase.ACTIVE:
            cooled_ns = self._cooled_ns()
            memory.active_ns, memory.escalation = at_ns, 0
            memory.hushed = before is not AlarmPhase.SILENCED and cooled_ns is not None and at_ns < cooled_ns
            notify = () if memory.hushed else self.targets()
        elif told_after in (AlarmPhase.INACTIVE, AlarmPhase.CLEARED):
            notify = tuple(t.name for t in self.config.notify.targets if t.cleared and t.name in memory.told)
        if after is not AlarmPhase.ACTIVE:
            memory.active_ns, memory.hushed = None, False
        if after in (AlarmPhase.INACTIVE, AlarmPhase.PENDING):
            memory.escalation = 0
        if told_before is told_after and not anyhow:
            memory.since_ns, self.changed = max(at_ns, memory.stamp_ns), True
            return ()
        said = words.became(self.rule.config, memory, before, cause, request=request)
        told = self._told(before, at_ns, cause, said, notify, request)
        if told_after in (AlarmPhase.INACTIVE, AlarmPhase.CLEARED):
            memory.told = []
        return told

    @property
    def key(self) -> tuple[str, str]:
        """Rule and subject."""
        return self.rule.config.name, self.subject.name

    def stored(self) -> AlarmMemory:
        """Its memory, for the history."""
        return AlarmMemory(*self.key, max(0, self.memory.reached_ns), to_body(self.memory))

    @property
    def priority(self) -> Priority:
        """The rule's, or the highest of the steps of escalation that were reached."""
        raised = [step.priority for step in self._steps()[: self.memory.escalation] if step.priority is not None]
        return max((self.rule.config.priority, *raised), key=lambda priority: priority.rank)

    def _due(self) -> list[_Due]:
        """What falls due without anything being taken; each does away with its cause."""
        memory, due = self.memory, list[_Due]()
        if memory.silenced_ns is not None:
            due.append((memory.silenced_ns, 0, self._unsilence))
        gives_up = gives_up_ns(memory, self.rule.config)
        if gives_up is not None:
            due.append((gives_up, 1, self._give_up))
        if memory.phase is AlarmPhase.ACTIVE and memory.active_ns is not None:
            cooled_ns = self._cooled_ns()
            if memory.hushed and cooled_ns is not None:
                due.append((cooled_ns, 2, self._cooled))
            if memory.escalation < len(steps := self._steps()):
                due.append((memory.active_ns + minutes_ns(steps[memory.escalation].after_min), 3, self._escalate))
        return due

    def _unsilence(self, at_ns: int) -> tuple[Transition, ...]:
        before, self.memory.silenced_ns = self.memory.phase, None
        return self.settle(before, at_ns, Cause.TIME)

    def _give_up(self, at_ns: int) -> tuple[Transition, ...]:
        before = self.memory.phase
        condition.give_up(self.memory)
        return self.settle(before, at_ns, Cause.TIME)

    def _cooled(self, at_ns: int) -> tuple[Transition, ...]:
        self.memory.hushed = False
        return self.again(at_ns, self.targets(), "it is back, and still there after its cooldown")

    def _escalate(self, at_ns: int) -> tuple[Transition, ...]:
        memory = self.memory
        step = self._steps()[memory.escalation]
        memory.escalation, memory.hushed = memory.escalation + 1, False
        lasted = for_how_long((at_ns - (memory.active_ns or at_ns)) / 1e9)
        return self.again(at_ns, (*self.targets(), *step.notify), f"nobody has acknowledged it for {lasted}")

    def again(self, at_ns: int, notify: tuple[str, ...], why: str, cause: Cause = Cause.TIME) -> tuple[Transition, ...]:
        """It is active as before, and that is told once more."""
        said = words.became(self.rule.config, self.memory, AlarmPhase.ACTIVE, cause, again=why)
        return self._told(AlarmPhase.ACTIVE, at_ns, cause, said, notify)

    def _told(
        self,
        before: AlarmPhase,
        at_ns: int,
        cause: Cause,
        said: str,
        notify: tuple[str, ...],
        request: Request | None = None,
    ) -> tuple[Transition, ...]:
        self.changed = True
        change = telling.transition(
            self.rule,
            self.subject,
            self.memory,
            self.priority,
            before=before,
            at_ns=at_ns,
            cause=cause,
            said=said,
            notify=notify,
            request=request,
        )
        return (change,)

    def _other_recording(self, sample: Sample) -> tuple[Transition, ...]:
        """A recording read as fast as it can be scored may be an older one than the last: it is judged by itself."""
        memory = self.memory
        if self.live or memory.first_ns is None or sample.start_ns >= memory.first_ns:
            return ()
        before = memory.phase
        condition.begin_other(memory, sample.start_ns)
        self.recent.clear()
        return self.settle(before, sample.start_ns, Cause.TIME)

    def _cooled_ns(self) -> int | None:
        cooldown_ns = minutes_ns(self.rule.config.cooldown_min)
        return self.memory.ended_ns + cooldown_ns if cooldown_ns and self.memory.ended_ns is not None else None

    def _steps(self) -> tuple[EscalationStep, ...]:
        return tuple(sorted(self.rule.config.escalation, key=lambda step: step.after_min))

    def targets(self) -> tuple[str, ...]:
        """Who is told of it at its present priority."""
        return targets_of(self.rule.config, self.priority, self.config)


def _seen(memory: Memory) -> tuple[object, ...]:
    return memory.run_ns, memory.present, memory.ending_ns, memory.minutes[-1:]

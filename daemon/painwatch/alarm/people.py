"""What people do about an alarm: each gives the transitions, or says why nothing was done."""

from __future__ import annotations

from painwatch.alarm.alarm import Alarm
from painwatch.alarm.words import utc
from painwatch.core.alarms import AlarmPhase, Cause, Request, RequestAction, Transition

LONGEST_SILENCE_NS = 24 * 3_600_000_000_000
"""A silence that nobody remembers must end by itself."""


def done(alarm: Alarm, request: Request, at_ns: int) -> tuple[Transition, ...] | str:
    """Does what is asked of `alarm`. `at_ns`: the time of the request in the alarm's own time."""
    match request.action:
        case RequestAction.ACKNOWLEDGE:
            return _acknowledge(alarm, request, at_ns)
        case RequestAction.SILENCE:
            return _silence(alarm, request, at_ns)
        case RequestAction.UNSILENCE:
            return _unsilence(alarm, request, at_ns)
        case RequestAction.MARK:
            return "a mark belongs to a cage, not to an alarm"


def _acknowledge(alarm: Alarm, request: Request, at_ns: int) -> tuple[Transition, ...] | str:
    memory, before = alarm.memory, alarm.memory.phase
    if memory.acknowledged:
        return f"{memory.who} has already acknowledged it"
    if not memory.present and not memory.unseen:
        return f"there is nothing to acknowledge: the alarm is {before.value}"
    if alarm.live and before is AlarmPhase.ACTIVE and memory.active_ns is not None and at_ns < memory.active_ns:
        return "it became active only after that: look at it again"
    memory.acknowledged, memory.unseen, memory.who = memory.present, False, request.who
    return _moved(alarm, before, request, at_ns)


def _silence(alarm: Alarm, request: Request, at_ns: int) -> tuple[Transition, ...] | str:
    if request.until_ns is None:
        return "a silence needs a time at which it ends"
    lasts_ns = request.until_ns - request.time_ns
    if lasts_ns <= 0 or at_ns + lasts_ns <= alarm.memory.reached_ns:
        return f"{utc(request.until_ns)} is over already"
    if lasts_ns > LONGEST_SILENCE_NS:
        return "an alarm can be silenced for 24 h at most"
    before, alarm.memory.silenced_ns = alarm.memory.phase, at_ns + lasts_ns
    return _moved(alarm, before, request, at_ns)


def _unsilence(alarm: Alarm, request: Request, at_ns: int) -> tuple[Transition, ...] | str:
    before = alarm.memory.phase
    if before is not AlarmPhase.SILENCED:
        return f"it is not silenced: the alarm is {before.value}"
    alarm.memory.silenced_ns = None
    return _moved(alarm, before, request, at_ns)


def _moved(alarm: Alarm, before: AlarmPhase, request: Request, at_ns: int) -> tuple[Transition, ...]:
    return alarm.settle(before, at_ns, Cause.PERSON, request=request, anyhow=True)

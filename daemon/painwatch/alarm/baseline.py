"""What an animal's values are compared with: its own mean, over its first minutes or a marked interval."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import replace

from painwatch.alarm.memory import BaselineMemory, Interval
from painwatch.alarm.samples import Sample
from painwatch.config.alarms import BaselineConfig
from painwatch.core.alarms import Mark
from painwatch.core.minutes import MINUTE_NS

BASELINE = "baseline"
NEW_ANIMAL = "new animal"

REACH_MINUTES = 24 * 60
"""How far back a mark can reach when it is made."""

KEPT_INTERVALS = 8

Recent = deque[tuple[int, float]]
"""Start and value of the last minutes that could be judged, oldest first."""


def recent() -> Recent:
    return deque(maxlen=REACH_MINUTES)


def remember(known: Recent, sample: Sample) -> None:
    """Keeps a minute for marks that are yet to be made; minutes that are told again are not kept twice."""
    if sample.value is not None and (not known or known[-1][0] < sample.start_ns):
        known.append((sample.start_ns, sample.value))


def compared(memory: BaselineMemory, config: BaselineConfig, sample: Sample) -> Sample:
    """The sample with its value as the difference to the baseline; it cannot be judged while that is not complete.

    The minutes that a baseline is made of are not judged against it.
    """
    if sample.value is None:
        return sample
    reference = _reference(memory, config, sample.start_ns)
    _count(memory, config, sample.start_ns, sample.value)
    if reference is None:
        return replace(sample, value=None, blind=True)
    return replace(sample, value=sample.value - reference, reference=reference)


def marked(memory: BaselineMemory, config: BaselineConfig, mark: Mark, known: Recent) -> bool:
    """Takes in a mark of the animal's cage; whether it changed anything. A mark that is told again does not."""
    if mark.name == NEW_ANIMAL and mark.time_ns > memory.animal_ns:
        memory.animal_ns, memory.count, memory.total = mark.time_ns, 0, 0.0
        memory.marked = [interval for interval in memory.marked if interval.start_ns >= mark.time_ns]
        for start_ns, value in known if config.first_minutes else ():
            _count(memory, config, start_ns, value)
        return True
    if mark.name != BASELINE or not config.marked or mark.end_ns is None or mark.time_ns < memory.animal_ns:
        return False
    if any((one.start_ns, one.end_ns) == (mark.time_ns, mark.end_ns) for one in memory.marked):
        return False
    interval = Interval(mark.time_ns, mark.end_ns)
    _count_all(interval, known)
    others = [one for one in memory.marked if one.start_ns != mark.time_ns]
    memory.marked = sorted((*others, interval), key=lambda one: one.start_ns)[-KEPT_INTERVALS:]
    return True


def progress(memory: BaselineMemory, config: BaselineConfig, reached_ns: int) -> str:
    """How far it has come, such as 'baseline: 12 of 30 minutes'; empty once there is one to compare with."""
    if _reference(memory, config, reached_ns) is not None:
        return ""
    if config.first_minutes is not None:
        return f"baseline: {memory.count} of {config.first_minutes} minutes"
    if not memory.marked:
        return "baseline: no interval is marked"
    newest = memory.marked[-1]
    state = "not over yet" if newest.end_ns > reached_ns else "over"
    return f"baseline: {newest.count} judged minutes in the marked interval, which is {state}"


def _reference(memory: BaselineMemory, config: BaselineConfig, now_ns: int) -> float | None:
    """The mean at `now_ns`; of marked intervals, that of the newest that is over and in which something was judged."""
    if config.first_minutes is not None:
        return memory.total / memory.count if memory.count >= config.first_minutes else None
    over = [one for one in memory.marked if one.end_ns <= now_ns and one.count]
    return over[-1].total / over[-1].count if over else None


def _count(memory: BaselineMemory, config: BaselineConfig, start_ns: int, value: float) -> None:
    if config.first_minutes is not None:
        if memory.count < config.first_minutes and start_ns >= memory.animal_ns:
            memory.count, memory.total = memory.count + 1, memory.total + value
        return
    for interval in memory.marked:
        _count_all(interval, ((start_ns, value),))


def _count_all(interval: Interval, minutes: Iterable[tuple[int, float]]) -> None:
    for start_ns, value in minutes:
        if interval.start_ns <= start_ns and start_ns + MINUTE_NS <= interval.end_ns:
            interval.count, interval.total = interval.count + 1, interval.total + value

"""Whether a rule's condition holds, sample by sample: sustained, with hysteresis, and never by missing data.

A sample that could not be judged neither begins nor ends anything. Minutes are counted; readings, which come about
once a second, are measured from the first to the last in event time.
"""

from __future__ import annotations

import math
from enum import Enum

from painwatch.alarm.memory import Memory, shift
from painwatch.alarm.samples import Sample
from painwatch.config.alarms import RuleConfig
from painwatch.core.minutes import MINUTE_NS, minute_of
from painwatch.core.signals import SIGNALS, Of

KEPT_VALUES = 60
"""Values kept as evidence; of readings, the first of each minute."""

KEPT_MODELS = 16


class Turn(Enum):
    """What a sample did to the condition."""

    NONE = 0
    RAISED = 1
    ENDED = 2


def by_minutes(rule: RuleConfig) -> bool:
    """Whether the rule counts minutes; else it measures the time between readings."""
    return SIGNALS[rule.signal].of is Of.CAGE_MINUTE


def raised_by(rule: RuleConfig, value: float) -> bool:
    """`above` includes the threshold, `below` does not."""
    return value >= rule.above if rule.above is not None else value < rule.threshold


def ended_by(rule: RuleConfig, value: float) -> bool:
    """The other side of `clear`: without hysteresis a value either raises or ends."""
    return value < rule.clear_at if rule.above is not None else value >= rule.clear_at


def hold(memory: Memory, rule: RuleConfig, sample: Sample) -> Turn:
    """Holds a sample, later than all before it, against the rule."""
    memory.judged, memory.coverage = sample.value is not None, sample.coverage
    if sample.value is None:
        memory.unjudged += by_minutes(rule) and memory.run_ns is not None
        return Turn.NONE
    memory.value, memory.reference, memory.said = sample.value, sample.reference, sample.words
    if memory.judged_ns is not None and sample.start_ns - memory.judged_ns > gap_ns(rule):
        # Judged minutes so far apart are not in a row; a run towards an alarm was given up when its time had come.
        memory.ending_ns, memory.endings = None, 0
    memory.judged_ns = sample.end_ns
    holds = raised_by(rule, sample.value)
    if memory.run_ns is None and holds:
        _begin(memory, sample)
    if memory.run_ns is not None:
        _record(memory, sample, every=by_minutes(rule))
    return _towards_end(memory, rule, sample) if memory.present else _towards_alarm(memory, rule, sample, holds)


def give_up(memory: Memory) -> None:
    """The condition no longer holds, before it held long enough."""
    memory.run_ns, memory.count = None, 0


def begin_anew(memory: Memory, at_ns: int) -> bool:
    """Gives up what was on its way to an alarm before `at_ns`; whether anything was."""
    if memory.present or memory.run_ns is None or memory.run_ns >= at_ns:
        return False
    give_up(memory)
    return True


def begin_other(memory: Memory, start_ns: int) -> None:
    """Goes on with another recording, which begins at `start_ns`: nothing in it is in a row with what was before."""
    shift(memory, start_ns - memory.reached_ns)
    memory.first_ns = memory.judged_ns = memory.ending_ns = None
    memory.endings = 0
    if not memory.present:
        give_up(memory)


def gives_up_ns(memory: Memory, rule: RuleConfig) -> int | None:
    """When a pending alarm is given up unless something is judged before; None if it is not pending."""
    if memory.present or memory.run_ns is None or memory.judged_ns is None:
        return None
    # A minute that begins just within the gap is known when it ends.
    return memory.judged_ns + gap_ns(rule) + (MINUTE_NS if by_minutes(rule) else 0)


def gap_ns(rule: RuleConfig) -> int:
    return minutes_ns(rule.longest_gap_min)


def minutes_ns(minutes: float) -> int:
    return round(minutes * MINUTE_NS)


def needed(for_min: float) -> int:
    """How many judged minutes that is: at least one."""
    return max(1, math.ceil(for_min))


def _towards_alarm(memory: Memory, rule: RuleConfig, sample: Sample, holds: bool) -> Turn:
    if not holds:
        give_up(memory)
        return Turn.NONE
    memory.count += 1
    if not _long_enough(rule, rule.for_min, memory.count, memory.run_ns, sample):
        return Turn.NONE
    memory.present, memory.ending_ns, memory.endings = True, None, 0
    return Turn.RAISED


def _towards_end(memory: Memory, rule: RuleConfig, sample: Sample) -> Turn:
    if sample.value is None or not ended_by(rule, sample.value):
        memory.ending_ns, memory.endings = None, 0
        return Turn.NONE
    memory.ending_ns = sample.start_ns if memory.ending_ns is None else memory.ending_ns
    memory.endings += 1
    if not _long_enough(rule, rule.clear_for_min, memory.endings, memory.ending_ns, sample):
        return Turn.NONE
    memory.present, memory.ending_ns, memory.endings = False, None, 0
    give_up(memory)
    return Turn.ENDED


def _long_enough(rule: RuleConfig, for_min: float, count: int, since_ns: int | None, sample: Sample) -> bool:
    if by_minutes(rule):
        return count >= needed(for_min)
    return since_ns is not None and sample.end_ns - since_ns >= minutes_ns(for_min)


def _begin(memory: Memory, sample: Sample) -> None:
    memory.run_ns, memory.count = sample.start_ns, 0
    memory.values, memory.minutes, memory.models = [], [], []
    memory.faces = memory.unjudged = 0


def _record(memory: Memory, sample: Sample, *, every: bool) -> None:
    if sample.value is None or not (
        every or not memory.minutes or minute_of(sample.start_ns) != minute_of(memory.minutes[-1])
    ):
        return
    memory.values = [*memory.values, sample.value][-KEPT_VALUES:]
    memory.minutes = [*memory.minutes, sample.start_ns][-KEPT_VALUES:]
    memory.models = list(dict.fromkeys((*memory.models, *sample.models)))[:KEPT_MODELS]
    memory.faces += sample.faces

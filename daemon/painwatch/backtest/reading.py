"""Where the minutes come from: the history on disk or an InfluxDB, as one stream in order of time."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from painwatch.alarm.baseline import BASELINE
from painwatch.config.alarms import RuleConfig
from painwatch.core.alarms import Mark
from painwatch.core.errors import PainwatchError
from painwatch.core.minutes import MINUTE_NS, minute_of
from painwatch.core.types import MinuteSummary
from painwatch.store.history import History

DAY_NS = 1440 * MINUTE_NS

AHEAD_NS = DAY_NS
"""How much is read ahead of the time asked for, so that alarms that stood then, or were about to be, are known."""


class Past(Protocol):
    """What is read from; `History` and `InfluxHistory` are of this kind. Ranges are half-open."""

    def minutes(self, cage: str, from_ns: int, to_ns: int) -> Iterable[MinuteSummary]: ...
    def marks(self, cage: str, from_ns: int, to_ns: int) -> Iterable[Mark]: ...


@dataclass(frozen=True, slots=True)
class Asked:
    """The time that a backtest is about, in whole minutes of UTC ns, and the cages in it."""

    cages: tuple[str, ...]
    from_ns: int
    to_ns: int


def whole(history: History, cages: Sequence[str]) -> tuple[int, int]:
    """From the first minute of these cages to the end of the last.

    Raises:
        PainwatchError: there is none.
    """
    ends = [ends for cage in cages if (ends := history.first_and_last(cage)) is not None]
    if not ends:
        mend = "run the watch for a while first, or name another configuration"
        raise PainwatchError(f"the history holds no minutes of {', '.join(cages)}", mend=mend)
    return min(minute_of(first) for first, _ in ends), max(minute_of(last) for _, last in ends) + MINUTE_NS


def read_marks(past: Past, cages: Iterable[str], to_ns: int) -> tuple[Mark, ...]:
    """All marks that begin before `to_ns`, in order of time: baselines reach far back, and marks are few."""
    found = (mark for cage in cages for mark in past.marks(cage, 0, to_ns))
    return tuple(sorted(found, key=lambda mark: (mark.time_ns, mark.cage, mark.name)))


def begin_ns(asked: Asked, marks: Iterable[Mark], rules: Iterable[RuleConfig], first_ns: int | None) -> int:
    """From when on minutes must be read: a day ahead, or as far back as a baseline was taken.

    `first_ns`: where the history begins, if that is known; the first minutes of an animal may lie there.
    """
    begins, rules = [asked.from_ns - AHEAD_NS], tuple(rules)
    if any(rule.baseline and rule.baseline.marked for rule in rules):
        begins += [mark.time_ns for mark in marks if mark.name == BASELINE]
    if first_ns is not None and any(rule.baseline and rule.baseline.first_minutes for rule in rules):
        begins.append(first_ns)
    # Of what lies before the history, nothing is asked.
    return minute_of(max(min(begins), 0 if first_ns is None else min(first_ns, asked.from_ns)))


def stream(past: Past, cages: Sequence[str], from_ns: int, to_ns: int) -> Iterator[MinuteSummary]:
    """The minutes of all cages that begin in the range, by time, then in the order of `cages`."""
    return heapq.merge(*(_of_cage(past, cage, from_ns, to_ns) for cage in cages), key=lambda minute: minute.start_ns)


def _of_cage(past: Past, cage: str, from_ns: int, to_ns: int) -> Iterator[MinuteSummary]:
    for begin_ns in range(from_ns, to_ns, DAY_NS):
        yield from past.minutes(cage, begin_ns, min(begin_ns + DAY_NS, to_ns))

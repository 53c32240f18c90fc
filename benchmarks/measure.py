"""Times of several ways to do the same, taken in turn within each round, and the ratios between them.

Cases of one round follow each other at once, so that a busy moment of the host is shared by all; every ratio is taken
within a round, and the spread is that of these ratios over the rounds.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

Case = Callable[[int], int]
"""Does the work of one round (its number is given) and says how many items that were; round -1 is for warming up."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One case in one round: processor time of all threads, time by the clock, and how many items were done."""

    cpu_s: float
    wall_s: float
    items: int

    @property
    def cpu_ms(self) -> float:
        """Of one item."""
        return 1e3 * self.cpu_s / self.items

    @property
    def wall_ms(self) -> float:
        """Of one item."""
        return 1e3 * self.wall_s / self.items


@dataclass(frozen=True, slots=True)
class Spread:
    """Median, 5th and 95th percentile of `n` values."""

    median: float
    low: float
    high: float
    n: int

    def __str__(self) -> str:
        digits = max(0, 2 - int(np.floor(np.log10(abs(self.median))))) if self.median else 0
        return f"{self.median:.{digits}f} ({self.low:.{digits}f} .. {self.high:.{digits}f})"


def spread(values: Sequence[float]) -> Spread:
    """Of at least one value.

    Raises:
        ValueError: there are none.
    """
    if not values:
        raise ValueError("there is nothing to take the spread of")
    low, median, high = (float(value) for value in np.quantile(values, [0.05, 0.5, 0.95]))
    return Spread(median, low, high, len(values))


def ratios(slow: Sequence[float], fast: Sequence[float]) -> Spread:
    """How many times `slow` is `fast`, round by round: both hold one cost for each round, in the same order.

    Raises:
        ValueError: not as many of one as of the other, or none.
    """
    return spread([above / below for above, below in zip(slow, fast, strict=True)])


def interleaved(
    cases: Mapping[str, Case], rounds: int, *, cpu: Callable[[], float] = time.process_time
) -> dict[str, list[Sample]]:
    """Run every case once in each round; the first of a round is another one each time.

    Args:
        cases: all are warmed up by one call before the first round.
        rounds: 1 or more.
        cpu: processor seconds used so far by what is measured; of this process unless told otherwise.
    """
    names = list(cases)
    for name in names:
        cases[name](-1)
    samples: dict[str, list[Sample]] = {name: [] for name in names}
    for turn in range(rounds):
        first = turn % len(names)
        for name in names[first:] + names[:first]:
            wall_s, cpu_s = time.perf_counter(), cpu()
            items = cases[name](turn)
            samples[name].append(Sample(cpu() - cpu_s, time.perf_counter() - wall_s, items))
    return samples


def line_through(xs: Sequence[float], ys: Sequence[float]) -> tuple[float, float]:
    """Slope and offset of the line that is nearest to the points (least squares).

    Raises:
        ValueError: fewer than two different xs.
    """
    if len(set(xs)) < 2:
        raise ValueError("a line needs two points")
    slope, offset = np.polyfit(np.asarray(xs, float), np.asarray(ys, float), 1)
    return float(slope), float(offset)

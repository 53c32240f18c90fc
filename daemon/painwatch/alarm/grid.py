"""One rule with many thresholds and many durations, to choose from: what each would have found, and how often in vain.

Pure. Every variant is a rule of its own in one AlarmBook, so that the minutes are gone through once.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from painwatch.alarm.backtest import RuleResult
from painwatch.alarm.events import Outcome
from painwatch.alarm.rules import Rule, rule_hash
from painwatch.config.alarms import RuleConfig
from painwatch.core.signals import SIGNALS, Signal

DURATIONS_MIN = (1.0, 5.0, 10.0, 20.0, 30.0, 60.0)
THRESHOLDS = {
    Signal.PAIN_PROBABILITY: (0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9),
    Signal.ACTION_UNIT: (0.25, 0.5, 0.75, 1.0, 1.25, 1.5, 1.75),
    Signal.COVERAGE: (0.05, 0.1, 0.2, 0.3, 0.4, 0.5),
}
DIFFERENCES = {
    Signal.PAIN_PROBABILITY: (0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6),
    Signal.ACTION_UNIT: (0.1, 0.2, 0.3, 0.4, 0.6, 0.8, 1.0),
}
"""Of rules that compare with a baseline."""


@dataclass(frozen=True, slots=True)
class Cell:
    """The rule with one threshold and one duration, and what came of it."""

    threshold: float
    for_min: float
    result: RuleResult

    @property
    def sensitivity(self) -> float | None:
        """Detected / judged events, None without any."""
        return self.result.held.sensitivity if self.result.held else None

    @property
    def false_per_day(self) -> float | None:
        """Alarms a judged day that no event explains: all of them where no event was named; None of no time."""
        return self.result.held.false_per_day if self.result.held else self.result.alarms_per_day


@dataclass(frozen=True, slots=True)
class Grid:
    """`cells` by threshold, then by duration."""

    rule: RuleConfig
    thresholds: tuple[float, ...]
    durations_min: tuple[float, ...]
    cells: tuple[Cell, ...]

    def cell(self, threshold: float, for_min: float) -> Cell:
        row, column = self.thresholds.index(threshold), self.durations_min.index(for_min)
        return self.cells[row * len(self.durations_min) + column]

    @property
    def frontier(self) -> tuple[Cell, ...]:
        """The cells that detect something and that no other beats, by false alarms, fewest first.

        A cell beats another that detects no more, has no fewer false alarms a day and tells of events no sooner, if it
        is better in one of them. Empty without judged events.
        """
        rated = [(cell, merits) for cell in self.cells if (merits := _merits(cell)) is not None]
        best = [
            (merits, cell)
            for cell, merits in rated
            if not any(other != merits and all(map(float.__le__, other, merits)) for _, other in rated)
        ]
        return tuple(cell for _, cell in sorted(best, key=lambda entry: entry[0]))


def _merits(cell: Cell) -> tuple[float, float, float] | None:
    """False alarms a day, events detected, median lag, all so that less is better. None for what detects nothing.

    An event that was missed has a lag without end, and one that was told of ahead has none: else a rule that finds only
    the plainest events would seem the fastest.
    """
    held, false = cell.result.held, cell.false_per_day
    if held is None or false is None or not held.sensitivity:
        return None
    found = held.count(Outcome.DETECTED)
    ahead, missed = found - len(held.lags_min), held.judged - found
    return false, -held.sensitivity, statistics.median_high([0.0] * ahead + [*held.lags_min] + [math.inf] * missed)


def default_thresholds(rule: RuleConfig) -> tuple[float, ...]:
    """What is tried unless a person says otherwise; empty where nothing is usual."""
    return (DIFFERENCES if rule.baseline is not None else THRESHOLDS).get(rule.signal, ())


def variants(rule: RuleConfig, thresholds: Sequence[float], durations_min: Sequence[float]) -> tuple[Rule, ...]:
    """The rule with each threshold and each duration, by threshold, then by duration.

    A rule's `clear` goes with the threshold: it stays the same part of the way from the threshold to the end of what
    values there are, so that an alarm can always end.
    """
    made: list[Rule] = []
    side = "above" if rule.above is not None else "below"
    for threshold in thresholds:
        for for_min in durations_min:
            changed: dict[str, object] = {"name": f"variant-{len(made)}", side: threshold, "for_min": for_min}
            changed["clear"] = _clear(rule, threshold)
            config = rule.model_copy(update=changed)
            made.append(Rule(config, rule_hash(config), built_in=False))
    return tuple(made)


def _clear(rule: RuleConfig, threshold: float) -> float | None:
    if rule.clear is None:
        return None
    # Alarms on high values end towards 0, those on low values towards the highest there is.
    most = SIGNALS[rule.signal].most
    end = 0.0 if rule.above is not None or math.isinf(most) else most
    way = rule.threshold - end
    clear = end + (threshold - end) * (rule.clear - end) / way if way else threshold
    return min(clear, threshold) if rule.above is not None else max(clear, threshold)


def grid_of(
    rule: RuleConfig, thresholds: Sequence[float], durations_min: Sequence[float], results: Sequence[RuleResult]
) -> Grid:
    """The results of `variants` as a grid."""
    pairs = [(threshold, for_min) for threshold in thresholds for for_min in durations_min]
    cells = tuple(Cell(*pair, result) for pair, result in zip(pairs, results, strict=True))
    return Grid(rule, tuple(thresholds), tuple(durations_min), cells)

"""One rule with many thresholds and many durations, to choose from: what each would have found, and how often in vain.

Pure. Every variant is a rule of its own in one AlarmBook, so that the minutes are gone through once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from painwatch.alarm.backtest import RuleResult
from painwatch.alarm.rules import Rule, rule_hash
from painwatch.config.alarms import RuleConfig
from painwatch.core.signals import Signal

DURATIONS_MIN = (1.0, 5.0, 10.0, 20.0, 30.0, 60.0)
THRESHOLDS = {
    Signal.PAIN_PROBABILITY: (0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9),
    Signal.ACTION_UNIT: (0.25, 0.5, 0.75, 1.0, 1.25, 1.5, 1.75),
    Signal.COVERAGE: (0.05, 0.1, 0.2, 0.3, 0.4, 0.5),
}
"""What is tried unless a person says otherwise; other signals have no thresholds of their own."""


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
        """The cells that no other beats: none detects as much with fewer false alarms, or more with as few.

        By false alarms, fewest first. Cells that are alike in both are all in it. Empty without judged events.
        """
        rated = [
            (cell, cell.sensitivity, cell.false_per_day)
            for cell in self.cells
            if cell.sensitivity is not None and cell.false_per_day is not None
        ]
        best = [
            (false, -found, cell)
            for cell, found, false in rated
            if not any(
                other_found >= found and other_false <= false and (other_found, other_false) != (found, false)
                for _, other_found, other_false in rated
            )
        ]
        return tuple(cell for *_, cell in sorted(best, key=lambda entry: entry[:2]))


def variants(rule: RuleConfig, thresholds: Sequence[float], durations_min: Sequence[float]) -> tuple[Rule, ...]:
    """The rule with each threshold and each duration, by threshold, then by duration.

    Where the rule has a `clear` of its own, it keeps its distance to the threshold.
    """
    made: list[Rule] = []
    side = "above" if rule.above is not None else "below"
    for threshold in thresholds:
        for for_min in durations_min:
            clear = None if rule.clear is None else threshold + (rule.clear - rule.threshold)
            changed = {"name": f"variant-{len(made)}", side: threshold, "clear": clear, "for_min": for_min}
            config = rule.model_copy(update=changed)
            made.append(Rule(config, rule_hash(config), built_in=False))
    return tuple(made)


def grid_of(
    rule: RuleConfig, thresholds: Sequence[float], durations_min: Sequence[float], results: Sequence[RuleResult]
) -> Grid:
    """The results of `variants` as a grid."""
    pairs = [(threshold, for_min) for threshold in thresholds for for_min in durations_min]
    cells = tuple(Cell(*pair, result) for pair, result in zip(pairs, results, strict=True))
    return Grid(rule, tuple(thresholds), tuple(durations_min), cells)

"""Intervals of figures by resampling whole animals.

Faces of one animal are alike, so they are no independent cases: drawing faces would make every interval far too
narrow. Here animals are drawn with replacement and come with all of their faces (cluster bootstrap, percentile
interval; Field and Welsh 2007, J R Stat Soc B 69:369). What that means with few animals: six can be drawn in only
462 different ways, the intervals are coarse, and known to be too narrow rather than too wide. They tell how much the
figure hangs on single animals of this set; they promise little about other animals, and nothing about other
laboratories.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from painwatch_engines.evaluation.binary import Confusion, area_under_roc, confusion, count_wins

RESAMPLES = 2000
LEVEL = 0.95

FIGURES = ("F1", "accuracy", "sensitivity", "specificity", "AUC")


@dataclass(frozen=True, slots=True)
class Interval:
    """A figure, its percentile interval, and how many animals it was drawn from. NaN bounds: fewer than two animals."""

    value: float
    low: float
    high: float
    animals: int


def figures_by_animal(
    pain_probability: NDArray[np.floating[Any]],
    pain: NDArray[np.bool_],
    animals: NDArray[np.str_],
    *,
    seed: int = 1,
    resamples: int = RESAMPLES,
) -> dict[str, Interval]:
    """Pooled figures of all faces, named as in FIGURES, with intervals by animal.

    Args:
        pain_probability: (N,) 0..1.
        pain: (N,) the truth.
        animals: (N,) the animal of each face.
        seed: of the drawing.
        resamples: how many sets of animals are drawn.
    """
    names = np.unique(animals)
    counts = [confusion(pain_probability[animals == name], pain[animals == name]) for name in names]
    scores = [(pain_probability[here & pain], pain_probability[here & ~pain]) for here in (animals == n for n in names)]
    # Wins of the pain faces of one animal over the calm faces of another: resampling only weights these pairs.
    wins = np.array([[count_wins(positives, negatives) for _, negatives in scores] for positives, _ in scores])
    drawn = draw_weights(len(names), resamples, seed)
    whole = _figures(sum(counts, Confusion(0, 0, 0, 0)), area_under_roc(pain_probability, pain))
    sums = drawn @ np.array([(c.true_pain, c.missed, c.true_calm, c.false_pain) for c in counts])
    of_pain, of_calm = sums[:, 0] + sums[:, 1], sums[:, 2] + sums[:, 3]
    with np.errstate(invalid="ignore"):
        areas = np.einsum("ra,ab,rb->r", drawn, wins, drawn, optimize=True) / (of_pain * of_calm)
    resampled = [_figures(Confusion(*row), area) for row, area in zip(sums.tolist(), areas.tolist(), strict=True)]
    return {
        name: interval(whole[name], np.array([figures[name] for figures in resampled]), len(names)) for name in FIGURES
    }


def mean_by_animal(values: NDArray[np.floating[Any]], *, seed: int = 1, resamples: int = RESAMPLES) -> Interval:
    """Mean of one value for each animal (A,), such as a difference between two methods, with its interval."""
    drawn = draw_weights(len(values), resamples, seed)
    return interval(float(np.mean(values)), drawn @ np.asarray(values, float) / len(values), len(values))


def draw_weights(animals: int, resamples: int, seed: int) -> NDArray[np.float64]:
    """(resamples, animals) how often each animal is drawn; every row sums to `animals`."""
    rng = np.random.default_rng(seed)
    return rng.multinomial(animals, np.full(animals, 1 / animals), resamples).astype(np.float64)


def interval(value: float, resampled: NDArray[np.floating[Any]], animals: int) -> Interval:
    """Percentile interval; draws in which the figure is not defined are left out."""
    known = resampled[np.isfinite(resampled)]
    if animals < 2 or not len(known):
        return Interval(value, float("nan"), float("nan"), animals)
    low, high = np.quantile(known, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Interval(value, float(low), float(high), animals)


def _figures(counts: Confusion, area: float) -> dict[str, float]:
    return {
        "F1": counts.f1,
        "accuracy": counts.accuracy,
        "sensitivity": counts.sensitivity,
        "specificity": counts.specificity,
        "AUC": area,
    }

"""Figures of a classifier of two classes: pain or not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from painwatch_engines.artefacts import Figure

THRESHOLD = 0.5
"""At or above this probability a picture is called pain: the larger of the two outputs, as published."""


@dataclass(frozen=True, slots=True)
class Confusion:
    """Counts of faces; pain is the positive class. Shares are NaN where nothing can be divided."""

    true_pain: int
    missed: int
    true_calm: int
    false_pain: int

    def __add__(self, other: Confusion) -> Confusion:
        return Confusion(
            self.true_pain + other.true_pain,
            self.missed + other.missed,
            self.true_calm + other.true_calm,
            self.false_pain + other.false_pain,
        )

    @property
    def n(self) -> int:
        return self.true_pain + self.missed + self.true_calm + self.false_pain

    @property
    def f1(self) -> float:
        """2 TP / (2 TP + FP + FN)."""
        return _share(2 * self.true_pain, 2 * self.true_pain + self.false_pain + self.missed)

    @property
    def accuracy(self) -> float:
        """(TP + TN) / all."""
        return _share(self.true_pain + self.true_calm, self.n)

    @property
    def sensitivity(self) -> float:
        """TP / (TP + FN)."""
        return _share(self.true_pain, self.true_pain + self.missed)

    @property
    def specificity(self) -> float:
        """TN / (TN + FP)."""
        return _share(self.true_calm, self.true_calm + self.false_pain)


def confusion(
    pain_probability: NDArray[np.floating[Any]], pain: NDArray[np.bool_], threshold: float = THRESHOLD
) -> Confusion:
    """Counts at the threshold.

    Args:
        pain_probability: (N,) 0..1.
        pain: (N,) the truth.
        threshold: at or above it a picture is called pain.

    Raises:
        ValueError: if the shapes differ or a probability is none.
    """
    if pain_probability.shape != pain.shape or pain.ndim != 1:
        raise ValueError(f"both must have shape (N,), got {pain_probability.shape} and {pain.shape}")
    if not ((pain_probability >= 0) & (pain_probability <= 1)).all():
        raise ValueError("a probability lies outside 0..1 or is NaN")
    called = pain_probability >= threshold
    return Confusion(
        true_pain=int((called & pain).sum()),
        missed=int((~called & pain).sum()),
        true_calm=int((~called & ~pain).sum()),
        false_pain=int((called & ~pain).sum()),
    )


def score_binary(
    pain_probability: NDArray[np.floating[Any]], pain: NDArray[np.bool_], threshold: float = THRESHOLD
) -> list[Figure]:
    """F1, accuracy, sensitivity, specificity at the threshold, and the area under the ROC, for a model's card.

    Args:
        pain_probability: (N,) 0..1.
        pain: (N,) the truth; both classes must occur.
        threshold: at or above it a picture is called pain.

    Raises:
        ValueError: if a class does not occur.
    """
    if pain.all() or not pain.any():
        raise ValueError("both classes must occur")
    counts = confusion(pain_probability, pain, threshold)
    values = {
        "F1": (counts.f1, counts.n),
        "accuracy": (counts.accuracy, counts.n),
        "sensitivity": (counts.sensitivity, int(pain.sum())),
        "specificity": (counts.specificity, int((~pain).sum())),
        "AUC": (area_under_roc(pain_probability, pain), counts.n),
    }
    return [Figure(name=name, value=round(value, 4), n=count) for name, (value, count) in values.items()]


def area_under_roc(score: NDArray[np.floating[Any]], positive: NDArray[np.bool_]) -> float:
    """Probability that a positive scores above a negative, ties counting half; NaN where a class does not occur."""
    wins = count_wins(score[positive], score[~positive])
    return _share(wins, int(positive.sum()) * int((~positive).sum()))


def count_wins(positives: NDArray[np.floating[Any]], negatives: NDArray[np.floating[Any]]) -> float:
    """Pairs in which the positive scores above the negative, ties counting half (Mann-Whitney U)."""
    ordered = np.sort(negatives)
    below = np.searchsorted(ordered, positives, "left")
    not_above = np.searchsorted(ordered, positives, "right")
    return float((below + not_above).sum() / 2)


def _share(part: float, whole: float) -> float:
    return part / whole if whole else float("nan")

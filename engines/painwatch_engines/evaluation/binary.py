"""Figures of a classifier of two classes: pain or not."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from painwatch_engines.artefacts import Figure


def score_binary(
    pain_probability: NDArray[np.floating[Any]], pain: NDArray[np.bool_], threshold: float = 0.5
) -> list[Figure]:
    """F1 = 2TP / (2TP + FP + FN), accuracy, sensitivity, specificity at the threshold, and the area under the ROC.

    Args:
        pain_probability: (N,) 0..1.
        pain: (N,) the truth; both classes must occur.
        threshold: at or above it a picture is called pain.

    Raises:
        ValueError: if a class does not occur.
    """
    if pain.all() or not pain.any():
        raise ValueError("both classes must occur")
    called = pain_probability >= threshold
    true_pain, false_pain = int((called & pain).sum()), int((called & ~pain).sum())
    missed, true_calm = int((~called & pain).sum()), int((~called & ~pain).sum())
    n = len(pain)
    values = {
        "F1": (2 * true_pain / (2 * true_pain + false_pain + missed), n),
        "accuracy": ((true_pain + true_calm) / n, n),
        "sensitivity": (true_pain / (true_pain + missed), true_pain + missed),
        "specificity": (true_calm / (true_calm + false_pain), true_calm + false_pain),
        "AUC": (area_under_roc(pain_probability, pain), n),
    }
    return [Figure(name=name, value=round(value, 4), n=count) for name, (value, count) in values.items()]


def area_under_roc(score: NDArray[np.floating[Any]], positive: NDArray[np.bool_]) -> float:
    """Probability that a positive scores above a negative, ties counting half (Mann-Whitney U over its maximum)."""
    _, inverse, counts = np.unique(score, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    ranks = ((last - counts + 1 + last) / 2)[inverse.reshape(-1)]
    positives = int(positive.sum())
    negatives = len(positive) - positives
    u = float(ranks[positive].sum()) - positives * (positives + 1) / 2
    return u / (positives * negatives)

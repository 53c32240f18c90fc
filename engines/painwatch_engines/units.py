"""What a classifier's chances of each action unit come to."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

SEVERITIES = np.array([0.0, 1.0, 2.0])
"""What the first classes of an action unit mean; the class after them is "cannot be scored"."""


def severities(chances: NDArray[np.floating[Any]]) -> NDArray[np.float64]:
    """The expected severity of each unit among its classes, unless "cannot be scored" is the likeliest of all.

    Args:
        chances: (..., units, 4), not negative, some of each unit above 0.

    Returns:
        (..., units), 0..2; NaN for a unit that cannot be scored.
    """
    scored = chances.argmax(axis=-1) < len(SEVERITIES)
    known = np.where(scored[..., None], chances[..., :-1], 1.0).astype(np.float64)
    return np.where(scored, np.minimum(2.0, known @ SEVERITIES / known.sum(axis=-1)), np.nan)

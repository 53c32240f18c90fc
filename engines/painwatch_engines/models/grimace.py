"""From the units of a face to its score and to pain, exactly and inside the graph. Pure.

Each unit is 0, 1, 2 or unscorable with some probability. With U units there are 4**U ways a face can be scored; the
probabilities of all of them are multiplied out, units taken as independent given the face. A face of which no unit can
be scored has no score, so that one way is left out and the others share its probability.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

GRADES = 3
UNSCORABLE = 3
STATES = 4
"""Of a unit, in the order of the last axis of `units`: severity 0, 1, 2, unscorable."""

_NEVER = 1e-12
"""Added where a face is surely unscorable, so that its probability of pain is 0.5 instead of nothing at all."""


def pain_probability(units: Tensor) -> Tensor:
    """P(mean of the scorable units >= 0.5), as anatomy.shows_pain says of one scoring.

    Args:
        units: (N, U, 4) probabilities, rows summing to 1.

    Returns:
        (N,) 0..1; 0.5 where no unit can be scored.
    """
    means = scoring_means(units.shape[1])
    pain = torch.from_numpy((means >= 0.5).astype(np.float32)).to(units.device)
    joint, scorable = _scorings(units, means)
    return (joint @ pain + _NEVER / 2) / (scorable + _NEVER)


def expected_score(units: Tensor) -> Tensor:
    """Expected mean of the scorable units, (N,) 0..2, of units (N, U, 4); see pain_probability."""
    means = scoring_means(units.shape[1])
    joint, scorable = _scorings(units, means)
    return joint @ torch.from_numpy(np.nan_to_num(means).astype(np.float32)).to(units.device) / (scorable + _NEVER)


@cache
def scoring_means(count: int) -> NDArray[np.float64]:
    """(4**U,) mean of the scorable units of each way to score U units, the last unit changing fastest; NaN for none."""
    ways = np.indices((STATES,) * count).reshape(count, -1)
    scorable = ways != UNSCORABLE
    total, number = (ways * scorable).sum(axis=0), scorable.sum(axis=0)
    return np.where(number > 0, total / np.maximum(number, 1), np.nan)


def _scorings(units: Tensor, means: NDArray[np.float64]) -> tuple[Tensor, Tensor]:
    """Probability of each way (N, 4**U), and of all with a score (N,)."""
    units = units.float()
    joint = units[:, 0]
    for unit in range(1, units.shape[1]):
        joint = (joint.unsqueeze(2) * units[:, unit].unsqueeze(1)).flatten(1)
    has_score = torch.from_numpy(np.isfinite(means).astype(np.float32)).to(units.device)
    return joint, joint @ has_score

"""How the learning rate rises."""

from __future__ import annotations

FEW_STEPS = 40


def rise(steps: int, usual: float) -> float:
    """Share of the steps over which OneCycleLR raises the rate: `usual`, or 0.3 where there are only a few steps.

    PyTorch divides by (share * steps - 1), which is zero for a share of 0.05 and 20 steps; 0.3 never gives that.
    """
    return usual if steps > FEW_STEPS else 0.3

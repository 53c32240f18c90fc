"""How long to wait before the next attempt at a camera that does not answer. Pure."""

from __future__ import annotations

LONGEST_S = 60.0
STEADY_S = 10.0
"""A camera that has given pictures for so long is well again: the next fault starts from the shortest wait."""


def backoff_s(failures: int, chance: float) -> float:
    """Seconds to wait after so many `failures` in a row (from 1): 1, 2, 4 .. 60, each less up to a fifth.

    `chance`, 0..1, spreads the cameras that went away together, so that they do not all come back in one instant.
    """
    longest = min(LONGEST_S, 2.0 ** min(failures - 1, 16))
    return longest * (1 - 0.2 * chance)

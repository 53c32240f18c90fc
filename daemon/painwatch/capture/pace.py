"""Which pictures of a live camera are handed over: no more than somebody can look at.

Event time is cut as inference cuts it, into cells of one sample period since 1970, and each cell into equal parts; the
first picture in each part is handed over. So the first of every cell is, which is the one that is judged; a worker
that comes late finds one from the present part; and two pictures that came close together still leave no cell empty.
"""

from __future__ import annotations

import math

LEAST_PARTS = 2

LEAST_HZ = 6.0
"""However seldom a cage is judged: the page shows two pictures a second, and what a late worker finds should be
younger than a fifth of a second."""


class Pace:
    """Whose turn it is, picture by picture, for a cage that is judged `sample_rate_hz` times a second."""

    def __init__(self, sample_rate_hz: float) -> None:
        self._period_ns = round(1e9 / sample_rate_hz)
        self._parts = max(LEAST_PARTS, math.ceil(LEAST_HZ / sample_rate_hz))
        self._last: int | None = None

    def due(self, wall_ns: int) -> bool:
        """Whether a picture of this time would be handed over: none of its part was. Also after a clock set back."""
        return self._part(wall_ns) != self._last

    def handed(self, wall_ns: int) -> None:
        """A picture of this time was handed over."""
        self._last = self._part(wall_ns)

    def _part(self, wall_ns: int) -> int:
        # In this order, so that every cell begins with a part also where its length cannot be divided.
        return wall_ns * self._parts // self._period_ns

"""Notices a live picture that stands still: a camera that sends the same buffer again and again.

A camera that works never does: its sensor's noise changes some bit of every picture, in the dark as well, and so does
the virtual cage's. What can stand still without a fault is a picture whose noise is taken away, by a codec at a very
low rate or by a black level that cuts off all there is; the former asks for a longer `frozen_after_s`, the latter
shows nothing to judge anyway.
"""

from __future__ import annotations

import numpy as np

from painwatch.capture.faults import source_error
from painwatch.capture.source import Grab, Source
from painwatch.core.errors import SourceFault
from painwatch.core.types import Image

ROW_STEP = 4
"""Every so many rows are compared: enough to meet the noise, a quarter of the work."""


class StillWatch:
    """How long the picture has been the same, bit for bit. Pure but for what it remembers."""

    def __init__(self) -> None:
        self._rows: Image | None = None
        self._since_ns = 0

    def still_for_s(self, image: Image, mono_ns: int) -> float:
        """Takes the next picture, grabbed at `mono_ns`; seconds since the first one equal to it."""
        rows = image[::ROW_STEP]
        # Compared rather than hashed: a CRC of the same rows takes 20 times as long.
        if self._rows is None or not np.array_equal(rows, self._rows):
            self._rows, self._since_ns = rows.copy(), mono_ns
        return (mono_ns - self._since_ns) / 1e9


class FrozenGuard:
    """A live `Source` around another, which raises SourceFault.FROZEN when the picture stands still too long.

    What it has seen outlives a re-opening: a camera that still shows the same picture then is frozen at once, rather
    than live again for as long as it takes to notice.
    """

    live = True

    def __init__(self, source: Source, *, frozen_after_s: float, where: str) -> None:
        self._source, self._frozen_after_s, self._where = source, frozen_after_s, where
        self._watch = StillWatch()

    def open(self) -> None:
        self._source.open()

    def read(self) -> Grab:
        grab = self._source.read()
        still_s = self._watch.still_for_s(grab.image, grab.stamp.mono_ns)
        if still_s >= self._frozen_after_s:
            what = f"the picture has not changed by one bit for {still_s:.0f} s"
            raise source_error(SourceFault.FROZEN, what, self._where)
        return grab

    def close(self) -> None:
        self._source.close()

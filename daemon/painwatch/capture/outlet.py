"""Where a capture process puts its pictures: a ring that is made anew when the camera changes its resolution."""

from __future__ import annotations

import logging
import threading
from pathlib import Path

from painwatch.capture.ring import RingWriter
from painwatch.capture.source import Grab

log = logging.getLogger(__name__)

_CONSUMED_POLL_S = 0.02


class Outlet:
    """The ring of one camera, made at the first picture. For one thread; `close` when that has ended."""

    def __init__(self, path: Path, slots: int, stop: threading.Event) -> None:
        self._path, self._slots, self._stop = path, slots, stop
        self._ring: RingWriter | None = None

    def put(self, grab: Grab) -> None:
        """Writes a live picture over the oldest one. RingError if there is no room for the ring."""
        self._fitting(grab).write(grab.image, grab.stamp)

    def put_when_free(self, grab: Grab) -> bool:
        """Writes a recording's picture once its consumer has made room; False if stopped before. RingError as `put`."""
        if not self._fits(grab) and not self._consumed():
            return False
        return self._fitting(grab).write_when_free(grab.image, grab.stamp, self._stop) is not None

    def close(self, *, unlink: bool) -> None:
        """Lets go of the ring; with `unlink` removes it."""
        if self._ring is not None:
            self._ring.close(unlink=unlink)
            self._ring = None

    def _fits(self, grab: Grab) -> bool:
        if self._ring is None:
            return False
        return (self._ring.shape.height, self._ring.shape.width) == grab.image.shape[:2]

    def _fitting(self, grab: Grab) -> RingWriter:
        if self._ring is None or not self._fits(grab):
            height, width = grab.image.shape[:2]
            self.close(unlink=False)
            self._ring = RingWriter(self._path, self._slots, height, width)
            log.info("%s: %d frames of %d x %d px", self._path.name, self._slots, width, height)
        return self._ring

    def _consumed(self) -> bool:
        """Waits until all that is in the present ring has been looked at; False if stopped before."""
        while self._ring is not None and self._ring.acknowledged < self._ring.newest:
            if self._stop.wait(_CONSUMED_POLL_S):
                return False
        return True

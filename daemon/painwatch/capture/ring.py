"""The shared frame ring: a file in tmpfs that one process writes and any number read, without locks or copies between.

A frame costs one copy in and one copy out. A reader that is slower than the writer loses old frames, never gets a
torn one. Recordings, of which nothing may be lost, use `write_when_free` and one consumer that acknowledges.

Sequence numbers count from 1. A writer that finds the ring of an earlier one at its path goes on from that ring's
newest number, so a capture process that was killed and restarted repeats none. A clean stop removes the file; the
next run starts from 1 again.
"""

from __future__ import annotations

import contextlib
import threading
from pathlib import Path

import numpy as np

from painwatch.capture import ring_layout as layout
from painwatch.capture.ring_file import OpenRing, create, earlier_ring
from painwatch.core.clock import Stamp
from painwatch.core.errors import RingError
from painwatch.core.types import Frame, Image

_NEWEST_ATTEMPTS = 8
_SHORTEST_WAIT_S = 0.002
_LONGEST_WAIT_S = 0.05


class RingWriter:
    """The one writer of the ring at `path`; takes the place of an earlier ring there.

    Args:
        path: best in tmpfs; missing folders are made for this user only (0700).
        slots: frames kept.
        height, width: of every frame, px.

    Raises:
        RingError: no room, no permission, or another process is writing the ring.
    """

    def __init__(self, path: Path, slots: int, height: int, width: int) -> None:
        self.path = path
        self.shape = layout.Shape(slots, height, width)
        earlier = earlier_ring(path)
        self._memory = create(path, self.shape, generation=earlier.generation + 1, first=earlier.newest + 1)
        self._inode = path.stat().st_ino
        self._header = layout.header_words(self._memory)
        self._slots = layout.slot_views(self._memory, self.shape)
        self._fence = layout.Fence()
        self._seq = earlier.newest
        self._closed = False

    def write(self, image: Image, stamp: Stamp) -> int:
        """Puts `image` (uint8, (height, width, 3), BGR) in the place of the oldest frame; returns its number.

        Raises:
            RingError: an image of another shape or type; make a new ring when a camera changes its resolution.
        """
        wanted = (self.shape.height, self.shape.width, 3)
        if image.shape != wanted or image.dtype != np.uint8:
            raise RingError(f"holds uint8 frames of {wanted}, got {image.dtype} {image.shape}", where=str(self.path))
        seq = self._seq + 1
        words, pixels = self._slots[seq % self.shape.slots]
        words[layout.BEGIN] = seq
        self._fence.pass_()
        np.copyto(pixels, image)
        words[layout.WALL] = stamp.wall_ns
        words[layout.MONO] = stamp.mono_ns
        self._fence.pass_()
        words[layout.END] = seq
        self._header[layout.NEWEST] = seq
        self._seq = seq
        return seq

    def write_when_free(self, image: Image, stamp: Stamp, stop: threading.Event) -> int | None:
        """Like `write`, but waits until the consumer has acknowledged the frame it replaces; None if stopped first."""
        pause_s = _SHORTEST_WAIT_S
        while self._seq + 1 - self.shape.slots > self.acknowledged:
            if stop.wait(pause_s):
                return None
            pause_s = min(2 * pause_s, _LONGEST_WAIT_S)
        return self.write(image, stamp)

    @property
    def newest(self) -> int:
        """The number of the last frame written, by this writer or the one before; 0 if none."""
        return self._seq

    @property
    def acknowledged(self) -> int:
        """The newest frame the consumer is done with."""
        return int(self._header[layout.CURSOR])

    def close(self, *, unlink: bool = True) -> None:
        """Lets go of the ring; with `unlink` removes the file, unless another writer's is there by now."""
        if self._closed:
            return
        self._closed = True
        if unlink:
            with contextlib.suppress(FileNotFoundError):
                if self.path.stat().st_ino == self._inode:
                    self.path.unlink()
        del self._header, self._slots
        self._memory.close()


class RingReader:
    """A reader of the ring at `path`, which may come, go and be replaced at any time.

    Every call looks whether the file is still the one that is open and opens the new one by itself. Frames are copies
    and may be kept. An absent ring gives None. Reading needs no right to write; only `acknowledge` does. Not for use
    by two threads at once: give each its own.

    Raises (from every method):
        RingError: the file is not a frame ring, of another layout, or cannot be read.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._open: OpenRing | None = None
        self._fence = layout.Fence()

    def newest(self) -> Frame | None:
        """The newest frame; None if there is none yet."""
        ring = self._current()
        if ring is None:
            return None
        for _ in range(_NEWEST_ATTEMPTS):
            seq = int(ring.header[layout.NEWEST])
            frame = self._copy(ring, seq)
            if frame is not None or seq == 0:
                return frame
        return None

    @property
    def newest_seq(self) -> int:
        """The number of the newest frame, read without copying it; 0 without a ring or a frame."""
        ring = self._current()
        return 0 if ring is None else int(ring.header[layout.NEWEST])

    def newest_stamp(self) -> tuple[int, Stamp] | None:
        """The number and the times of the newest frame, read without copying it; None if there is none, or if it is
        being overwritten just now."""
        ring = self._current()
        seq = 0 if ring is None else int(ring.header[layout.NEWEST])
        if ring is None or seq < 1:
            return None
        words, _ = ring.slots[seq % ring.shape.slots]
        if words[layout.END] != seq:
            return None
        self._fence.pass_()
        stamp = Stamp(int(words[layout.WALL]), int(words[layout.MONO]))
        self._fence.pass_()
        return (seq, stamp) if words[layout.BEGIN] == seq else None

    def at(self, seq: int) -> Frame | None:
        """Frame number `seq`; None if it was overwritten or is not there yet."""
        ring = self._current()
        return None if ring is None else self._copy(ring, seq)

    def next_after(self, seq: int) -> Frame | None:
        """The oldest frame that is still there and newer than `seq`; None if there is none yet.

        If the ring's numbers are all below `seq`, it is that of a new run and is read from its oldest frame.
        """
        ring = self._current()
        if ring is None:
            return None
        newest, first = int(ring.header[layout.NEWEST]), int(ring.header[layout.FIRST])
        start = 0 if newest and seq > newest else seq
        for candidate in range(max(start + 1, first, newest - ring.shape.slots + 1), newest + 1):
            frame = self._copy(ring, candidate)
            if frame is not None:
                return frame
        return None

    def acknowledge(self, seq: int) -> None:
        """Tells the writer of a recording that frames up to `seq` are done with. For its one consumer only."""
        ring = self._current()
        if ring is not None:
            ring.acknowledge(seq)

    @property
    def acknowledged(self) -> int:
        """The newest frame that was acknowledged: where a restarted consumer goes on. 0 without a ring."""
        ring = self._current()
        return 0 if ring is None else int(ring.header[layout.CURSOR])

    def close(self) -> None:
        """Lets go of the file; a later call opens it again."""
        if self._open is not None:
            self._open.close()
            self._open = None

    def _current(self) -> OpenRing | None:
        try:
            inode = self.path.stat().st_ino
            # The open file keeps its inode number from being given away, so an equal number is the same file.
            if self._open is None or self._open.inode != inode:
                self.close()
                self._open = OpenRing(self.path)
        except FileNotFoundError:
            self.close()
        except OSError as error:
            self.close()
            mend = "see that this user may read it, and that the host has memory left"
            raise RingError(f"cannot be read ({error.strerror or error})", where=str(self.path), mend=mend) from None
        return self._open

    def _copy(self, ring: OpenRing, seq: int) -> Frame | None:
        words, pixels = ring.slots[seq % ring.shape.slots]
        if seq < 1 or words[layout.END] != seq:
            return None
        self._fence.pass_()
        image = pixels.copy()
        wall_ns, mono_ns = int(words[layout.WALL]), int(words[layout.MONO])
        self._fence.pass_()
        if words[layout.BEGIN] != seq:
            return None
        return Frame(camera=self.path.stem, seq=seq, wall_ns=wall_ns, mono_ns=mono_ns, image=image)

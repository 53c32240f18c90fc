"""How a frame ring lies in its file: header words, slot words, pixels. Shared by the writer and the readers.

All words are unsigned 64-bit in the host's byte order at 8-byte-aligned offsets, so that each is read and written
whole. The header fills one page; each slot is one page of words, then its pixels, padded to a page:

    header: MAGIC VERSION SLOTS HEIGHT WIDTH PID GENERATION FIRST  (constant) | NEWEST at 16 | CURSOR at 32
    slot:   BEGIN END WALL MONO | pixels, uint8, (height, width, 3), BGR

A slot's picture is whole if END (read before the copy) and BEGIN (read after it) are both the number asked for.
"""

from __future__ import annotations

import mmap
import threading
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from painwatch.core.errors import RingError
from painwatch.core.types import Image

Words = NDArray[np.uint64]

MAGIC_NUMBER = int.from_bytes(b"PWFRAMES", "little")
LAYOUT_VERSION = 1
PAGE = 4096

MAGIC, VERSION, SLOTS, HEIGHT, WIDTH, PID, GENERATION, FIRST = range(8)
NEWEST = 16
"""Newest whole frame; in a cache line of its own, away from the reader's."""
CURSOR = 32
"""Newest frame the consumer is done with."""

BEGIN, END, WALL, MONO = range(4)


@dataclass(frozen=True, slots=True)
class Shape:
    """How many frames of what size a ring holds."""

    slots: int
    height: int
    width: int

    @property
    def slot_bytes(self) -> int:
        return PAGE + -(-self.height * self.width * 3 // PAGE) * PAGE

    @property
    def file_bytes(self) -> int:
        return PAGE + self.slots * self.slot_bytes


def header_words(memory: mmap.mmap) -> Words:
    """The words of the header page."""
    return np.frombuffer(memory, np.uint64, PAGE // 8)


def slot_views(memory: mmap.mmap, shape: Shape) -> tuple[tuple[Words, Image], ...]:
    """Words and pixels of every slot, as views into `memory`."""
    starts = (PAGE + index * shape.slot_bytes for index in range(shape.slots))
    return tuple(
        (
            np.frombuffer(memory, np.uint64, 4, start),
            np.frombuffer(memory, np.uint8, shape.height * shape.width * 3, start + PAGE).reshape(
                shape.height, shape.width, 3
            ),
        )
        for start in starts
    )


def checked_shape(path: Path, words: Words, file_bytes: int) -> Shape:
    """The shape that a ring's header tells.

    Raises:
        RingError: not a frame ring, of another layout, or shorter than its header says.
    """
    mend = "stop painwatch, remove the file and start again"
    if words[MAGIC] != MAGIC_NUMBER:
        raise RingError("is not a frame ring", where=str(path), mend=mend)
    if words[VERSION] != LAYOUT_VERSION:
        raise RingError(
            f"has frame ring layout {words[VERSION]}; this build reads {LAYOUT_VERSION}",
            where=str(path),
            mend="run the same version of painwatch in all processes",
        )
    shape = Shape(int(words[SLOTS]), int(words[HEIGHT]), int(words[WIDTH]))
    if shape.slots < 1 or shape.file_bytes != file_bytes:
        raise RingError(f"has {file_bytes} bytes where its header tells {shape.file_bytes}", where=str(path), mend=mend)
    return shape


class Fence:
    """Keeps the stores and loads before `pass_()` apart from those after it.

    x86 keeps their order by itself, ARM (Jetson) does not. Python offers no barrier, but releasing a lock and then
    taking it again orders everything before against everything after.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._lock.acquire()

    def pass_(self) -> None:
        self._lock.release()
        self._lock.acquire()

"""Pictures that may come from anywhere: decoded only if they are no larger than they can be.

OpenCV makes room for what a file says of itself: a PNG of a hundred bytes can take 4 GiB and a minute.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

MOST_PIXELS = 8192 * 8192
MOST_BYTES = 200_000_000

_PNG, _JPEG = b"\x89PNG\r\n\x1a\n", b"\xff\xd8"
_SIZES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
"""JPEG's start-of-frame markers, which hold height and width."""


def read_picture(path: Path) -> NDArray[np.uint8] | None:
    """The picture, (H, W, 3) uint8 BGR; None if it is missing or broken, or says that it is too large."""
    try:
        with path.open("rb") as file:
            data = file.read(MOST_BYTES + 1)
    except (OSError, ValueError):
        return None
    if not data or len(data) > MOST_BYTES or any(not 0 < size <= MOST_PIXELS for size in _sizes(data)):
        return None
    try:
        picture = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    except cv2.error:
        return None
    return None if picture is None else np.asarray(picture, np.uint8)


def is_there(path: Path) -> bool:
    """Whether there is such a file; a name that none can have, too long or with a NUL, is not there."""
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def _sizes(data: bytes) -> Iterator[int]:
    """What the file says of its sizes, px; 0 for a part that would end beyond the file."""
    if data.startswith(_PNG):
        yield from _sizes_in_png(data)
    elif data.startswith(_JPEG):
        yield from _sizes_in_jpeg(data)


def _sizes_in_png(data: bytes) -> Iterator[int]:
    at = len(_PNG)
    while at + 8 <= len(data):
        length, kind = int.from_bytes(data[at : at + 4], "big"), data[at + 4 : at + 8]
        if at + 12 + length > len(data):
            yield 0
            return
        if kind == b"IHDR":
            width, height = (int.from_bytes(data[at + 8 + n : at + 12 + n], "big") for n in (0, 4))
            yield width * height
        at += 12 + length
        if kind == b"IEND":
            return


def _sizes_in_jpeg(data: bytes) -> Iterator[int]:
    at = 2
    while at + 9 <= len(data) and data[at] == 0xFF:
        marker = data[at + 1]
        if marker in _SIZES:
            height, width = (int.from_bytes(data[at + n : at + n + 2], "big") for n in (5, 7))
            yield width * height
        if marker == 0xDA:
            return
        # Fill bytes, and markers that stand alone, have no length.
        at += 1 if marker == 0xFF else 2
        if marker not in (0x01, 0xFF, *range(0xD0, 0xDA)):
            at += int.from_bytes(data[at : at + 2], "big")

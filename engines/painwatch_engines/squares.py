"""The sizes in which keypoints are looked for besides the whole frame: squares around a face, and half the frame.

The watch asks for them, and a compiled form of a keypoint network is admitted by its answers on them, too.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

GRID_PX = 16
"""A square begins at a multiple of it, the stride of the network's backbone: its answers then differ from those of the
whole frame by a fraction of a pixel. At other places they differ by 2 px, as they would if the camera moved."""

SQUARES_PX = (96, 112, 128, 144, 160)
"""Sides of the squares; few, so that those of many cameras can be computed together."""

OUTSIDE = (104, 116, 124)
"""BGR of what lies beyond the frame: the mean that the network subtracts, as it pads frames with zeros by itself."""

Picture = NDArray[np.uint8]
"""(H, W, 3), BGR: a frame reduced for the network, or a part of one."""


def half(picture: Picture) -> Picture:
    """The whole picture at half its scale."""
    height, width = picture.shape[:2]
    size = max(1, width // 2), max(1, height // 2)
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)


def on_grid(wanted: float, last: int) -> int:
    """The multiple of GRID_PX nearest to `wanted` from 0 to the first one that is not below `last`."""
    return max(0, min(round(wanted / GRID_PX), -(-last // GRID_PX))) * GRID_PX


def cut(picture: Picture, left: int, top: int, side: int) -> Picture:
    """A square of the picture; what lies beyond its right or its lower side is OUTSIDE."""
    inside = picture[top : top + side, left : left + side]
    if inside.shape[:2] == (side, side):
        return np.ascontiguousarray(inside)
    square = np.full((side, side, 3), OUTSIDE, np.uint8)
    square[: inside.shape[0], : inside.shape[1]] = inside
    return square

"""Where in a frame the keypoint network looks: around the last seen face, coarsely if there was none, or everywhere.

Pure: no clock, no network. A search asks for pictures and is sent poses; what it remembers is of one camera. Whatever
it asks for, a face is told only where the network itself tells one at its own scale.

- A face was seen at the last look: a square around it. If no face is in that, the whole frame.
- None was seen: the whole frame at half scale. Only where that shows something like a face is a square asked for, and
  if that shows nearly one, the whole frame.
- Every `full_search_ns`, and for another size of frame, the whole frame in any case.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from painwatch.core.types import Image
from painwatch.infer.asks import Ask, Asking, pose_in
from painwatch.infer.keypoints import Pose
from painwatch_engines.face import shows_face
from painwatch_engines.squares import GRID_PX, SQUARES_PX, cut, half, on_grid

MARGIN_PX = 24
"""Least distance from a face to the side of its square: what it may have moved, and what the network sees around it."""

EDGE_PX = 8
"""A face with a point nearer to the side of its square than this may go on beyond it, unless the frame ends there."""

WORTH = 0.6
"""A square of more than this share of the frame saves too little to be worth a second question."""

NEARLY = 0.85
SOMETHING = 0.3
"""Shares of the likelihood that counts as seen: above the first a face is nearly one, below the second it is none."""


@dataclass(frozen=True, slots=True)
class HowToSearch:
    """`full_search_ns` None: the whole frame every time. `seen`: the likelihood from which a point counts as seen."""

    seen: float
    full_search_ns: int | None


@dataclass(frozen=True, slots=True)
class Place:
    """Where a face is: the middle of what is seen of it and its larger extent, px of the reduced frame."""

    x: float
    y: float
    extent: float


@dataclass(frozen=True, slots=True)
class Tracked:
    """What a search leaves to the next one of the same camera. `full_ns`: time of the last search of a whole frame."""

    face: Place | None
    full_ns: int
    size: tuple[int, int]


def search(picture: Image, tracked: Tracked | None, time_ns: int, how: HowToSearch) -> Asking[tuple[Pose, Tracked]]:
    """The pose (5, 3) in px of `picture`, a frame reduced for the network, and what to remember of it."""
    size = picture.shape[1], picture.shape[0]
    if tracked is not None and how.full_search_ns is not None and _still_valid(tracked, size, time_ns, how):
        pose = yield from (
            _coarse(picture, how.seen) if tracked.face is None else _around(picture, tracked.face, how.seen)
        )
        if pose is not None:
            return pose, Tracked(_face(pose, how.seen), tracked.full_ns, size)
    pose = pose_in((yield Ask("keypoints", picture)))
    return pose, Tracked(_face(pose, how.seen), time_ns, size)


def square_around(place: Place, size: tuple[int, int]) -> tuple[int, int, int] | None:
    """Left, top and side of the square for a face in a frame of this size (width, height); None if none is worth it.

    It may reach beyond the right and the bottom of the frame by less than GRID_PX.
    """
    side = next((side for side in SQUARES_PX if side >= place.extent + 2 * MARGIN_PX), None)
    if side is None or side > min(size) + GRID_PX or side**2 > WORTH * size[0] * size[1]:
        return None
    left, top = (on_grid(at - side / 2, length - side) for at, length in zip((place.x, place.y), size, strict=True))
    return left, top, side


def _still_valid(tracked: Tracked, size: tuple[int, int], time_ns: int, how: HowToSearch) -> bool:
    assert how.full_search_ns is not None
    return tracked.size == size and 0 <= time_ns - tracked.full_ns < how.full_search_ns


def _around(picture: Image, face: Place, seen: float) -> Asking[Pose | None]:
    """The pose with its face; None if there is none around the last one."""
    pose = yield from _in_square(picture, face, seen)
    return pose if pose is not None and shows_face(pose, seen) else None


def _coarse(picture: Image, seen: float) -> Asking[Pose | None]:
    """The pose as far as it can be told without the whole frame at its own scale; None if it cannot."""
    coarse = half(picture)
    pose = pose_in((yield Ask("keypoints", coarse)))
    scale = picture.shape[1] / coarse.shape[1], picture.shape[0] / coarse.shape[0]
    pose[:, :2] = (pose[:, :2] + 0.5) * scale - 0.5
    if not shows_face(pose, SOMETHING * seen):
        return pose
    closer = yield from _in_square(picture, _place(pose, SOMETHING * seen), seen)
    if closer is None or (shows_face(closer, NEARLY * seen) and not shows_face(closer, seen)):
        return None
    return closer


def _in_square(picture: Image, place: Place, seen: float) -> Asking[Pose | None]:
    """The pose in the square for this place; None if no square is worth it, or what is seen may go on beyond it."""
    size = picture.shape[1], picture.shape[0]
    square = square_around(place, size)
    if square is None:
        return None
    left, top, side = square
    pose = pose_in((yield Ask("keypoints", cut(picture, left, top, side))))
    points = pose[pose[:, 2] >= seen, :2]
    corner = np.array([left, top])
    beyond_start = (points < EDGE_PX) & (corner > 0)
    beyond_end = (points > side - 1 - EDGE_PX) & (corner + side < size)
    pose[:, :2] += corner
    return None if (beyond_start | beyond_end).any() else pose


def _face(pose: Pose, seen: float) -> Place | None:
    # Ears that hardly count as seen belong into its square all the same.
    return _place(pose, SOMETHING * seen) if shows_face(pose, seen) else None


def _place(pose: Pose, seen: float) -> Place:
    points = pose[pose[:, 2] >= seen, :2]
    least, most = points.min(axis=0), points.max(axis=0)
    (x, y), extent = (least + most) / 2, (most - least).max()
    return Place(float(x), float(y), float(extent))

"""From keypoints to a square picture of the face: pure geometry, the same in training and live.

A model sees in the cage what it saw in training only if both cut their faces by this one module.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import combinations
from typing import Any, Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from painwatch_engines.anatomy import KEYPOINTS

Rule = Literal["both_eyes", "one_eye"]

LIKELIHOOD_THRESHOLD = 0.9
"""Least likelihood of a keypoint that counts as seen (Kobayashi et al. 2025)."""

SMALLEST_SIDE_PX = 32.0
"""Floor of a crop's side. A face below it has too few pixels for any action unit, and keypoints that fall on
one another would otherwise ask for a square of no size at all."""

MARGIN = 256 / 224
"""How much wider than the face's square faces are stored: training crops 224 of 256 px at random (Liu et al. 2025)."""

_NOSE = KEYPOINTS.index("nose")
_EYES = (KEYPOINTS.index("left_eye"), KEYPOINTS.index("right_eye"))


@dataclass(frozen=True, slots=True)
class FrameFraction:
    """Side of the crop as a fraction of the frame's height; published: 800 of 2160 px (Kobayashi et al. 2025).

    Right for cameras at a fixed distance from a small stage; a face further away fills less of the crop.
    """

    of_height: float = 800 / 2160

    def __post_init__(self) -> None:
        if not 0 < self.of_height <= 4:
            raise ValueError(f"of_height must lie in (0, 4], got {self.of_height}")


@dataclass(frozen=True, slots=True)
class FaceMultiple:
    """Side of the crop as a multiple of the face's size, so that the face fills the crop at any distance.

    The face's size is the largest distance in px between any two keypoints that are seen (likelihood at or
    above the threshold): nose to ear in profile, ear to ear or nose to ear from the front.
    """

    times: float

    def __post_init__(self) -> None:
        if not 0 < self.times <= 20:
            raise ValueError(f"times must lie in (0, 20], got {self.times}")


CropSide = FrameFraction | FaceMultiple


@dataclass(frozen=True, slots=True)
class FaceCrop:
    """A square of the full frame that holds the face.

    Attributes:
        centre_x: px of the full frame, the left edge of the first pixel column being -0.5.
        centre_y: px of the full frame, likewise.
        side: px of the full frame, at least SMALLEST_SIDE_PX.
        rule: which of the published rules placed the centre.
        padded_fraction: part of the square's area that lies outside the frame, 0..1.
    """

    centre_x: float
    centre_y: float
    side: float
    rule: Rule
    padded_fraction: float


def find_face(
    pose: NDArray[np.floating[Any]],
    frame_width: int,
    frame_height: int,
    side: CropSide,
    likelihood_threshold: float = LIKELIHOOD_THRESHOLD,
) -> FaceCrop | None:
    """Place the square of the face by the rule of Kobayashi et al. 2025; None if the animal looks away.

    Nose and both eyes seen: centred between the eyes. Nose and exactly one eye seen: centred on that eye.
    Otherwise no crop. Seen means a likelihood at or above the threshold and finite coordinates.

    Args:
        pose: (5, 3) x, y in px of the full frame and likelihood 0..1, in the order of KEYPOINTS; NaN is
            not seen.
        frame_width: px.
        frame_height: px.
        side: how large the square is.
        likelihood_threshold: 0..1.

    Raises:
        ValueError: if the pose has another shape.
    """
    if pose.shape != (len(KEYPOINTS), 3):
        raise ValueError(f"pose must have shape ({len(KEYPOINTS)}, 3), got {pose.shape}")
    seen = _seen(pose, likelihood_threshold)
    if not _shows_face(seen):
        return None
    eyes = [eye for eye in _EYES if seen[eye]]
    centre_x, centre_y = (float(value) for value in pose[eyes, :2].mean(axis=0))
    length = max(side_length(pose[seen, :2], frame_height, side), SMALLEST_SIDE_PX)
    return FaceCrop(
        centre_x=centre_x,
        centre_y=centre_y,
        side=length,
        rule="both_eyes" if len(eyes) == 2 else "one_eye",
        padded_fraction=_outside(centre_x, centre_y, length, frame_width, frame_height),
    )


def shows_face(pose: NDArray[np.floating[Any]], likelihood_threshold: float = LIKELIHOOD_THRESHOLD) -> bool:
    """Whether `find_face` finds a face in this pose: the nose and an eye are seen."""
    return _shows_face(_seen(pose, likelihood_threshold))


def side_length(seen: NDArray[np.floating[Any]], frame_height: int, side: CropSide) -> float:
    """Side of the square in px before the floor, for the (n, 2) points that are seen."""
    if isinstance(side, FrameFraction):
        return side.of_height * frame_height
    return side.times * face_size(seen)


def face_size(seen: NDArray[np.floating[Any]]) -> float:
    """Largest distance in px between any two of the (n, 2) points that are seen; 0 for fewer than two."""
    return max((math.dist(one, other) for one, other in combinations(seen.tolist(), 2)), default=0.0)


def cut_face(frame: NDArray[np.uint8], crop: FaceCrop, size_px: int) -> NDArray[np.uint8]:
    """Cut the square out of the frame and bring it to (size_px, size_px, 3), in the frame's own colour order.

    What lies outside the frame repeats the frame's nearest pixel: a constant grey would put an edge into
    the face that is stronger than any of its own, and would shift the brightness that the quality gate
    measures. Shrinking averages areas (no aliasing of fur and whiskers), growing interpolates linearly.

    Args:
        frame: (H, W, 3) uint8.
        crop: from find_face on the same frame.
        size_px: side of the result.

    Raises:
        ValueError: if the frame is not (H, W, 3) uint8.
    """
    if frame.ndim != 3 or frame.shape[2] != 3 or frame.dtype != np.uint8:
        raise ValueError(f"frame must be (H, W, 3) uint8, got {frame.shape} {frame.dtype}")
    square = _square(frame, *_whole_px(crop))
    shrinks = square.shape[0] > size_px
    interpolation = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    resized = cv2.resize(square, (size_px, size_px), interpolation=interpolation)
    return np.ascontiguousarray(resized, dtype=np.uint8)


def points_in_crop(points: NDArray[np.floating[Any]], crop: FaceCrop, size_px: int) -> NDArray[np.float64]:
    """Places (N, 2) in px of the frame to px of what cut_face cuts out of it."""
    left, top, side = _whole_px(crop)
    return np.asarray((points - (left, top) + 0.5) * size_px / side - 0.5, np.float64)


def _seen(pose: NDArray[np.floating[Any]], likelihood_threshold: float) -> NDArray[np.bool_]:
    # NaN >= threshold is False: a missing likelihood is never "seen".
    return np.asarray((pose[:, 2] >= likelihood_threshold) & np.isfinite(pose[:, :2]).all(axis=1))


def _shows_face(seen: NDArray[np.bool_]) -> bool:
    return bool(seen[_NOSE] and any(seen[eye] for eye in _EYES))


def _whole_px(crop: FaceCrop) -> tuple[int, int, int]:
    """First column, first row and side of the square, as it is cut."""
    side = max(1, round(crop.side))
    return round(crop.centre_x + 0.5 - side / 2), round(crop.centre_y + 0.5 - side / 2), side


def _square(frame: NDArray[np.uint8], left: int, top: int, side: int) -> NDArray[np.uint8]:
    """The pixels of the square, those outside the frame as the nearest one of it."""
    height, width = frame.shape[:2]
    # How far beyond the frame a square lies that is all outside makes no difference: its border row is repeated.
    left, top = min(max(left, 1 - side), width - 1), min(max(top, 1 - side), height - 1)
    inside = frame[max(top, 0) : top + side, max(left, 0) : left + side]
    beyond = max(-top, 0), max(top + side - height, 0), max(-left, 0), max(left + side - width, 0)
    if not any(beyond):
        return inside
    return np.asarray(cv2.copyMakeBorder(inside, *beyond, cv2.BORDER_REPLICATE), np.uint8)


def _outside(centre_x: float, centre_y: float, side: float, frame_width: int, frame_height: int) -> float:
    """Part of the square's area outside the frame, 0..1."""
    across = min(centre_x + side / 2, frame_width - 0.5) - max(centre_x - side / 2, -0.5)
    down = min(centre_y + side / 2, frame_height - 0.5) - max(centre_y - side / 2, -0.5)
    return 1.0 - max(0.0, across) * max(0.0, down) / side**2

"""Reader for a folder of real mouse close-ups with keypoints (the ViT_facemap sample data, MIT licence).

The folder holds 864 x 646 px grey pictures of a head-fixed mouse and `keypoints.csv`: a column `frame` and
for each point the columns `NAME x` and `NAME y` in px. The nose points to the image's left in every
picture and the head is upright, so the eye that is seen is the animal's own left one.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from painwatch_engines.anatomy import KEYPOINTS
from painwatch_engines.data.augmentation import add_clutter
from painwatch_engines.data.pictures import FrameSet
from painwatch_engines.errors import ArtefactError

EYE_RIM = ("eye top", "eye front", "eye bottom", "eye back")
NOSE = "nose tip"

SHOWN_EYE = KEYPOINTS.index("left_eye")


@dataclass(frozen=True, slots=True, eq=False)
class CloseUp:
    """One close-up: image (H, W, 3) uint8 BGR and keypoints (5, 2) px in KEYPOINTS order, NaN where not labelled."""

    image: NDArray[np.uint8]
    keypoints: NDArray[np.float32]


def read_close_ups(folder: Path) -> list[CloseUp]:
    """All close-ups of the folder: the nose's tip, and the eye's centre as the mean of the four points of its rim.

    Raises:
        ArtefactError: if the table, a column or a picture is missing.
    """
    table = folder / "keypoints.csv"
    try:
        with table.open(newline="", encoding="utf-8") as file:
            return [_close_up(folder, row) for row in csv.DictReader(file)]
    except OSError as error:
        raise ArtefactError(f"cannot read it ({error.strerror})", str(table), "Check the folder's path.") from error
    except (KeyError, ValueError, TypeError) as error:
        raise ArtefactError(f"a column is missing or no number ({error})", str(table), "Mend the table.") from error


def _close_up(folder: Path, row: dict[str, str]) -> CloseUp:
    image = cv2.imread(str(folder / row["frame"]), cv2.IMREAD_COLOR)
    if image is None:
        raise ArtefactError("cannot read the picture", str(folder / row["frame"]), "Fetch the folder again.")
    keypoints = np.full((len(KEYPOINTS), 2), np.nan, np.float32)
    keypoints[KEYPOINTS.index("nose")] = _point(row, NOSE)
    keypoints[SHOWN_EYE] = np.mean([_point(row, name) for name in EYE_RIM], axis=0)
    return CloseUp(np.asarray(image, np.uint8), keypoints)


def _point(row: dict[str, str], name: str) -> tuple[float, float]:
    return float(row[f"{name} x"]), float(row[f"{name} y"])


def place_in_frame(
    close_up: CloseUp, rng: np.random.Generator, width_px: int, height_px: int
) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """Put a close-up somewhere into a frame, as if seen from further away: 8 to 60 % of the frame's width, now and
    then as large as the frame; turned by up to 25 degrees. Around it its own edge is repeated, or a soft
    random background lies behind it.

    Returns:
        Image (height_px, width_px, 3) uint8 BGR and keypoints (5, 2) px of it.
    """
    height, width = close_up.image.shape[:2]
    share = np.exp(rng.uniform(*np.log((0.08, 0.60)))) if rng.random() < 0.8 else rng.uniform(0.6, 1.1)
    scale = share * width_px / width
    turn: NDArray[Any] = cv2.getRotationMatrix2D((width / 2, height / 2), rng.uniform(-25, 25), scale)
    middle = rng.uniform(0.15, 0.85, 2) * (width_px, height_px)
    turn[:, 2] += middle - (width / 2, height / 2)
    source = close_up.image
    if scale < 0.5:  # warping samples single pixels: average first, or fur turns into noise
        source = np.asarray(cv2.GaussianBlur(source, (0, 0), 0.4 / scale), np.uint8)
    canvas = add_clutter(_soft_background(rng, width_px, height_px), rng)
    mode = cv2.BORDER_REPLICATE if rng.random() < 0.5 else cv2.BORDER_TRANSPARENT
    image = cv2.warpAffine(source, turn, (width_px, height_px), dst=canvas, flags=cv2.INTER_LINEAR, borderMode=mode)
    keypoints = close_up.keypoints @ turn[:, :2].T + turn[:, 2]
    return np.asarray(image, np.uint8), keypoints.astype(np.float32)


def shrunk_close_ups(close_ups: Sequence[CloseUp], width_px: int) -> FrameSet:
    """Close-ups at half the width of a dark 16:9 frame, in its middle, for scoring."""
    height_px = width_px * 9 // 16
    images = np.zeros((len(close_ups), height_px, width_px, 3), np.uint8)
    keypoints = np.full((len(close_ups), len(KEYPOINTS), 2), np.nan, np.float32)
    for i, close_up in enumerate(close_ups):
        height, width = close_up.image.shape[:2]
        small = (width_px // 2, round(height * width_px / 2 / width))
        left, top = (width_px - small[0]) // 2, (height_px - small[1]) // 2
        reduced = cv2.resize(close_up.image, small, interpolation=cv2.INTER_AREA)
        images[i, top : top + small[1], left : left + small[0]] = reduced
        keypoints[i] = (close_up.keypoints + 0.5) * (small[0] / width) - 0.5 + (left, top)
    labelled = np.isfinite(keypoints).all(axis=-1)
    return FrameSet(images, keypoints, labelled.copy(), labelled, np.zeros(len(close_ups), np.int64))


def _soft_background(rng: np.random.Generator, width_px: int, height_px: int) -> NDArray[np.uint8]:
    cells = int(rng.integers(2, 24))
    coarse = rng.uniform(0, 255, (cells, cells, 1)) * rng.uniform(0.1, 1.0)
    soft = cv2.resize(coarse, (width_px, height_px), interpolation=cv2.INTER_CUBIC)
    grey = np.clip(soft + rng.normal(0, 4, soft.shape), 0, 255).astype(np.uint8)
    return np.repeat(grey[..., None], 3, axis=2)

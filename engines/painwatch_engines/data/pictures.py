"""Sets of labelled pictures as plain arrays, and their files."""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class FrameSet:
    """Frames with keypoints, all of one size.

    Attributes:
        images: (N, H, W, 3) uint8 BGR.
        keypoints: (N, 5, 2) float32 px of the image, in KEYPOINTS order; NaN where not labelled.
        visible: (N, 5) whether the keypoint can be seen.
        labelled: (N, 5) whether anything is known of it; where False, `visible` means nothing.
        identities: (N,) number of the animal.
    """

    images: NDArray[np.uint8]
    keypoints: NDArray[np.float32]
    visible: NDArray[np.bool_]
    labelled: NDArray[np.bool_]
    identities: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.images)


@dataclass(frozen=True, slots=True)
class Share:
    """Which animals a set may draw from: numbers first..last, of every species and coat asked for."""

    first: int
    last: int

    def __str__(self) -> str:
        return f"{self.first}..{self.last}"


TRAINING = Share(0, 499)
VALIDATION = Share(8000, 8099)
TEST = Share(9000, 9199)
"""Identities from 9000 on are for tests: nothing is trained, chosen or calibrated on them."""


def save_set(pictures: FrameSet, path: Path) -> None:
    """Write a set as one uncompressed .npz file."""
    arrays: dict[str, Any] = {field.name: getattr(pictures, field.name) for field in fields(pictures)}
    np.savez(path, **arrays)


def load_frames(path: Path) -> FrameSet:
    """Read a FrameSet written by save_set."""
    with np.load(path, allow_pickle=False) as stored:
        return FrameSet(**{field.name: stored[field.name] for field in fields(FrameSet)})

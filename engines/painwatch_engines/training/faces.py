"""Faces of a set as batches. Every draw is a function of the seed, the epoch and the place in it, and of nothing else.

So a training that was broken off and taken up again sees what an unbroken one sees, and so do several processes that
share the work.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import Dataset

from painwatch_engines.data.augmentation import disturb_pixels
from painwatch_engines.data.face_folder import FaceFolder, Image
from painwatch_engines.models.settings import Augmentation

MEMORY_LIMIT_BYTES = 4 * 2**30
"""Decoded pictures of a set are kept in memory up to this; those of a larger set are decoded each time."""

Batch = tuple[Tensor, Tensor, Tensor]
"""Faces (n, S, S, 3) uint8 BGR, labels (n,) int64, severities of the units (n, U) float32."""


class Pictures:
    """The pictures of a set by row number, decoded once if all of them fit into memory."""

    def __init__(self, data: FaceFolder, limit_bytes: int = MEMORY_LIMIT_BYTES) -> None:
        self.data = data
        self._limit_bytes = limit_bytes
        self._kept: dict[int, Image] = {}

    def read(self, row: int) -> Image:
        """(H, W, 3) uint8 BGR; DataError if it cannot be read."""
        kept = self._kept.get(row)
        if kept is not None:
            return kept
        picture = self.data.read(row)
        if picture.nbytes * len(self.data) <= self._limit_bytes:
            self._kept[row] = picture
        return picture

    def keep(self, rows: NDArray[np.int64]) -> None:
        """Decode these rows now, if they are to be kept at all: processes forked later then share them."""
        for row in rows.tolist():
            self.read(row)
            if row not in self._kept:
                return

    def __getstate__(self) -> Mapping[str, Any]:
        # Another process decodes for itself: reading files costs less than sending gigabytes through a pipe.
        return {**self.__dict__, "_kept": {}}


@dataclass(frozen=True, slots=True)
class Cut:
    """How a face is cut from a stored picture.

    Attributes:
        face_px: side of the result.
        margin: how much wider than live the picture was stored (About.margin).
        augmentation: None cuts as live.
        wider: side before the random crop / face_px, for pictures stored without a margin; 1 for no random crop.
    """

    face_px: int
    margin: float
    augmentation: Augmentation | None = None
    wider: float = 1.0


def judged_face(picture: Image, cut: Cut) -> Image:
    """The face as the watch would cut it: the middle of the picture, without the margin; (face_px, face_px, 3)."""
    wide = _resized(picture, round(cut.face_px * cut.margin))
    start = (wide.shape[0] - cut.face_px) // 2
    return wide[start : start + cut.face_px, start : start + cut.face_px]


def disturbed_face(picture: Image, cut: Cut, rng: np.random.Generator) -> Image:
    """A random crop, turned, shifted and mirrored as the augmentation says; (face_px, face_px, 3).

    With a margin, the crop shows the face as large as it is live. Without one, the whole picture is made wider than
    the crop by `wider`, as Liu et al. (2025) do, and the crop shows the face larger by as much. Where `wider` is 1, as
    for Kobayashi et al. (2025), who describe no random crop, it is the middle of the picture.
    """
    chosen, size = cut.augmentation, cut.face_px
    if chosen is None:
        return judged_face(picture, cut)
    wide = _resized(picture, round(size * (cut.margin if cut.margin > 1 else cut.wider)))
    room = wide.shape[0] - size
    left, top = rng.integers(room + 1, size=2) if cut.wider > 1 else (room // 2, room // 2)
    turn = rng.uniform(-chosen.rotation_deg, chosen.rotation_deg)
    shift = rng.uniform(-chosen.shift, chosen.shift, 2) * size
    if turn or shift.any():
        middle = (left + (size - 1) / 2, top + (size - 1) / 2)
        matrix: NDArray[Any] = cv2.getRotationMatrix2D(middle, turn, 1.0)
        matrix[:, 2] += shift - (left, top)
        face = np.asarray(cv2.warpAffine(wide, matrix, (size, size), borderMode=cv2.BORDER_REFLECT_101), np.uint8)
    else:
        face = wide[top : top + size, left : left + size]
    if chosen.flip and rng.random() < 0.5:
        face = np.ascontiguousarray(face[:, ::-1])
    return disturb_pixels(np.ascontiguousarray(face), rng) if chosen.pixels else face


class Batches(Dataset[Batch]):
    """Whole batches as items: each is the share of one process of `batch` faces."""

    def __init__(
        self,
        pictures: Pictures,
        rows: NDArray[np.int64],
        cut: Cut,
        batch: int,
        draw: tuple[int, ...] | None = None,
        share: tuple[int, int] = (0, 1),
    ) -> None:
        """Args:
        pictures: of the set.
        rows: row numbers in the order of the epoch.
        cut: how faces are cut.
        batch: faces to a batch, of all processes together.
        draw: seed, stage and epoch, from which every face's disturbance follows; None does not disturb.
        share: number of this process and how many there are.
        """
        self._pictures, self._rows, self._cut, self._draw = pictures, rows, cut, draw
        self._rank, self._world = share
        self._batch = batch

    def __len__(self) -> int:
        return -(-len(self._rows) // self._batch)

    def __getitem__(self, number: int) -> Batch:
        shared = range(number * self._batch, min((number + 1) * self._batch, len(self._rows)))
        # The last held-out batch may have fewer faces than there are processes; each must go through every batch, so
        # those left without a face take the first one too.
        places = shared[self._rank :: self._world] or shared[:1]
        rows = self._rows[list(places)]
        faces = np.stack([self._face(place, int(row)) for place, row in zip(places, rows, strict=True)])
        data = self._pictures.data
        return torch.from_numpy(faces), torch.from_numpy(data.labels[rows]), torch.from_numpy(data.units[rows])

    def _face(self, place: int, row: int) -> Image:
        picture = self._pictures.read(row)
        if self._draw is None:
            return judged_face(picture, self._cut)
        return disturbed_face(picture, self._cut, np.random.default_rng((*self._draw, place)))


def epoch_order(rows: NDArray[np.int64], drawn: int, batch: int, draw: tuple[int, ...]) -> NDArray[np.int64]:
    """Row numbers for an epoch of at least `drawn` faces, filled up to whole batches; every face once before any twice.

    Args:
        rows: (N,) row numbers to draw from.
        drawn: faces wanted.
        batch: faces to a batch.
        draw: seed, stage and epoch.
    """
    rng = np.random.default_rng(draw)
    count = -(-drawn // batch) * batch
    drawn_rows: NDArray[np.int64] = np.concatenate([rng.permutation(rows) for _ in range(-(-count // len(rows)))])
    return drawn_rows[:count]


def _resized(picture: Image, side: int) -> Image:
    height, width = picture.shape[:2]
    if (height, width) == (side, side):
        return picture
    interpolation = cv2.INTER_AREA if min(height, width) > side else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(picture, (side, side), interpolation=interpolation), np.uint8)

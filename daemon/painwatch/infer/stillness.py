"""Whether a picture shows no change since the one that was judged last, so that its answer still holds. Pure.

Pictures are compared by cells of CELL_PX of the frame reduced for the keypoint network: smaller ones would be all
noise. A camera's noise changes every cell a little; what counts is a cell that changes by far more than most do.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import cv2
import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray

from painwatch.core.types import CropBox, Frame, Image, Prediction, Status

CELL_PX = 4

LEAST_NOISE = 0.6
MOST_NOISE = 2.0
"""Bounds of what is taken for noise, grey values: the median change of a cell. A median above the second is a change:
of the whole of a dim scene, no cell changes by far more than most do."""

TIMES_NOISE = 10.0
TIMES_NOISE_IN_FACE = 6.0
"""A cell that changes by more than this has changed. Within the face finer: there a blink is what is looked for."""

FEWEST_CELLS = 2
"""So many cells changed are a change: one alone is noise at times, but not one within the face that changes by
TIMES_NOISE: a small eye that closes is no more than a cell."""

MOST_BRIGHTENING = 1.0
"""The median change with its sign, grey values: noise has none, light that goes on has."""

REPEATABLE = (Status.OK, Status.NO_FACE, Status.LOW_QUALITY, Status.OUT_OF_DOMAIN)
"""Answers that are the picture's own. A fault of an engine is tried again."""

Cells: TypeAlias = NDArray[np.float32]
"""Mean grey value, 0..255, of each cell of a picture."""

Basis: TypeAlias = tuple[object, ...]
"""All that an answer rests on besides the picture: models, engines, size of the frame. Compared for equality."""


@dataclass(frozen=True, slots=True)
class Judged:
    """The last picture of a camera that was judged, and the answer."""

    prediction: Prediction
    cells: Cells
    basis: Basis


def cells_of(picture: Image) -> Cells:
    """The cells of a frame that was reduced for the keypoint network."""
    size = max(1, picture.shape[1] // CELL_PX), max(1, picture.shape[0] // CELL_PX)
    cells = np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.float32)
    return np.asarray((cells[..., 0] + cells[..., 1] + cells[..., 2]) / 3, np.float32)


def repeated(last: Judged | None, frame: Frame, cells: Cells, basis: Basis, floor_ns: int) -> Prediction | None:
    """The last answer, as one on `frame`, if it holds for that; None if the frame must be judged.

    It is repeated for less than `floor_ns` of event time, and never for another basis. `age_ms` is 0.
    """
    if last is None or last.basis != basis or last.cells.shape != cells.shape:
        return None
    old = last.prediction
    age_ns = frame.wall_ns - old.time_ns
    if old.status not in REPEATABLE or not 0 < age_ns < floor_ns:
        return None
    if not still(cells, last.cells, _in_cells(old.crop, frame.image, cells)):
        return None
    return replace(
        old, seq=frame.seq, time_ns=frame.wall_ns, mono_ns=frame.mono_ns, age_ms=0.0, repeated_ms=age_ns / 1e6
    )


def still(now: Cells, then: Cells, face: tuple[slice, slice] | None = None) -> bool:
    """Whether nothing has changed but what noise changes. `face`: rows and columns that are held to a finer measure."""
    difference = now - then
    change = np.abs(difference)
    # The medians take longer than all the rest: first what needs none of them, last what nearly no picture comes to.
    if np.count_nonzero(change > TIMES_NOISE * MOST_NOISE) >= FEWEST_CELLS:
        return False
    noise = max(LEAST_NOISE, float(np.median(change)))
    if noise > MOST_NOISE:
        return False
    changed = change > TIMES_NOISE * noise
    if face is not None:
        if changed[face].any():
            return False
        changed[face] = change[face] > TIMES_NOISE_IN_FACE * noise
    if np.count_nonzero(changed) >= FEWEST_CELLS:
        return False
    return abs(float(np.median(difference))) <= MOST_BRIGHTENING


def _in_cells(crop: CropBox | None, image: Image, cells: Cells) -> tuple[slice, slice] | None:
    if crop is None:
        return None
    rows, columns = (
        slice(
            max(0, int((centre - crop.side / 2) * cells.shape[axis] / image.shape[axis])),
            max(0, int((centre + crop.side / 2) * cells.shape[axis] / image.shape[axis]) + 1),
        )
        for axis, centre in enumerate((crop.centre_y, crop.centre_x))
    )
    return rows, columns

"""The pictures that a compiled form is calibrated and checked with: the model's own, or a person's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from painwatch_engines.artefacts import FaceInput, FrameInput, ModelFolder
from painwatch_engines.errors import ArtefactError
from painwatch_engines.safe_pictures import read_picture
from painwatch_engines.squares import SQUARES_PX, cut, on_grid

Picture = NDArray[np.uint8]
"""(H, W, 3), BGR."""

LEAST = 32
"""Fewer pictures than this say nothing of how often a decision flips."""

SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff", ".webp")


@dataclass(frozen=True, slots=True, eq=False)
class Halves:
    """Pictures in two halves that share none: one to calibrate with, one to check with."""

    calibrate: tuple[Picture, ...]
    check: tuple[Picture, ...]


def pictures_of(folder: ModelFolder, given: Path | None) -> tuple[Picture, ...]:
    """The pictures in `given`, else those beside the model, as its input takes them.

    Faces are brought to the model's size, frames to its width; frames may differ in height.

    Raises:
        ArtefactError: there are none, too few, or they cannot be read.
    """
    pictures = _from_folder(folder, given) if given is not None else _own(folder)
    if len(pictures) < LEAST:
        what = f"{len(pictures)} pictures are too few to check a compiled form with"
        raise ArtefactError(what, str(given or folder.path), f"Give at least {LEAST} with --faces.")
    return pictures


def halves(pictures: Sequence[Picture]) -> Halves:
    """Every other picture of a fixed shuffle: sets are often ordered by label or by animal."""
    order = np.random.default_rng(0).permutation(len(pictures))
    shuffled = [pictures[index] for index in order]
    return Halves(tuple(shuffled[0::2]), tuple(shuffled[1::2]))


def squares(pictures: Sequence[Picture], poses: NDArray[np.floating[Any]], seen: float) -> tuple[Picture, ...]:
    """Of each frame a square around what is seen, as the watch cuts it, with each of the sides in turn.

    Args:
        poses: (N, K, 3), of the frames. Where nothing is seen the square lies in the middle; a frame that no square
            fits into has none.
        seen: the likelihood from which a point counts as seen.
    """
    parts: list[Picture] = []
    for index, (picture, pose) in enumerate(zip(pictures, poses, strict=True)):
        side, size = SQUARES_PX[index % len(SQUARES_PX)], picture.shape[1::-1]
        if side > min(size):
            continue
        points = pose[pose[:, 2] >= seen, :2]
        middle = points.mean(axis=0) if len(points) else np.array(size) / 2
        left, top = (on_grid(at - side / 2, length - side) for at, length in zip(middle, size, strict=True))
        parts.append(cut(picture, left, top, side))
    return tuple(parts)


def _own(folder: ModelFolder) -> tuple[Picture, ...]:
    calibration, name = folder.card.calibration, folder.card.input.name
    if calibration is None:
        kind = "faces cut as its card says" if name == "faces" else "frames of its cameras"
        raise ArtefactError(
            "the model brings no pictures to calibrate and check a compiled form with",
            str(folder.path),
            f"Give a folder with at least {LEAST} {kind}: --faces FOLDER.",
        )
    file = folder.path / calibration.file
    try:
        with np.load(file, allow_pickle=False) as arrays:
            pictures = np.asarray(arrays[name])
    except Exception as error:  # zip, numpy and the file system each have their own
        what = f"there are no pictures named {name} in it ({type(error).__name__}: {error})"
        raise ArtefactError(what, str(file), "Export the model folder anew, or give --faces FOLDER.") from error
    if pictures.dtype != np.uint8 or pictures.ndim != 4 or pictures.shape[-1] != 3:
        what = f"its pictures are {pictures.dtype} {pictures.shape}, not uint8 (N, H, W, 3)"
        raise ArtefactError(what, str(file), "Export the model folder anew, or give --faces FOLDER.")
    return tuple(fitted(folder, picture) for picture in pictures)


def _from_folder(folder: ModelFolder, given: Path) -> tuple[Picture, ...]:
    if not given.is_dir():
        raise ArtefactError("there is no such folder", str(given), "Name a folder of pictures with --faces.")
    pictures = []
    for file in sorted(path for path in given.rglob("*") if path.suffix.lower() in SUFFIXES):
        picture = read_picture(file)
        if picture is None:
            raise ArtefactError("the file is no picture", str(file), "Take it out of the folder, or mend it.")
        pictures.append(fitted(folder, picture))
    if not pictures:
        raise ArtefactError("there are no pictures in it", str(given), f"It takes files named {', '.join(SUFFIXES)}.")
    return tuple(pictures)


def fitted(folder: ModelFolder, picture: Picture) -> Picture:
    """The picture as the model's input takes it: a face of its size, a frame no wider than its width."""
    wanted, (height, width) = folder.card.input, picture.shape[:2]
    match wanted:
        case FaceInput():
            size = (wanted.size_px, wanted.size_px)
        case FrameInput():
            size = (wanted.network_width_px, max(1, round(height * wanted.network_width_px / width)))
            if width <= wanted.network_width_px:
                return picture
    if size == (width, height):
        return picture
    smaller = size[0] < width
    resized = cv2.resize(picture, size, interpolation=cv2.INTER_AREA if smaller else cv2.INTER_LINEAR)
    return np.asarray(resized, np.uint8)

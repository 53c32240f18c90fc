"""Faces to be explained: rows of a set, or pictures of faces by themselves."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from painwatch_engines.anatomy import KEYPOINTS, LABELS
from painwatch_engines.data.face_folder import ABOUT_FILE, UNLABELLED, FaceFolder, load_face_folder
from painwatch_engines.errors import DataError
from painwatch_engines.safe_pictures import read_picture
from painwatch_engines.training.faces import Cut, judged_face

SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff", ".webp")


@dataclass(frozen=True, slots=True, eq=False)
class ShownFace:
    """One face as the model gets it.

    Attributes:
        name: of the picture, for people.
        animal: "" where unknown.
        label: of LABELS, "" where there is none.
        face: (S, S, 3) uint8 BGR.
        keypoints: (5, 2) px of the face in KEYPOINTS order, NaN where not seen or not known.
    """

    name: str
    animal: str
    label: str
    face: NDArray[np.uint8]
    keypoints: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Rows:
    """All or some rows of a set."""

    data: FaceFolder
    numbers: tuple[int, ...]


Chosen = Rows | tuple[Path, ...]


def choose_faces(paths: Sequence[Path], limit: int | None = None) -> Chosen:
    """A set where the one path is its folder, else pictures: files, and all in folders.

    Args:
        paths: at least one.
        limit: at most so many, drawn evenly over the whole.

    Raises:
        DataError: nothing there, a broken set, or no picture.
    """
    if len(paths) == 1 and (paths[0] / ABOUT_FILE).is_file():
        data = load_face_folder(paths[0])
        return Rows(data, tuple(_evenly(len(data), limit)))
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            found += sorted(file for file in path.iterdir() if file.suffix.lower() in SUFFIXES)
        elif path.is_file():
            found.append(path)
        else:
            raise DataError("there is no such file or folder", str(path), "Name a set of faces, or pictures of faces.")
    if not found:
        where = ", ".join(map(str, paths))
        raise DataError("there is no picture", where, f"Name a set of faces, or pictures ({', '.join(SUFFIXES)}).")
    return tuple(found[number] for number in _evenly(len(found), limit))


def count(chosen: Chosen) -> int:
    """How many faces there are."""
    return len(chosen.numbers) if isinstance(chosen, Rows) else len(chosen)


def read_faces(chosen: Chosen, face_px: int) -> Iterator[ShownFace]:
    """The faces, one after the other.

    Raises:
        DataError: a picture that cannot be read.
    """
    if isinstance(chosen, Rows):
        data = chosen.data
        for row in chosen.numbers:
            label = "" if data.labels[row] == UNLABELLED else LABELS[int(data.labels[row])]
            picture, points = data.read(row), data.keypoints[row].astype(np.float64)
            face, placed = _cut(picture, points, face_px, data.about.margin)
            yield ShownFace(data.images[row], str(data.animals[row]), label, face, placed)
        return
    for path in chosen:
        loaded = read_picture(path)
        if loaded is None:
            raise DataError("this is no picture that can be read", str(path), "Name PNG or JPEG pictures of faces.")
        unknown = np.full((len(KEYPOINTS), 2), np.nan)
        face, placed = _cut(loaded, unknown, face_px, 1.0)
        yield ShownFace(path.name, "", "", face, placed)


def _cut(
    picture: NDArray[np.uint8], keypoints: NDArray[np.float64], face_px: int, margin: float
) -> tuple[NDArray[np.uint8], NDArray[np.float64]]:
    """The face as the watch would cut it, and its keypoints."""
    wide = round(face_px * margin)
    scale = np.array([wide / picture.shape[1], wide / picture.shape[0]])
    placed = (keypoints + 0.5) * scale - 0.5 - (wide - face_px) // 2
    return np.ascontiguousarray(judged_face(picture, Cut(face_px, margin))), placed


def _evenly(whole: int, limit: int | None) -> list[int]:
    if limit is None or limit >= whole:
        return list(range(whole))
    return [round(number) for number in np.linspace(0, whole - 1, limit)]

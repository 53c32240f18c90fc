"""Weak labels (Kobayashi et al. 2025): every face before the treatment is "no pain", every face after it "pain". Pure.

Columns of a manifest: video (path, relative to the manifest), animal, from, to (h:mm:ss or seconds from the recording's
start; empty is its start, or its end) and label (before or no_pain, after or pain).
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from painwatch_engines.anatomy import Coat, Species
from painwatch_engines.data.face_folder import About
from painwatch_engines.data.folds import ONE_NAME, spelled_twice
from painwatch_engines.data.labels.tables import Fault, Row, read_table, refuse
from painwatch_engines.face import MARGIN, FaceCrop, cut_face, points_in_crop
from painwatch_engines.quality import Gate, measure_quality

COLUMNS = ("video", "animal", "from", "to", "label")

Label = Literal["no_pain", "pain"]
_LABELS: dict[str, Label] = {"before": "no_pain", "no_pain": "no_pain", "after": "pain", "pain": "pain"}

RENDERED = "rendered"
"""The strain of animals of the virtual cage; a set of such a strain says that it is rendered."""


@dataclass(frozen=True, slots=True)
class Domain:
    """The animals of a set."""

    species: Species
    strain: str
    coat: Coat


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of a recording, s from its start; `to_s` is inf for its end. `place`: file:line of the manifest."""

    video: Path
    animal: str
    from_s: float
    to_s: float
    label: Label
    place: str


def read_manifest(path: Path) -> tuple[Stretch, ...]:
    """Read a manifest.

    Raises:
        DataError: if it or a cell cannot be used, a video is missing, stretches of one video overlap, or an animal is
            spelled twice; names every line and column.
    """
    faults: list[Fault] = []
    stretches = [_stretch(row, path.parent, faults) for row in read_table(path, COLUMNS).rows]
    ordered = sorted(stretches, key=lambda s: (str(s.video), s.from_s))
    for before, after in pairwise(ordered):
        if before.video == after.video and after.from_s < before.to_s:
            what = f"it overlaps the stretch of {before.place} in {after.video.name}"
            faults.append(Fault(f"{after.place}, column from", what, "A moment can have one label only."))
    for name, same in spelled_twice([stretch.animal for stretch in stretches]).items():
        place = next(stretch.place for stretch in stretches if stretch.animal == name)
        faults.append(Fault(f"{place}, column animal", f'"{name}" and "{same}"', ONE_NAME))
    refuse(faults, path)
    return tuple(stretches)


class Moments:
    """Which pictures of a stretch to look at, so that at most `per_minute` faces are kept, evenly drawn in time.

    Every minute from the stretch's start is cut into `per_minute` slots. In each slot pictures are looked at, up to
    `looks` times and evenly, until one is kept.
    """

    def __init__(self, from_s: float, per_minute: int, looks: int) -> None:
        self._from_s, self._looks = from_s, looks
        self._look_s = 60 / per_minute / looks
        self._last_look = -1

    def due(self, t_s: float) -> bool:
        """Whether the picture at `t_s` (s, never going back) is to be looked at. Asked once for each picture."""
        # Half a microsecond: a picture's time is a rounded fraction, and must not fall short of the slot it begins.
        look = math.floor((t_s - self._from_s + 5e-7) / self._look_s)
        if look <= self._last_look:
            return False
        self._last_look = look
        return True

    def kept(self) -> None:
        """The picture last looked at was kept: nothing more is due in its slot."""
        self._last_look += self._looks - 1 - self._last_look % self._looks


@dataclass(frozen=True, slots=True, eq=False)
class StoredFace:
    """A face as stored: (S, S, 3) uint8 BGR, and keypoints (5, 2) px of it, NaN where not seen."""

    image: NDArray[np.uint8]
    keypoints: NDArray[np.float64]


def refusal(frame: NDArray[np.uint8], crop: FaceCrop, face_px: int, gate: Gate) -> str | None:
    """Why the quality gate refuses the face, in the words before its figures; None if it passes.

    Measured as the watch measures it: on the square without a margin.
    """
    refused = gate.refuse(measure_quality(cut_face(frame, crop, face_px)))
    return None if refused is None else refused.partition(":")[0]


def stored_face(
    frame: NDArray[np.uint8], pose: NDArray[np.floating[Any]], crop: FaceCrop, face_px: int, likelihood_threshold: float
) -> StoredFace:
    """Cut the face MARGIN wider than its square.

    Args:
        frame: (H, W, 3) uint8 BGR.
        pose: (5, 3) x, y px of the frame and likelihood.
        crop: the face's square, from face.find_face.
        face_px: side of the square without its margin in the result, px.
        likelihood_threshold: a point below it is not seen.
    """
    wide = replace(crop, side=crop.side * MARGIN)
    size = round(face_px * MARGIN)
    keypoints = points_in_crop(pose[:, :2], wide, size)
    keypoints[~(pose[:, 2] >= likelihood_threshold)] = np.nan
    return StoredFace(cut_face(frame, wide, size), keypoints)


def image_name(stretch: Stretch, number: int, t_s: float) -> str:
    """Path of a stored face in its set: by animal, stretch (numbered from 1), video and milliseconds."""
    animal, video = (re.sub(r"[^\w\-]+", "_", name) for name in (stretch.animal, stretch.video.stem))
    return f"images/{animal}/{number:03d}_{video}_{round(t_s * 1000):09d}.jpg"


def seconds_of(word: str) -> float | None:
    """Seconds of `90`, `90.5`, `1:30` or `0:01:30`; None for anything else."""
    match = re.fullmatch(r"(?:(?:(\d+):)?([0-5]?\d):)?(\d+(?:\.\d+)?)", word)
    if match is None or (match[2] is not None and float(match[3]) >= 60):
        return None
    return int(match[1] or 0) * 3600 + int(match[2] or 0) * 60 + float(match[3])


def one_sided(stretches: Sequence[Stretch]) -> tuple[str, ...]:
    """What to say of animals that have stretches of one label only."""
    labels: dict[str, set[Label]] = {}
    for stretch in stretches:
        labels.setdefault(stretch.animal, set()).add(stretch.label)
    alone = {animal: next(iter(of_animal)) for animal, of_animal in labels.items() if len(of_animal) == 1}
    return tuple(
        f"{animal} has only stretches of {label}: a model may learn the animal instead"
        for animal, label in alone.items()
    )


def weak_about(
    name: str, domain: Domain, stretches: Sequence[Stretch], face_multiple: float, command: str, notes: tuple[str, ...]
) -> About:
    """What a set of faces out of recordings is."""
    videos = len({stretch.video for stretch in stretches})
    return About(
        name=name,
        species=(domain.species,),
        strains=(domain.strain,),
        coats=(domain.coat,),
        rendered=domain.strain == RENDERED,
        labels="weak",
        source=f"{len(stretches)} stretches of {videos} recordings, labelled by their time (Kobayashi et al. 2025)",
        command=command,
        face_multiple=face_multiple,
        margin=MARGIN,
        notes=notes,
    )


def _stretch(row: Row, folder: Path, faults: list[Fault]) -> Stretch:
    cells = row.cells
    for column in ("video", "animal", "label"):
        if not cells[column]:
            faults.append(Fault(row.at(column), "the cell is empty", f"Every row needs its {column}."))
    video = (folder / cells["video"].replace("\\", "/")).resolve()
    if cells["video"] and not video.is_file():
        faults.append(Fault(row.at("video"), f"there is no video {video}", "Paths are relative to the manifest."))
    label = _LABELS.get(cells["label"].lower())
    if cells["label"] and label is None:
        faults.append(
            Fault(row.at("label"), f'unknown label "{cells["label"]}"', f"Write one of {', '.join(_LABELS)}.")
        )
    from_s, to_s = _time(row, "from", 0.0, faults), _time(row, "to", math.inf, faults)
    if from_s >= to_s:
        faults.append(Fault(row.at("to"), "the stretch ends before it begins", "Write a later time."))
    return Stretch(video, cells["animal"], from_s, to_s, label or "no_pain", row.place)


def _time(row: Row, column: str, usual: float, faults: list[Fault]) -> float:
    word = row.cells[column]
    if not word:
        return usual
    seconds = seconds_of(row.number(column))
    if seconds is None:
        faults.append(Fault(row.at(column), f'"{word}" is no time', "Write 90, 1:30 or 0:01:30, or nothing."))
        return usual
    return seconds

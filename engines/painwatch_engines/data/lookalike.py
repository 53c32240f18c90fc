"""Rendered sets of labelled faces on disk: as many animals as asked for, or the shape of a published set.

`draw_set` labels by the renderer's truth. `draw_ratspain_lookalike` has the animals, the classes and the counts of
RatsPain (Liu et al. 2025), with raters simulated, so that the published protocol can be run from end to end without
the published pictures. It holds no animal that was ever alive and says nothing about one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from painwatch_engines.anatomy import ActionUnits, Coat, Species, grade_of
from painwatch_engines.data.face_folder import About, Face, write_face_folder
from painwatch_engines.data.labels.pictures import new_folder
from painwatch_engines.data.labels.published_counts import PUBLISHED, PUBLISHED_UNLABELLED
from painwatch_engines.data.rendered import FACE_MULTIPLE, disturbed, draw_face
from painwatch_engines.data.simulated_raters import RATERS_NOTE, UNIT_NAMES, Panel, Verdict
from painwatch_engines.errors import DataError
from painwatch_engines.face import MARGIN, cut_face, points_in_crop
from painwatch_engines.virtual_cage.sampling import Studio

JPEG_QUALITY = 95

LOOKALIKE_FIRST_IDENTITY = 9200
"""The six rendered rats are 9200 to 9205: of the animals kept for tests, but none of those that shipped models are
scored on."""

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Wanted:
    """One face to render: the animal and what it shows; None for units to be drawn."""

    animal: str
    species: Species
    coat: Coat
    identity: int
    units: ActionUnits | None = None
    verdict: Verdict | None = None


def draw_set(
    out: Path,
    *,
    animals: int,
    faces_per_animal: int,
    kinds: Sequence[tuple[Species, Coat]],
    seed: int,
    face_px: int,
    first_identity: int = 0,
    command: str = "",
    progress: Progress | None = None,
) -> None:
    """Write a set labelled by the renderer's truth; kinds take turns from animal to animal.

    Raises:
        DataError: if the folder already holds something, or cannot be written.
    """
    wanted = [
        Wanted(f"{species}_{coat}_{first_identity + i:04d}", species, coat, first_identity + i)
        for i in range(animals)
        for species, coat in [kinds[i % len(kinds)]]
        for _ in range(faces_per_animal)
    ]
    about = About(
        name="rendered",
        species=tuple(dict.fromkeys(species for species, _ in kinds)),
        strains=("rendered",),
        coats=tuple(dict.fromkeys(coat for _, coat in kinds)),
        rendered=True,
        labels="rendered truth",
        source=f"painwatch_engines.virtual_cage, animals {first_identity} to {first_identity + animals - 1}",
        command=command,
        face_multiple=FACE_MULTIPLE,
        margin=MARGIN,
        notes=("rendered animals; not validated on live animals",),
    )
    _write(out, about, wanted, seed, face_px, None, progress)


def draw_ratspain_lookalike(
    out: Path, *, seed: int, face_px: int, command: str = "", progress: Progress | None = None, share: float = 1.0
) -> None:
    """Write six rendered white rats with RatsPain's counts for each rat and class, labelled by simulated raters.

    The 157 unlabelled faces are there too, without a label: they are in no training and no figure. How many of each
    rat they are is NOT PUBLISHED: here in proportion to the labelled ones.

    Args:
        out: the folder to write.
        seed: of the drawing.
        face_px: side at which a network sees the faces; stored wider by MARGIN.
        command: for set.yaml.
        progress: told (done, all).
        share: of every count, for a smaller set; 1 is RatsPain's size.

    Raises:
        DataError: if the folder already holds something, or cannot be written.
    """
    rng = np.random.default_rng(seed)
    panel = Panel.draw(rng)
    wanted: list[Wanted] = []
    for number, (animal, counts) in enumerate(ratspain_slots(share).items()):
        verdicts = panel.fill(counts, rng)
        identity = LOOKALIKE_FIRST_IDENTITY + number
        wanted += [Wanted(animal, "rat", "white", identity, units, verdict) for units, verdict in verdicts]
    about = About(
        name="ratspain_lookalike",
        species=("rat",),
        strains=("rendered",),
        coats=("white",),
        rendered=True,
        labels="two-stage",
        source="painwatch_engines.virtual_cage; counts of RatsPain: Liu et al. 2025, Front Vet Sci 12:1619794",
        command=command,
        face_multiple=FACE_MULTIPLE,
        margin=MARGIN,
        notes=(
            "rendered animals; not validated on live animals",
            RATERS_NOTE,
            f"unlabelled faces of each rat: {PUBLISHED_UNLABELLED} shared in proportion (unpublished)",
            *(() if share == 1 else (f"every count times {share:g}, at least 1 where RatsPain has any",)),
        ),
    )
    _write(out, about, wanted, seed, face_px, False, progress)


def ratspain_slots(share: float = 1.0) -> dict[str, tuple[int, int, int, int]]:
    """Faces of each rat with no, moderate, severe pain and without label; all 1,295 where the share is 1."""
    total = sum(map(sum, PUBLISHED.values()))
    exact = {rat: PUBLISHED_UNLABELLED * sum(counts) / total for rat, counts in PUBLISHED.items()}
    whole = {rat: int(value) for rat, value in exact.items()}
    # The largest remainders take what is left over.
    for rat in sorted(exact, key=lambda rat: whole[rat] - exact[rat])[: PUBLISHED_UNLABELLED - sum(whole.values())]:
        whole[rat] += 1
    return {
        f"Rat{rat}": (_part(no, share), _part(moderate, share), _part(severe, share), _part(whole[rat], share))
        for rat, (no, moderate, severe) in PUBLISHED.items()
    }


def _part(count: int, share: float) -> int:
    return max(1, round(count * share)) if count else 0


def _write(
    out: Path,
    about: About,
    wanted: list[Wanted],
    seed: int,
    face_px: int,
    infrared: bool | None,
    progress: Progress | None,
) -> None:
    with new_folder(out) as folder:
        faces = _draw(folder, wanted, seed, round(face_px * MARGIN), infrared, progress)
        write_face_folder(folder, about, faces, UNIT_NAMES)


def _draw(
    out: Path, wanted: list[Wanted], seed: int, side_px: int, infrared: bool | None, progress: Progress | None
) -> Iterator[Face]:
    studio = Studio()
    for i, face in enumerate(wanted):
        rng = np.random.default_rng((seed, i))
        view, exact = draw_face(rng, studio, face.species, face.coat, face.identity, face.units, infrared)
        crop = disturbed(exact, rng, 0.7, MARGIN)
        name = f"{face.animal}/{i:05d}.jpg"
        (out / face.animal).mkdir(parents=True, exist_ok=True)
        picture = cut_face(view.image, crop, side_px)
        if not cv2.imwrite(str(out / name), picture, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY]):
            raise DataError("cannot write the picture", str(out / name), "Is the disk full?")
        points = np.where(view.truth.visible[:, None], points_in_crop(view.truth.keypoints, crop, side_px), np.nan)
        verdict = face.verdict or _truth(view.truth.units)
        yield Face(
            image=name,
            animal=face.animal,
            label=None if verdict.grade is None else ("pain" if verdict.grade > 0 else "no_pain"),
            grade=verdict.grade,
            units=dict(zip(UNIT_NAMES, verdict.units, strict=True)),
            yaw_deg=view.truth.yaw_deg,
            view=exact.rule,
            keypoints=points,
        )
        if progress is not None:
            progress(i + 1, len(wanted))


def _truth(units: ActionUnits) -> Verdict:
    """Severities as drawn, and the grade of their mean."""
    return Verdict(tuple(getattr(units, name) for name in UNIT_NAMES), grade_of(units.mean))

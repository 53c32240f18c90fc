"""A small study on film: several animals, each recorded before and after something that hurts."""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from painwatch_engines.anatomy import Coat, Species
from painwatch_engines.virtual_cage.clips import ClipError, render_clips
from painwatch_engines.virtual_cage.scenario import AnimalSpec, CameraSpec, Scenario, Segment

MANIFEST_NAME = "recordings.csv"
COLUMNS = ("video", "animal", "from", "to", "label")
"""Of the manifest that `painwatch labels import recordings` reads; a row for each interval of a video."""

CAMERA = CameraSpec(
    name="front",
    position=(6.5, 1.0, 2.2),
    target=(0.2, 0.0, 0.8),
    horizontal_fov_deg=40,
    width_px=640,
    height_px=360,
)


@dataclass(frozen=True, slots=True)
class Study:
    """What to film.

    Attributes:
        animals: how many; they are named SPECIES1, SPECIES2 and so on.
        seconds: of each animal before, and as many after.
        first_identity: number of the first animal (animal.py).
        fps: frames a second.
    """

    animals: int = 6
    seconds: float = 60.0
    species: Species = "rat"
    coat: Coat = "white"
    first_identity: int = 9100
    fps: float = 5.0


def render_study(study: Study, out_dir: Path, progress: Callable[[int, int], None] | None = None) -> list[Path]:
    """Write a video for each animal, the truth of each beside it, and the manifest; returns all paths, that one last.

    The first half of a video is without pain, the second drawn in pain.

    Raises:
        ClipError: if `out_dir` cannot be written.
        ScenarioError: if there is nothing to render.
    """
    made: list[Path] = []
    rows: list[tuple[str, str, str, str, str]] = []
    for number in range(study.animals):
        name = f"{study.species}{number + 1}"
        scenario = _film(study, name, number)
        frames = round(scenario.duration_s * study.fps)
        made += render_clips(scenario, out_dir / name, progress=_part(progress, number, study.animals, frames))
        video = f"{name}/{CAMERA.name}.mp4"
        rows.append((video, name, "0", f"{study.seconds:g}", "no_pain"))
        rows.append((video, name, f"{study.seconds:g}", f"{2 * study.seconds:g}", "pain"))
    manifest = out_dir / MANIFEST_NAME
    try:
        with manifest.open("w", newline="", encoding="utf-8") as file:
            csv.writer(file, lineterminator="\n").writerows([COLUMNS, *rows])
    except OSError as error:
        raise ClipError(f"cannot write {manifest}: {error}; give a folder that can be written and has room") from error
    return [*made, manifest]


def _film(study: Study, name: str, number: int) -> Scenario:
    return Scenario(
        name=name,
        animal=AnimalSpec(species=study.species, coat=study.coat, identity=study.first_identity + number),
        cameras=(CAMERA,),
        fps=study.fps,
        segments=(
            Segment(kind="baseline", duration_s=study.seconds),
            Segment(kind="pain", duration_s=study.seconds),
        ),
        units="independent",
        seed=number,
    )


def _part(
    progress: Callable[[int, int], None] | None, number: int, animals: int, frames: int
) -> Callable[[int, int], None] | None:
    """Progress of one animal as a part of that of all."""
    if progress is None:
        return None
    tell = progress
    return lambda done, _: tell(number * frames + done, animals * frames)

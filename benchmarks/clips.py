"""What is looked at: clips and faces of rendered test animals, drawn once and kept in the cache folder.

The animals are numbers 9000 and above, which are in no training. What was drawn by another version of the renderer is
not used again.
"""

from __future__ import annotations

import csv
import hashlib
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

import painwatch_engines.virtual_cage
from painwatch_engines.anatomy import KEYPOINTS
from painwatch_engines.data import rendered
from painwatch_engines.face import cut_face
from painwatch_engines.virtual_cage import Studio, load_scenario, render_clips

Image = NDArray[np.uint8]

FACE_PX = 224
FIRST_UNSEEN, UNSEEN = 9000, 200
"""Animals that faces are judged on: the card of the benchmark's classifier names them as in no training."""
FIRST_CALIBRATION, CALIBRATION = 700, 100
"""Animals that 8-bit ranges are measured on, and the admission is decided on: neither trained on nor judged on."""

SCENES = (
    ("test_pain", "left", 0.0),
    ("test_pain", "right", 40.0),
    ("demo", "left", 100.0),
    ("demo", "right", 130.0),
    ("test_pain", "left", 170.0),
    ("test_pain", "right", 220.0),
    ("demo", "left", 200.0),
    ("demo", "right", 260.0),
)
"""Scenario, view and second it starts at, of clip after clip: two white rats, from without pain to in pain."""
CALIBRATION_SCENES = (
    ("test_pain", "left", 300.0),
    ("test_pain", "right", 340.0),
    ("demo", "left", 20.0),
    ("demo", "right", 300.0),
)


@dataclass(frozen=True, slots=True)
class Clip:
    """A video of 640 x 360 px and what is true in it. `fps`: frames a second; `scene`: of SCENES."""

    path: Path
    fps: float
    frames: int
    scene: tuple[str, str, float]

    def images(self) -> list[Image]:
        """Every frame, (360, 640, 3) BGR."""
        with av.open(str(self.path)) as container:
            return [np.asarray(frame.to_ndarray(format="bgr24"), np.uint8) for frame in container.decode(video=0)]

    def truth(self) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
        """Keypoints (frames, 5, 2) px, and which are to be seen (frames, 5)."""
        with (self.path.parent / "ground_truth.csv").open(encoding="utf-8") as table:
            rows = list(csv.DictReader(table))
        places = [[[float(row[f"{name}_{axis}"]) for axis in "xy"] for name in KEYPOINTS] for row in rows]
        return np.array(places), np.array([[row[f"{name}_visible"] == "1" for name in KEYPOINTS] for row in rows])


@dataclass(frozen=True, slots=True, eq=False)
class Faces:
    """Faces (N, 224, 224, 3) BGR, whether each is in pain, and of which animal each is."""

    pictures: Image
    pain: NDArray[np.bool_]
    animals: NDArray[np.int64]


def clips(
    cache_dir: Path, count: int, *, seconds: float, fps: float, say: Callable[[str], None] = lambda _: None
) -> list[Clip]:
    """The first `count` clips, drawn if they are not there; more than there are SCENES begin again with the first."""
    made = [_clip(cache_dir, scene, seconds, fps, say) for scene in SCENES[: min(count, len(SCENES))]]
    return [made[number % len(made)] for number in range(count)]


def calibration_clips(cache_dir: Path, say: Callable[[str], None] = lambda _: None) -> list[Clip]:
    """Clips of animals that nothing is timed on: 8-bit ranges of the keypoint network are measured on them."""
    return [
        _clip(cache_dir, scene, 45.0, 2.0, say, FIRST_CALIBRATION + at) for at, scene in enumerate(CALIBRATION_SCENES)
    ]


def repeated(clip: Clip, times: int, target: Path, *, frames: int | None = None) -> Path:
    """The clip (its first `frames`) `times` over in one file, not encoded anew; it jumps where it begins again."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with av.open(str(clip.path)) as container:
        source = container.streams.video[0]
        packets = [packet for packet in container.demux(source) if packet.pts is not None and packet.dts is not None]
        # In order of decoding a picture stands behind all that it is made from: of the first ones none is missing.
        packets = packets[: frames or len(packets)]
        kept = [(packet, int(packet.pts or 0), int(packet.dts or 0)) for packet in packets]
        # Pictures keep their places, so that a turn lasts as long as it has pictures.
        turn = round(len(kept) / clip.fps / float(source.time_base or 1))
        with av.open(str(target), "w") as out:
            stream = out.add_stream_from_template(source)
            for number in range(times):
                for packet, pts, dts in kept:
                    packet.pts, packet.dts = pts + number * turn, dts + number * turn
                    packet.stream = stream
                    out.mux(packet)
    return target


def faces(cache_dir: Path, count: int, first: int, animals: int, say: Callable[[str], None] = lambda _: None) -> Faces:
    """Faces of white rats number `first` to `first + animals - 1`, cut as a camera's are, with usual disturbances."""
    file = cache_dir / f"faces-{first}-{animals}-{count}-{renderer()}.npz"
    if not file.is_file():
        say(f"drawing {count} faces")
        file.parent.mkdir(parents=True, exist_ok=True)
        drawn = list(_draw(count, first, animals))
        being = file.with_suffix(".part.npz")
        pictures, pain, which = zip(*drawn, strict=True)
        np.savez(being, pictures=np.stack(pictures), pain=np.array(pain), animals=np.array(which, np.int64))
        being.replace(file)
    with np.load(file, allow_pickle=False) as arrays:
        return Faces(arrays["pictures"], arrays["pain"], arrays["animals"])


def _draw(count: int, first: int, animals: int) -> Iterator[tuple[Image, bool, int]]:
    rng, studio = np.random.default_rng(first), Studio()
    for number in range(count):
        animal = first + number % animals
        view, crop = rendered.draw_face(rng, studio, "rat", "white", animal)
        crop = rendered.disturbed(crop, rng, 1.0, 1.0)
        yield cut_face(view.image, crop, FACE_PX), bool(view.truth.pain), animal


def _clip(
    cache_dir: Path,
    scene: tuple[str, str, float],
    seconds: float,
    fps: float,
    say: Callable[[str], None],
    identity: int | None = None,
) -> Clip:
    """`identity`: of another animal than the scenario's."""
    name, view, start_s = scene
    who = "" if identity is None else f"-animal{identity}"
    folder = cache_dir / f"clip-{name}-{view}-{start_s:g}{who}-{seconds:g}s-{fps:g}fps-{renderer()}"
    if not folder.is_dir():
        say(f"drawing {seconds:g} s of {name}, {view}")
        being = folder.with_name(f"{folder.name}.part")
        shutil.rmtree(being, ignore_errors=True)
        scenario = load_scenario(name).model_copy(update={"fps": fps})
        if identity is not None:
            animal = scenario.animal.model_copy(update={"identity": identity})
            scenario = scenario.model_copy(update={"animal": animal})
        render_clips(scenario, being, cameras=[view], duration_s=seconds, start_s=start_s)
        being.rename(folder)
    return Clip(folder / f"{view}.mp4", fps, round(seconds * fps), scene)


@cache
def renderer() -> str:
    """The version of what draws."""
    package = Path(next(iter(painwatch_engines.virtual_cage.__path__)))
    files = sorted([*package.rglob("*.py"), *package.rglob("*.yaml"), Path(rendered.__file__)])
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()[:8]

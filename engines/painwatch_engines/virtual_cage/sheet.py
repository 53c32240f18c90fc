"""Contact sheets of the rendered faces, to look at: `python -m painwatch_engines.virtual_cage.sheet --out DIR`."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import get_args

import cv2
import numpy as np

from painwatch_engines.anatomy import ActionUnits, Coat, Species
from painwatch_engines.virtual_cage.animal import FIRST_TEST_IDENTITY, Identity, Pose
from painwatch_engines.virtual_cage.arrays import Image
from painwatch_engines.virtual_cage.body import build_body
from painwatch_engines.virtual_cage.cage import furnish, see_empty_cage
from painwatch_engines.virtual_cage.camera import Camera
from painwatch_engines.virtual_cage.coats import coat_texture
from painwatch_engines.virtual_cage.draws import Domain
from painwatch_engines.virtual_cage.geometry import rotation
from painwatch_engines.virtual_cage.picture import Moment, Stage, take_picture
from painwatch_engines.virtual_cage.posing import HEAD_HEIGHT
from painwatch_engines.virtual_cage.sampling import Studio
from painwatch_engines.virtual_cage.scenario import LightKind
from painwatch_engines.virtual_cage.sensor import noise_field
from painwatch_engines.virtual_cage.view import LIGHTS, SENSORS

YAWS = (-85.0, -60.0, -30.0, 0.0, 30.0, 60.0, 85.0)
PITCHES = (-25.0, 15.0)

FACES: tuple[tuple[str, ActionUnits], ...] = (
    ("none", ActionUnits()),
    ("all 1", ActionUnits(1, 1, 1, 1)),
    ("all 2", ActionUnits(2, 2, 2, 2)),
    ("orbital", ActionUnits(orbital=2)),
    ("ear", ActionUnits(ear=2)),
    ("nose/cheek", ActionUnits(nose_cheek=2)),
    ("whisker", ActionUnits(whisker=2)),
)

_DISTANCE, _FOV_DEG, _ABOVE_DEG = 6.0, 17.0, 6.0


def _labelled(image: Image, text: str) -> Image:
    out = image.copy()
    for colour, thickness in (((0, 0, 0), 3), ((255, 255, 255), 1)):
        cv2.putText(out, text, (4, 12), cv2.FONT_HERSHEY_SIMPLEX, 0.38, colour, thickness, cv2.LINE_AA)
    return out


def _joined(rows: Sequence[Sequence[Image]]) -> Image:
    return np.concatenate([np.concatenate(list(row), axis=1) for row in rows], axis=0)


def face_sheet(identity: Identity, light: LightKind, size_px: int, pitches: bool = False) -> Image:
    """One animal's faces: a row per set of action units, a column per yaw of the head; `pitches` gives instead
    the faces without pain and with all of it, looking down and up. Cells are `size_px` square."""
    back = rotation(0.0, _ABOVE_DEG)[:, 0]
    face = np.array([0.0, 0.0, HEAD_HEIGHT + 0.08])
    eye, target = face + _DISTANCE * back, face
    camera = Camera(tuple(eye.tolist()), tuple(target.tolist()), _FOV_DEG, size_px, size_px)
    stage = Stage(camera, see_empty_cage(camera, furnish(1)), noise_field(size_px, size_px), coat_texture())
    body = build_body(identity)

    def cell(name: str, units: ActionUnits, yaw: float, pitch: float) -> Image:
        by_neck = float(np.clip(0.4 * yaw, -35, 35))
        # The face stays in the middle of the picture; a mouse's lies further back, for its shorter snout.
        ahead = rotation(yaw)[:, 0] * (0.12 if identity.species == "mouse" else 0.22)
        pose = Pose(-float(ahead[0]), -float(ahead[1]), body_yaw=yaw - by_neck, yaw=by_neck, pitch=pitch)
        moment = Moment(0.0, "sheet", pose, units, LIGHTS[light], SENSORS[light])
        image, _ = take_picture(stage, body, moment, np.random.default_rng(1))
        return _labelled(image, f"{name} {yaw:+.0f}/{pitch:+.0f}")

    if pitches:
        chosen = [(name, units, pitch) for pitch in PITCHES for name, units in (FACES[0], FACES[2])]
    else:
        chosen = [(name, units, -5.0) for name, units in FACES]
    return _joined([[cell(name, units, yaw, pitch) for yaw in YAWS] for name, units, pitch in chosen])


def sample_sheet(domain: Domain, seed: int, width_px: int, height_px: int, columns: int, rows: int) -> Image:
    """What training sees: random pictures of every species and coat, each labelled with its units."""
    rng, studio = np.random.default_rng(seed), Studio()
    kinds = [(species, coat) for species in get_args(Species) for coat in get_args(Coat)]

    def cell(number: int) -> Image:
        species, coat = kinds[number % len(kinds)]
        view = studio.sample(
            rng,
            species=species,
            coat=coat,
            identity=number % 50,
            width_px=width_px,
            height_px=height_px,
            domain=domain,
        )
        units = view.truth.units
        text = f"{units.orbital:.1f} {units.ear:.1f} {units.nose_cheek:.1f} {units.whisker:.1f}"
        return _labelled(view.image, text)

    return _joined([[cell(row * columns + column) for column in range(columns)] for row in range(rows)])


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="Write contact sheets of the rendered faces as PNG.")
    parser.add_argument("--out", type=Path, required=True, help="folder to write to")
    parser.add_argument("--size", type=int, default=200, help="side of a face, px")
    parser.add_argument("--species", nargs="*", choices=get_args(Species), default=get_args(Species))
    parser.add_argument("--coat", nargs="*", choices=get_args(Coat), default=get_args(Coat))
    parser.add_argument("--light", nargs="*", choices=get_args(LightKind), default=get_args(LightKind))
    parser.add_argument("--identity", type=int, default=FIRST_TEST_IDENTITY + 3)
    parser.add_argument("--samples", type=int, default=8, help="rows of random pictures; 0 for none")
    given = parser.parse_args(arguments)
    given.out.mkdir(parents=True, exist_ok=True)
    for species in given.species:
        for coat in given.coat:
            for light in given.light:
                identity = Identity(species, coat, given.identity)
                stem = f"{species}_{coat}_{light}"
                cv2.imwrite(str(given.out / f"{stem}.png"), face_sheet(identity, light, given.size))
                cv2.imwrite(str(given.out / f"{stem}_pitch.png"), face_sheet(identity, light, given.size, True))
    if given.samples:
        faces = sample_sheet("face", 0, given.size * 3 // 2, given.size, 6, given.samples)
        frames = sample_sheet("frame", 1, 480, 270, 4, given.samples)
        cv2.imwrite(str(given.out / "samples_face.png"), faces)
        cv2.imwrite(str(given.out / "samples_frame.png"), frames)


if __name__ == "__main__":
    main()

"""Random pictures for training: any pose, camera, light, background and sensor, with exact truth."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Required, TypedDict, Unpack

import numpy as np

from painwatch_engines.anatomy import ActionUnits, Coat, Species
from painwatch_engines.virtual_cage.animal import Identity, Pose
from painwatch_engines.virtual_cage.arrays import Floats32, Image
from painwatch_engines.virtual_cage.body import RestBody, build_body
from painwatch_engines.virtual_cage.cage import Furnishing, furnish, see_empty_cage
from painwatch_engines.virtual_cage.camera import Camera, pixels_per_unit
from painwatch_engines.virtual_cage.coats import coat_texture
from painwatch_engines.virtual_cage.draws import (
    FACE_UNITS,
    Domain,
    draw_camera,
    draw_light,
    draw_occluder,
    draw_props,
    draw_sensor,
    draw_smear,
    draw_units,
)
from painwatch_engines.virtual_cage.geometry import rotation
from painwatch_engines.virtual_cage.ground_truth import GroundTruth
from painwatch_engines.virtual_cage.litter import strew
from painwatch_engines.virtual_cage.picture import Moment, Stage, take_picture
from painwatch_engines.virtual_cage.posing import FACE_AHEAD, HEAD_HEIGHT
from painwatch_engines.virtual_cage.sensor import noise_field
from painwatch_engines.virtual_cage.veils import draw_a_veil

CAGES = 32
"""How many different furnishings training pictures draw from."""

BODIES_KEPT = 64


@dataclass(frozen=True, slots=True, eq=False)
class SampledView:
    """image: (H, W, 3) uint8 BGR; truth: what is true of it; and how it was taken."""

    image: Image
    truth: GroundTruth
    domain: Domain
    identity: Identity
    camera: Camera
    infrared: bool
    occluded: bool


class Asked(TypedDict, total=False):
    """What a random picture must show; the rest is drawn.

    units: None (the default) draws them (`draw_units`). domain "frame" (the default): a whole cage as its cameras
    see it, the head anywhere and turned any way, the face 8 to 60 % of the picture's height; "face": a nearer
    camera, the head within 85 degrees of it, the face 40 to 72 % of the height. infrared: None (the default) draws
    it (30 %). occluder_share: how often something stands before the face, 0.2 unless told. strength: 0 (a plain
    cage, well lit, a still animal) to 1 (the default: cluttered cages, hard and coloured light, scratched walls,
    wrong exposure, motion).
    """

    species: Required[Species]
    coat: Required[Coat]
    identity: Required[int]
    width_px: Required[int]
    height_px: Required[int]
    units: ActionUnits | None
    domain: Domain
    infrared: bool | None
    occluder_share: float
    strength: float


def _draw_pose(rng: np.random.Generator, towards_deg: float, any_way: bool) -> Pose:
    """Anywhere on the floor, the head turned from direction `towards_deg` by up to 85 degrees, or `any_way`."""
    x, y = rng.uniform(-3.5, 3.5, 2).tolist()
    turned = rng.uniform(-180, 180) if any_way else rng.uniform(-85, 85)
    by_neck = float(np.clip(turned * rng.uniform(0.0, 0.6) + rng.normal(0, 10), -50, 50))
    return Pose(
        x=x,
        y=y,
        body_yaw=towards_deg + turned - by_neck,
        yaw=by_neck,
        pitch=rng.uniform(-38, 25),
        roll=rng.normal(0, 11),
        blink=float(rng.uniform(0.2, 1.0) if rng.random() < 0.04 else 0.0),
        lid_asymmetry=rng.normal(0, 0.06),
    )


@dataclass(slots=True)
class Studio:
    """Keeps what is costly to build between pictures: bodies, furnishings, noise. Pictures do not depend on
    what it holds."""

    texture: Floats32 = field(default_factory=coat_texture)
    bodies: dict[Identity, RestBody] = field(default_factory=dict)
    cages: dict[int, Furnishing] = field(default_factory=dict)
    noises: dict[tuple[int, int], Floats32] = field(default_factory=dict)

    def _body(self, identity: Identity) -> RestBody:
        if identity not in self.bodies:
            if len(self.bodies) >= BODIES_KEPT:
                self.bodies.pop(next(iter(self.bodies)))
            self.bodies[identity] = build_body(identity)
        return self.bodies[identity]

    def _cage(self, number: int) -> Furnishing:
        if number not in self.cages:
            self.cages[number] = furnish(number)
        return self.cages[number]

    def _noise(self, height_px: int, width_px: int) -> Floats32:
        if (height_px, width_px) not in self.noises:
            self.noises[height_px, width_px] = noise_field(height_px, width_px)
        return self.noises[height_px, width_px]

    def sample(self, rng: np.random.Generator, **asked: Unpack[Asked]) -> SampledView:
        """One random picture; the same generator state and the same `asked` give the same one."""
        who = Identity(asked["species"], asked["coat"], asked["identity"])
        width_px, height_px = asked["width_px"], asked["height_px"]
        domain, strength = asked.get("domain", "frame"), asked.get("strength", 1.0)
        units = asked.get("units") or draw_units(rng)
        wanted = asked.get("infrared")
        infrared = bool(rng.random() < 0.3) if wanted is None else wanted
        towards = rng.uniform(0, 360)
        pose = _draw_pose(rng, towards, any_way=domain == "frame" and rng.random() < 0.4)
        head = np.array([pose.x, pose.y, HEAD_HEIGHT])
        face = head + FACE_AHEAD * rotation(pose.body_yaw + pose.yaw)[:, 0]
        camera = draw_camera(rng, domain, face, towards, width_px, height_px)
        occluded = bool(rng.random() < asked.get("occluder_share", 0.2))
        things = draw_props(rng, head, pose.body_yaw, camera.eye, strength)
        if occluded:
            things.append(draw_occluder(rng, face, camera.eye))
        empty = see_empty_cage(camera, self._cage(int(rng.integers(CAGES))))
        backdrop = strew(rng, camera, empty, strength)
        light = draw_light(rng, infrared, rotation(towards)[:, 0], strength)
        face_px = FACE_UNITS * pixels_per_unit(camera, face)
        sensor = draw_sensor(rng, who.coat, light, face_px, strength)
        veil = draw_a_veil(rng, height_px, width_px, light.on_floor, strength)
        stage = Stage(camera, backdrop, self._noise(height_px, width_px), self.texture, tuple(things), veil)
        moment = Moment(0.0, "sample", pose, units, light, sensor, draw_smear(rng, face_px, strength))
        image, truth = take_picture(stage, self._body(who), moment, rng)
        return SampledView(image, truth, domain, who, camera, infrared, occluded)


def sample_view(rng: np.random.Generator, *, studio: Studio | None = None, **asked: Unpack[Asked]) -> SampledView:
    """One random picture (see `Studio.sample`). Give the same `studio` to many calls to save their set-up."""
    return (studio or Studio()).sample(rng, **asked)

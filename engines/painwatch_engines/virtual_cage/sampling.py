"""Random pictures for training: any pose, camera, light, background and sensor, with exact truth."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from painwatch_engines.anatomy import ActionUnits, Coat, Species, shows_pain
from painwatch_engines.virtual_cage.animal import Identity, Pose
from painwatch_engines.virtual_cage.arrays import Floats, Floats32, Image
from painwatch_engines.virtual_cage.body import RestBody, build_body
from painwatch_engines.virtual_cage.cage import Furnishing, furnish, see_empty_cage
from painwatch_engines.virtual_cage.camera import Camera
from painwatch_engines.virtual_cage.coats import coat_texture
from painwatch_engines.virtual_cage.geometry import rotation
from painwatch_engines.virtual_cage.ground_truth import GroundTruth
from painwatch_engines.virtual_cage.occluders import Occluder
from painwatch_engines.virtual_cage.picture import Moment, Stage, take_picture
from painwatch_engines.virtual_cage.posing import HEAD_HEIGHT
from painwatch_engines.virtual_cage.sensor import Sensor, noise_field
from painwatch_engines.virtual_cage.shading import Light

Domain = Literal["frame", "face"]

FACE_UNITS = 1.3
"""Typical longer side of a face box in units."""

FACE_AHEAD = 0.25
"""How far the middle of the face lies ahead of the head's origin."""

CAGES = 16
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


def draw_units(rng: np.random.Generator) -> ActionUnits:
    """A random face: pain about half of the time; half of the faces have units that go together, half have
    units drawn one by one (a narrowed eye alone is not pain, and pain need not show in every unit)."""
    pain, together = rng.random() < 0.5, rng.random() < 0.5
    while True:
        if together:
            level = rng.uniform(0.4, 2.0) if pain else rng.uniform(0.0, 0.5)
            severities = np.clip(level + rng.normal(0, 0.3, 4), 0, 2)
        else:
            severities = 2 * (rng.random(4) if pain else rng.random(4) ** 3)
        units = ActionUnits(*severities.tolist())
        if shows_pain(units) == pain:
            return units


def _draw_light(rng: np.random.Generator, infrared: bool, back: Floats) -> Light:
    """Lamps hang above; an infrared lamp sits beside the lens (`back` points to the camera)."""
    lamp = rng.normal(0, 1, 3) * (0.6, 0.6, 0.2) + (0.4, 0, 0.9)
    if infrared:
        lamp = 0.4 * lamp + back
    return Light(
        direction=(float(lamp[0]), float(lamp[1]), float(lamp[2])),
        key=rng.uniform(0.5, 1.1),
        ambient=rng.uniform(0.4, 0.9),
        warmth=rng.normal(0.02, 0.05),
        infrared=infrared,
    )


def _draw_sensor(rng: np.random.Generator, bright: bool) -> Sensor:
    # As automatic exposure does, leave room for a white coat and lift a dark one.
    return Sensor(
        exposure=rng.uniform(0.8, 1.4 if bright else 2.0),
        noise=rng.uniform(0.003, 0.03),
        blur_px=float(rng.choice([0.0, rng.uniform(0.3, 1.8)])),
        jpeg_quality=int(rng.integers(35, 96)),
        vignette=rng.uniform(0, 0.35),
    )


def _draw_camera(
    rng: np.random.Generator, domain: Domain, face: Floats, towards_deg: float, width_px: int, height_px: int
) -> Camera:
    """A camera in direction `towards_deg` of the face's middle (3,).

    Its distance gives the face its drawn size; the face lands anywhere in the picture ("frame") or near its
    middle ("face").
    """
    far = domain == "frame"
    size = height_px * (np.exp(rng.uniform(np.log(0.08), np.log(0.6))) if far else rng.uniform(0.40, 0.75))
    # A small face is seen through a wide lens from within or just outside the cage, a large one with a longer.
    wide = rng.uniform(45, 80) if far else rng.uniform(14, 26)
    distance = FACE_UNITS * 0.5 * width_px / np.tan(np.radians(wide) / 2) / size
    distance = float(np.clip(distance, 3.2, 14.0))
    focal = size * distance / FACE_UNITS
    fov = float(np.degrees(2 * np.arctan(0.5 * width_px / focal)))
    above = np.radians(rng.uniform(-2, 38 if far else 28))
    back = rotation(towards_deg, float(np.degrees(above)))[:, 0]
    eye = face + distance * back
    eye[2] = max(eye[2], 0.25)
    margin = size * 0.6
    spread = np.array([max(0.0, width_px / 2 - margin), max(0.0, height_px / 2 - margin)])
    shift = rng.uniform(-1, 1, 2) * (spread if far else np.minimum(spread, 0.08 * height_px))
    # Aim beside the head so that it lands `shift` pixels off the middle.
    aim = Camera(tuple(eye.tolist()), tuple(face.tolist()), fov, width_px, height_px)
    target = face - (shift[0] * aim.rotation[0] + shift[1] * aim.rotation[1]) * distance / focal
    return Camera(tuple(eye.tolist()), tuple(target.tolist()), fov, width_px, height_px)


def _draw_occluder(rng: np.random.Generator, head: Floats, eye: Floats) -> Occluder:
    """Something that may cover part of the face: it stands near the line of sight."""
    middle = head + (eye - head) * rng.uniform(0.2, 0.5) + rng.normal(0, 0.45, 3)
    kind = rng.choice(["bar", "bar", "bottle"])
    x, y, z = middle.tolist()
    return Occluder.model_validate({"kind": str(kind), "position": (x, y, max(0.3, z)), "size": rng.uniform(0.4, 1.2)})


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

    def sample(
        self,
        rng: np.random.Generator,
        *,
        species: Species,
        coat: Coat,
        identity: int,
        width_px: int,
        height_px: int,
        units: ActionUnits | None = None,
        domain: Domain = "frame",
        infrared: bool | None = None,
        occluder_share: float = 0.2,
    ) -> SampledView:
        """One random picture. `units` None draws them (`draw_units`); `infrared` None draws it (30 %).

        domain "frame": a whole cage as its cameras see it, the head anywhere and turned any way, the face 8
        to 60 % of the picture's height. domain "face": a nearer camera, the head within 85 degrees of it, the
        face 40 to 75 % of the height.
        """
        who = Identity(species, coat, identity)
        units = draw_units(rng) if units is None else units
        infrared = bool(rng.random() < 0.3) if infrared is None else infrared
        x, y = rng.uniform(-3.5, 3.5, 2).tolist()
        head = np.array([x, y, HEAD_HEIGHT])
        towards = rng.uniform(0, 360)
        any_way = domain == "frame" and rng.random() < 0.4
        turned = rng.uniform(-180, 180) if any_way else rng.uniform(-85, 85)
        by_neck = float(np.clip(turned * rng.uniform(0.0, 0.6) + rng.normal(0, 10), -50, 50))
        pose = Pose(
            x=x,
            y=y,
            body_yaw=towards + turned - by_neck,
            yaw=by_neck,
            pitch=rng.uniform(-38, 25),
            roll=rng.normal(0, 11),
            blink=float(rng.uniform(0.2, 1.0) if rng.random() < 0.04 else 0.0),
            lid_asymmetry=rng.normal(0, 0.06),
        )
        ahead = rotation(pose.body_yaw + pose.yaw)[:, 0]
        face = head + FACE_AHEAD * ahead
        camera = _draw_camera(rng, domain, face, towards, width_px, height_px)
        occluded = bool(rng.random() < occluder_share)
        occluders = (_draw_occluder(rng, face, camera.eye),) if occluded else ()
        backdrop = see_empty_cage(camera, self._cage(int(rng.integers(CAGES))))
        stage = Stage(camera, backdrop, self._noise(height_px, width_px), self.texture, occluders)
        light = _draw_light(rng, infrared, rotation(towards)[:, 0])
        moment = Moment(0.0, "sample", pose, units, light, _draw_sensor(rng, coat == "white"))
        image, truth = take_picture(stage, self._body(who), moment, rng)
        return SampledView(image, truth, domain, who, camera, infrared, occluded)


def sample_view(
    rng: np.random.Generator,
    *,
    species: Species,
    coat: Coat,
    identity: int,
    width_px: int,
    height_px: int,
    units: ActionUnits | None = None,
    domain: Domain = "frame",
    studio: Studio | None = None,
) -> SampledView:
    """One random picture (see `Studio.sample`). Give the same `studio` to many calls to save their set-up."""
    return (studio or Studio()).sample(
        rng,
        species=species,
        coat=coat,
        identity=identity,
        width_px=width_px,
        height_px=height_px,
        units=units,
        domain=domain,
    )

"""Random draws of everything but the animal: lamps, sensors, cameras, things in the way, and the face's units."""

from __future__ import annotations

from typing import Literal

import numpy as np

from painwatch_engines.anatomy import ActionUnits, Coat, shows_pain
from painwatch_engines.virtual_cage.arrays import Floats
from painwatch_engines.virtual_cage.camera import Camera
from painwatch_engines.virtual_cage.geometry import rotation, unit
from painwatch_engines.virtual_cage.light import Light
from painwatch_engines.virtual_cage.occluders import Occluder
from painwatch_engines.virtual_cage.sensor import Sensor

Domain = Literal["frame", "face"]

FACE_UNITS = 1.3
"""Typical longer side of a face box in units."""

METERED: dict[Coat, float] = {"white": 0.52, "black": 0.17, "agouti": 0.23}
"""Mean reflectance of a picture that an animal of this coat fills by half, as automatic exposure meters it."""


def draw_units(rng: np.random.Generator, independent: bool = False) -> ActionUnits:
    """A random face: pain about half of the time; half of the faces have units that go together, half have
    units drawn one by one (a narrowed eye alone is not pain, and pain need not show in every unit).

    `independent` draws every unit evenly from 0..2 and by itself instead; most of these faces are then in pain.
    """
    if independent:
        return ActionUnits(*rng.uniform(0, 2, 4).tolist())
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


def draw_light(rng: np.random.Generator, infrared: bool, back: Floats, strength: float) -> Light:
    """Lamps hang above; an infrared lamp sits beside the lens (`back` points to the camera). `strength` 0..1 goes
    from an evenly lit room to hard, low and coloured light."""
    lamp = rng.normal(0, 1, 3) * (0.6, 0.6, 0.2) + (0.4, 0, 0.9)
    if infrared:
        lamp = 0.4 * lamp + back
    second = rng.normal(0, 1, 3) * (1.0, 1.0, 0.3) + (0, 0, 0.6)
    hard, tinted, has_second = rng.random(3) < np.array([0.5, 0.2, 0.4]) * strength
    cast = rng.normal(0, 1, 2) * ((0.14, 0.05) if tinted else (0.05, 0.015))
    return Light(
        direction=(float(lamp[0]), float(lamp[1]), float(lamp[2])),
        key=float(rng.uniform(0.7, 1.5) if hard else rng.uniform(0.5, 1.0)),
        ambient=float(rng.uniform(0.15, 0.4) if hard else rng.uniform(0.4, 0.9)),
        warmth=float(np.clip(0.02 + cast[0], -0.3, 0.3)),
        infrared=infrared,
        green=float(np.clip(cast[1], -0.1, 0.1)),
        second_direction=(float(second[0]), float(second[1]), float(max(-0.1, second[2]))),
        second_key=float(rng.uniform(0.2, 0.9)) if has_second else 0.0,
        softness=float(rng.uniform(0.04, 0.2) if hard else rng.uniform(0.2, 0.45)),
    )


def draw_sensor(rng: np.random.Generator, coat: Coat, light: Light, face_px: float, strength: float) -> Sensor:
    """A camera that exposes by its meter, now and then far off it. `face_px` is the size of the face: a lens out of
    focus blurs a near face by more pixels."""
    meter = METERED[coat] * (0.6 * light.key + 0.4 * light.second_key + 0.75 * light.ambient)
    target = float(np.exp(rng.normal(np.log(0.40), 0.22)))
    off, dim, defocused = rng.random(3) < np.array([0.22, 0.2, 0.15]) * strength
    if off:
        target *= float(rng.choice([rng.uniform(0.3, 0.6), rng.uniform(1.4, 2.2)]))
    noise = float(np.exp(rng.uniform(np.log(0.003), np.log(0.025)))) + (float(rng.uniform(0.01, 0.03)) if dim else 0.0)
    blur = float(rng.choice([0.0, rng.uniform(0.3, 1.6)]))
    if defocused:
        blur += float(rng.uniform(0.004, 0.013)) * face_px
    return Sensor(
        exposure=float(min(3.2, target / meter)),
        noise=noise,
        blur_px=blur,
        jpeg_quality=int(rng.integers(35, 96)),
        vignette=float(rng.uniform(0, 0.25 + 0.25 * strength)),
    )


def draw_camera(
    rng: np.random.Generator, domain: Domain, face: Floats, towards_deg: float, width_px: int, height_px: int
) -> Camera:
    """A camera in direction `towards_deg` of the face's middle (3,).

    Its distance gives the face its drawn size; the face lands anywhere in the picture ("frame") or near its
    middle ("face").
    """
    far = domain == "frame"
    size = height_px * (np.exp(rng.uniform(np.log(0.08), np.log(0.6))) if far else rng.uniform(0.40, 0.72))
    # A small face is seen through a wide lens from within or just outside the cage, a large one with a longer;
    # some cameras stand close to the animal behind a short lens.
    close = rng.random() < 0.2
    wide = rng.uniform(45, 80) if far else rng.uniform(24, 34) if close else rng.uniform(14, 26)
    distance = FACE_UNITS * 0.5 * width_px / np.tan(np.radians(wide) / 2) / size
    distance = float(np.clip(distance, 2.8 if close else 3.2, 14.0))
    focal = size * distance / FACE_UNITS
    fov = float(np.degrees(2 * np.arctan(0.5 * width_px / focal)))
    above = np.radians(rng.uniform(-2, 38 if far else 28))
    back = rotation(towards_deg, float(np.degrees(above)))[:, 0]
    eye = face + distance * back
    eye[2] = max(eye[2], 0.25)
    margin = size * 0.6
    spread = np.array([max(0.0, width_px / 2 - margin), max(0.0, height_px / 2 - margin)])
    shift = rng.uniform(-1, 1, 2) * (spread if far else np.minimum(spread, 0.06 * height_px))
    # Aim beside the head so that it lands `shift` pixels off the middle.
    aim = Camera(tuple(eye.tolist()), tuple(face.tolist()), fov, width_px, height_px)
    target = face - (shift[0] * aim.rotation[0] + shift[1] * aim.rotation[1]) * distance / focal
    return Camera(tuple(eye.tolist()), tuple(target.tolist()), fov, width_px, height_px)


def draw_occluder(rng: np.random.Generator, head: Floats, eye: Floats) -> Occluder:
    """Something that may cover part of the face: it stands near the line of sight."""
    middle = head + (eye - head) * rng.uniform(0.2, 0.5) + rng.normal(0, 0.45, 3)
    kind = str(rng.choice(["bar", "bar", "bottle", "heap"]))
    x, y, z = middle.tolist()
    # A heap lies on the floor and reaches up to the chin or the eye.
    height = rng.uniform(-0.2, 0.5) if kind == "heap" else max(0.3, z)
    size = rng.uniform(0.4, 1.2)
    return Occluder(kind=kind, position=(x, y, height), size=size, colour=_draw_colour(rng))  # type: ignore[arg-type]


def draw_props(rng: np.random.Generator, head: Floats, body_yaw: float, eye: Floats, strength: float) -> list[Occluder]:
    """Tunnels, houses, bottles and heaps that stand about, clear of the animal and of the line of sight."""
    props: list[Occluder] = []
    if rng.random() >= 0.5 * strength:
        return props
    trunk = head - 2.0 * rotation(body_yaw)[:, 0]
    sight = unit(eye - head)
    for kind in rng.choice(["tunnel", "house", "bottle", "heap", "bar"], int(rng.integers(1, 3))):
        x, y = rng.uniform(-5.5, 5.5, 2).tolist()
        size, heading, colour = rng.uniform(0.6, 1.1), rng.uniform(0, 180), _draw_colour(rng)
        spot = np.array([x, y, 0.6])
        ahead = float((spot - head) @ sight)
        beside = np.linalg.norm(spot - head - max(0.0, ahead) * sight)
        if min(np.linalg.norm(spot - trunk) - 1.2, beside, np.linalg.norm(spot - eye) - 1.5) < 2.0 * size:
            continue
        z = {"bottle": 1.3, "bar": 1.5}.get(str(kind), 0.0)
        props.append(
            Occluder(kind=str(kind), position=(x, y, z), size=size, heading_deg=heading, colour=colour)  # type: ignore[arg-type]
        )
    return props


def draw_smear(rng: np.random.Generator, face_px: float, strength: float) -> tuple[float, float]:
    """How far the head moves during the exposure, px: most often not at all, seldom by a sixth of the face."""
    moves, direction = rng.random() < 0.3 * strength, rng.uniform(0, 2 * np.pi)
    length = min(0.16, rng.exponential(0.035)) * face_px if moves else 0.0
    # Heads turn sideways more than they nod.
    return float(length * np.cos(direction)), float(0.7 * length * np.sin(direction))


def _draw_colour(rng: np.random.Generator) -> tuple[float, float, float] | None:
    if rng.random() < 0.4:
        return None
    colour = np.clip(rng.uniform(0.03, 0.7) * np.exp(rng.normal(0, 0.35, 3)), 0.01, 0.95)
    return float(colour[0]), float(colour[1]), float(colour[2])

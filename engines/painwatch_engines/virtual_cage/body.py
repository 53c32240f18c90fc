"""One animal at rest: everything about its shape that no pose changes. Built once per individual.

Rest space: x towards the nose, y to the animal's left, z up, origin in the head between the ears.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from painwatch_engines.virtual_cage import ears
from painwatch_engines.virtual_cage.animal import Identity
from painwatch_engines.virtual_cage.arrays import Floats, Ints32
from painwatch_engines.virtual_cage.ears import EarShape
from painwatch_engines.virtual_cage.geometry import Mesh, ellipsoid, grid_triangles, unit
from painwatch_engines.virtual_cage.lofting import loft, sections
from painwatch_engines.virtual_cage.strands import Fur, Whiskers, grow_fur, plant_whiskers

FUR, EAR, SKIN, PAW, OCCLUDER = 1, 2, 3, 4, 5
"""Materials of triangles."""


@dataclass(frozen=True, slots=True, eq=False)
class EyeShape:
    """The left eye in rest space: where it sits, how large it is, and its own axes (each (3,))."""

    centre: Floats
    radius: float
    outwards: Floats
    forwards: Floats
    upwards: Floats


@dataclass(frozen=True, slots=True, eq=False)
class RestBody:
    """Vertices come as skin, right ear, left ear, then the parts that do not move with the head."""

    identity: Identity
    skin: Floats
    rigid: Floats
    triangles: Ints32
    materials: Ints32
    right_ear: slice
    left_ear: slice
    eye: EyeShape
    ear: EarShape
    fur: Fur
    whiskers: Whiskers


def nearest_vertex(skin: Floats, point: Floats) -> Floats:
    """The skin vertex (3,) nearest to `point` on its own side of the body."""
    side = skin[np.sign(skin[:, 1]) == np.sign(point[1])]
    # Sideways distance counts less: the point is a guess of where along the head the feature sits.
    distance = ((side - point) ** 2 * (1, 0.3, 1)).sum(axis=1)
    return np.array(side[np.argmin(distance)])


def _eye(skin: Floats, mouse: bool, width: float, size: float) -> EyeShape:
    guess = np.array([0.34, (0.39 if mouse else 0.37) * width, 0.16 if mouse else 0.185])
    outwards = unit(np.array([0.30, 0.88, 0.38]))
    forwards = np.array([0.86, -0.30, -0.34])
    forwards = unit(forwards - outwards * (forwards @ outwards))
    upwards = np.cross(forwards, outwards)
    upwards *= np.sign(upwards[2])
    return EyeShape(nearest_vertex(skin, guess), (0.090 if mouse else 0.076) * size, outwards, forwards, upwards)


def _tail() -> Mesh:
    along = np.linspace(0, 1, 40)
    centre = np.stack(
        [
            -3.9 - 2.0 * along + 1.2 * along**3,
            1.9 * along**2,
            -0.55 - 0.35 * np.minimum(1, along * 2.5),
        ],
        axis=1,
    )
    angle = np.linspace(0, 2 * np.pi, 10, endpoint=False)
    ring = np.stack([0.3 * np.sin(angle), np.cos(angle), np.sin(angle)], axis=1)
    radius = 0.12 * (1 - 0.8 * along)
    tube = centre[:, None] + radius[:, None, None] * ring[None]
    return Mesh(tube.reshape(-1, 3), grid_triangles(40, 10))


def _limbs() -> list[tuple[Mesh, int]]:
    """Legs, paws, toes and tail with their materials."""
    parts: list[tuple[Mesh, int]] = []
    for side in (-1, 1):
        parts.append((ellipsoid((-0.68, side * 0.38, -0.55), (0.22, 0.17, 0.40)), FUR))
        parts.append((ellipsoid((-0.48, side * 0.36, -0.90), (0.14, 0.09, 0.05)), SKIN))
        for toe in (-1.5, -0.5, 0.5, 1.5):
            tip = (-0.34 + 0.02 * (1.5 - abs(toe)), side * 0.36 + toe * 0.045, -0.92)
            parts.append((ellipsoid(tip, (0.085, 0.02, 0.024), rows=6), PAW))
        parts.append((ellipsoid((-2.9, side * 0.72, -0.55), (0.55, 0.26, 0.42)), FUR))
        parts.append((ellipsoid((-2.55, side * 0.8, -0.90), (0.36, 0.1, 0.06)), SKIN))
    parts.append((_tail(), SKIN))
    return parts


def build_body(identity: Identity) -> RestBody:
    """The animal `identity`, always the same one for the same identity."""
    mouse = identity.species == "mouse"
    rng = np.random.default_rng((identity.seed, int(mouse)))
    width, eye_size, ear_size = 1 + 0.05 * rng.standard_normal(3)
    mesh = loft(sections(identity.species))
    skin = mesh.vertices * np.array([1.0, width, 1.0])
    half_width, half_height = (0.29, 0.28) if mouse else (0.235, 0.215)
    ear = EarShape(
        identity.species, half_width * ear_size, half_height * ear_size, np.array([-0.25, 0.41 * width, 0.325])
    )
    triangles, materials = [mesh.triangles], [np.full(len(mesh.triangles), FUR)]
    count = len(skin)
    ear_slices = []
    for _ in range(2):
        ear_triangles = grid_triangles(ears.RINGS, ears.AROUND)
        triangles.append(ear_triangles + count)
        materials.append(np.full(len(ear_triangles), EAR))
        ear_slices.append(slice(count, count + ears.RINGS * ears.AROUND))
        count += ears.RINGS * ears.AROUND
    limbs = _limbs()
    for part, material in limbs:
        triangles.append(part.triangles + count)
        materials.append(np.full(len(part.triangles), material))
        count += len(part.vertices)
    return RestBody(
        identity=identity,
        skin=skin,
        rigid=np.concatenate([part.vertices for part, _ in limbs]),
        triangles=np.concatenate(triangles).astype(np.int32),
        materials=np.concatenate(materials).astype(np.int32),
        right_ear=ear_slices[0],
        left_ear=ear_slices[1],
        eye=_eye(skin, mouse, width, eye_size),
        ear=ear,
        fur=grow_fur(rng, skin, mesh.triangles),
        whiskers=plant_whiskers(rng, skin),
    )

"""One animal at rest: everything about its shape that no pose changes. Built once per individual.

Rest space: x towards the nose, y to the animal's left, z up, origin in the head between the ears.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from painwatch_engines.virtual_cage import ears
from painwatch_engines.virtual_cage.animal import Identity
from painwatch_engines.virtual_cage.arrays import Floats, Ints32
from painwatch_engines.virtual_cage.coats import Look, coat_look
from painwatch_engines.virtual_cage.ears import EarShape
from painwatch_engines.virtual_cage.geometry import Mesh, grid_triangles, unit
from painwatch_engines.virtual_cage.limbs import legs, tail
from painwatch_engines.virtual_cage.lofting import loft, sections
from painwatch_engines.virtual_cage.strands import Fur, grow_fur
from painwatch_engines.virtual_cage.whiskers import Whiskers, plant_whiskers

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
    """Vertices come as skin, right ear, left ear, then the parts that do not move with the head.

    feature_of: for each triangle the index of the keypoint whose feature it belongs to, or -1.
    snout_cut, snout_widening: fractions by which this individual's snout is shorter and wider than its species'.
    """

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
    look: Look
    feature_of: Ints32
    snout_cut: float
    snout_widening: float


def nearest_vertex(skin: Floats, point: Floats) -> Floats:
    """The skin vertex (3,) nearest to `point` on its own side of the body."""
    side = skin[np.sign(skin[:, 1]) == np.sign(point[1])]
    # Sideways distance counts less: the point is a guess of where along the head the feature sits.
    distance = ((side - point) ** 2 * (1, 0.3, 1)).sum(axis=1)
    return np.array(side[np.argmin(distance)])


@dataclass(frozen=True, slots=True)
class Proportions:
    """How one individual's head differs from its species': factors about 1, and shifts in units about 0."""

    width: float
    eye_size: float
    ear_size: float
    ear_narrow: float
    eye_shift: tuple[float, float]
    ear_shift: tuple[float, float]
    snout_cut: float
    snout_widening: float


def draw_proportions(rng: np.random.Generator) -> Proportions:
    """Spread by eye: as far apart as cage mates of one strain and another are, no further."""
    width, eye_size, ear_size, ear_narrow = 1 + np.clip(rng.standard_normal(4), -2, 2) * (0.045, 0.09, 0.09, 0.04)
    shifts = np.clip(rng.standard_normal(4), -2, 2) * (0.018, 0.014, 0.03, 0.012)
    cut, widening = np.clip(rng.standard_normal(2), -2, 2) * (0.06, 0.05)
    return Proportions(
        float(width),
        float(eye_size),
        float(ear_size),
        float(ear_narrow),
        (float(shifts[0]), float(shifts[1])),
        (float(shifts[2]), float(shifts[3])),
        float(cut),
        float(widening),
    )


def _eye(skin: Floats, mouse: bool, own: Proportions) -> EyeShape:
    forth, up = own.eye_shift
    guess = np.array([0.34 + forth, (0.39 if mouse else 0.37) * own.width, (0.16 if mouse else 0.185) + up])
    outwards = unit(np.array([0.42, 0.80, 0.40] if mouse else [0.34, 0.85, 0.40]))
    forwards = np.array([0.86, -0.30, -0.34])
    forwards = unit(forwards - outwards * (forwards @ outwards))
    upwards = np.cross(forwards, outwards)
    upwards *= np.sign(upwards[2])
    radius = (0.096 if mouse else 0.080) * own.eye_size
    return EyeShape(nearest_vertex(skin, guess), radius, outwards, forwards, upwards)


def _ear(identity: Identity, own: Proportions) -> EarShape:
    half_width, half_height = (0.29, 0.28) if identity.species == "mouse" else (0.235, 0.215)
    forth, up = own.ear_shift
    return EarShape(
        identity.species,
        half_width * own.ear_size * own.ear_narrow,
        half_height * own.ear_size,
        np.array([-0.25 + forth, 0.41 * own.width, 0.325 + up]),
    )


def _limbs() -> list[tuple[Mesh, int]]:
    """Legs, paws, toes and tail with their materials."""
    parts = [(tail(), SKIN)]
    for side in (-1, 1):
        furred, paws, toes = legs(side)
        parts += [(part, FUR) for part in furred]
        parts += [(part, SKIN) for part in paws]
        parts += [(part, PAW) for part in toes]
    return parts


def _feature_of(triangles: Ints32, skin: Floats, eye: EyeShape, right_ear: slice, left_ear: slice) -> Ints32:
    """(M,) index of the keypoint whose feature a triangle belongs to, or -1. Features are the tip of the snout,
    the eyes, and the pinnae without their roots."""
    label = np.full(triangles.max() + 1, -1, np.int32)
    # The upper end of the snout rather than the leather alone, which faces forward only: a profile has a nose.
    label[np.flatnonzero((skin[:, 0] > 0.87) & (skin[:, 2] > -0.22))] = 0
    for number, side in ((1, 1), (2, -1)):
        label[np.flatnonzero(np.linalg.norm(skin - eye.centre * (1, side, 1), axis=1) < 1.1 * eye.radius)] = number
    radius, _, along = ears.ear_coordinates().T
    middle = np.flatnonzero((radius < 0.85) & (along > -0.3))
    for number, ear in ((3, left_ear), (4, right_ear)):
        label[ear.start + middle] = number
    corners = label[triangles]
    return np.where((corners == corners[:, :1]).all(axis=1), corners[:, 0], -1).astype(np.int32)


def build_body(identity: Identity) -> RestBody:
    """The animal `identity`, always the same one for the same identity."""
    mouse = identity.species == "mouse"
    rng = np.random.default_rng((identity.seed, int(mouse)))
    own = draw_proportions(rng)
    mesh = loft(sections(identity.species))
    skin = mesh.vertices * np.array([1.0, own.width, 1.0])
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
    rigid = np.concatenate([part.vertices for part, _ in limbs])
    # Ears carry no drawn hairs; their vertices only keep the numbering.
    rest = np.concatenate([skin, np.zeros((2 * ears.RINGS * ears.AROUND, 3)), rigid])
    eye = _eye(skin, mouse, own)
    furred = np.flatnonzero(np.concatenate(materials) == FUR).astype(np.int32)
    numbered = np.concatenate(triangles).astype(np.int32)
    return RestBody(
        identity=identity,
        skin=skin,
        rigid=rigid,
        triangles=numbered,
        materials=np.concatenate(materials).astype(np.int32),
        right_ear=ear_slices[0],
        left_ear=ear_slices[1],
        eye=eye,
        ear=_ear(identity, own),
        fur=grow_fur(rng, rest, np.concatenate(triangles)[furred], furred, eye.centre, eye.radius),
        whiskers=plant_whiskers(rng, skin),
        feature_of=_feature_of(numbered, skin, eye, ear_slices[0], ear_slices[1]),
        look=coat_look(identity),
        snout_cut=own.snout_cut,
        snout_widening=own.snout_widening,
    )

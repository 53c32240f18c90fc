"""Putting a rest body into a pose with a given face: the facial action units and the turn of the head."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit

from painwatch_engines.anatomy import ActionUnits
from painwatch_engines.virtual_cage.animal import Pose, lid_closure
from painwatch_engines.virtual_cage.arrays import Floats
from painwatch_engines.virtual_cage.body import RestBody
from painwatch_engines.virtual_cage.ears import ear_coordinates, left_ear
from painwatch_engines.virtual_cage.geometry import rotation, vertex_normals
from painwatch_engines.virtual_cage.whiskers import whisker_curves

HEAD_HEIGHT = 0.97
"""Height of the head's origin over the floor when the animal stands."""

FACE_AHEAD = 0.25
"""How far the middle of the face lies ahead of the head's origin."""

NECK = np.array([-0.62, 0.0, -0.05])
"""The point in rest space the head turns about."""

SNOUT_START, MOUSE_SNOUT_CUT = 0.42, 0.34
"""In front of SNOUT_START a mouse's snout is shortened by this fraction."""

NOSE = np.array([0.965, 0.0, -0.10])
MIRROR = np.array([1.0, -1.0, 1.0])


@dataclass(frozen=True, slots=True, eq=False)
class PosedBody:
    """A body in the world.

    points, normals, paint: (N, 3); `paint` is where each vertex lies in texture space (rest position, or ear
    coordinates). keypoints: (5, 3) in KEYPOINTS order. head_axes: (3, 3), columns are the head's forward, left,
    up. whiskers: (N, K, 3). lids: closure of the (left, right) eye.
    """

    points: Floats
    normals: Floats
    paint: Floats
    keypoints: Floats
    head_axes: Floats
    whiskers: Floats
    lids: tuple[float, float]


@njit(cache=True, fastmath=True)
def bend(
    points: Floats,
    head_turn: Floats,
    neck: Floats,
    heading: Floats,
    origin: Floats,
    snout_start: float,
    snout_cut: float,
    snout_widening: float,
    rigid: int,
) -> Floats:
    """Rest points (N, 3) to world points. The snout is cut short and widened by these fractions, the head turns
    by `head_turn` (yaw, pitch, roll in radians), the neck follows smoothly, and the last `rigid` points only
    move with the body."""
    out = np.empty_like(points)
    for i in range(points.shape[0]):
        x, y, z = points[i, 0], points[i, 1], points[i, 2]
        if i < points.shape[0] - rigid:
            w = min(1.0, max(0.0, (x + 1.5) / 1.1))
            w = w * w * (3 - 2 * w)
            if x > snout_start:
                y *= 1 + snout_widening * min(1.0, (x - snout_start) / 0.25)
                x -= snout_cut * (x - snout_start)
            x -= neck[0]
            y -= neck[1]
            z -= neck[2]
            yaw, pitch, roll = head_turn[0] * w, head_turn[1] * w, head_turn[2] * w
            c, s = np.cos(roll), np.sin(roll)
            y, z = c * y - s * z, s * y + c * z
            c, s = np.cos(pitch), np.sin(pitch)
            x, z = c * x - s * z, s * x + c * z
            c, s = np.cos(yaw), np.sin(yaw)
            x, y = c * x - s * y, s * x + c * y
            x += neck[0]
            y += neck[1]
            z += neck[2]
        for k in range(3):
            out[i, k] = heading[k, 0] * x + heading[k, 1] * y + heading[k, 2] * z + origin[k]
    return out


def _bump(x: Floats, centre: float, width: float) -> Floats:
    return np.asarray(np.exp(-(((x - centre) / width) ** 2)))


def _ramp(start: float, end: float, x: Floats) -> Floats:
    t = np.clip((x - start) / (end - start), 0, 1)
    return np.asarray(t * t * (3 - 2 * t))


def _shape_nose_and_cheeks(skin: Floats, rat: bool, severity: float) -> None:
    """In the rat whisker pads, cheeks and bridge flatten and draw out, and the groove behind the pads goes; in
    the mouse the bridge of the nose and the cheeks bulge. In place."""
    k = severity / 2
    x, z = skin[:, 0].copy(), skin[:, 2].copy()
    low, top = _ramp(0.16, -0.02, z), _ramp(-0.08, 0.16, z)
    pad = _bump(x, 0.78, 0.12) * low * _ramp(-0.42, -0.28, z)
    if rat:
        groove = _bump(x - 0.25 * (z + 0.1), 0.575, 0.055) * low
        cheek = _bump(x, 0.36, 0.15) * low
        skin[:, 1] *= 1 + (0.17 - 0.31 * k) * pad - 0.10 * (1 - k) * groove + (0.06 - 0.15 * k) * cheek
        skin[:, 2] += (0.055 - 0.115 * k) * _bump(x, 0.68, 0.17) * top
        skin[:, 0] += 0.065 * k * _ramp(0.35, 0.95, x)
    else:
        skin[:, 1] *= 1 + 0.10 * pad + 0.26 * k * _bump(x, 0.40, 0.17) * low - 0.05 * k * _bump(x, 0.63, 0.08) * low
        skin[:, 2] += 0.10 * k * _bump(x, 0.70, 0.17) * top


def _brow(d: Floats, radius: float, closed: float) -> Floats:
    """(N,) how much the brow sinks onto a lid that closes."""
    above = _bump(d[:, 2], 1.35 * radius, 0.9 * radius) * _bump(d[:, 0], 0, 1.8 * radius)
    return np.asarray(above * closed)


def _move_lids(skin: Floats, body: RestBody, side: int, closed: float) -> None:
    """Bulge of the eyeball and the socket round it; closed lids sink in and bunch the cheek. In place."""
    eye, radius = body.eye, body.eye.radius
    mirror = np.array([1, side, 1])
    d = skin - eye.centre * mirror
    q = (d**2).sum(axis=1) / radius**2
    bulge = (0.80 - 0.50 * closed) * np.exp(-q / 0.8)
    socket = 0.18 * np.exp(-((np.sqrt(q) - 1.9) ** 2) / 0.3) * (1 - closed)
    same_side = np.sign(skin[:, 1]) == side
    skin += (eye.outwards * mirror) * (radius * (bulge - socket + 0.30 * _brow(d, radius, closed) * same_side))[:, None]
    bunch = np.exp(-((d[:, 0] / 0.12) ** 2 + ((d[:, 2] + 0.11) / 0.06) ** 2))
    skin[:, 2] += 0.35 * radius * closed * bunch * same_side


def pose_body(body: RestBody, pose: Pose, units: ActionUnits) -> PosedBody:
    """The animal in the world, showing `units` and holding itself as `pose` says."""
    rat = body.identity.species == "rat"
    lids = lid_closure(units, pose)
    skin = body.skin.copy()
    nose = NOSE[None].copy()
    _shape_nose_and_cheeks(nose, rat, units.nose_cheek)
    _shape_nose_and_cheeks(skin, rat, units.nose_cheek)
    for side, closed in ((1, lids[0]), (-1, lids[1])):
        _move_lids(skin, body, side, closed)
    ear, ear_middle = left_ear(body.ear, units.ear)
    heading = rotation(pose.body_yaw)
    head_turn = np.radians([pose.yaw, pose.pitch, pose.roll])
    origin = np.array([pose.x, pose.y, HEAD_HEIGHT])
    snout_cut = body.snout_cut + (0.0 if rat else MOUSE_SNOUT_CUT)

    def to_world(points: Floats, rigid: int = 0) -> Floats:
        turned = bend(points, head_turn, NECK, heading, origin, SNOUT_START, snout_cut, body.snout_widening, rigid)
        return np.asarray(turned)

    points = to_world(np.concatenate([skin, ear * MIRROR, ear, body.rigid]), len(body.rigid))
    on_ear = ear_coordinates()
    eye = body.eye.centre + 0.3 * body.eye.radius * body.eye.outwards
    pads = body.whiskers.roots.copy()
    _shape_nose_and_cheeks(pads, rat, units.nose_cheek)
    curves = whisker_curves(body.whiskers, pads, units.whisker)
    return PosedBody(
        points=points,
        normals=vertex_normals(points, body.triangles),
        paint=np.concatenate([body.skin, on_ear, on_ear, body.rigid]),
        keypoints=to_world(np.stack([nose[0], eye, eye * MIRROR, ear_middle, ear_middle * MIRROR])),
        head_axes=heading @ rotation(pose.yaw, pose.pitch, pose.roll),
        whiskers=to_world(curves.reshape(-1, 3)).reshape(curves.shape),
        lids=lids,
    )

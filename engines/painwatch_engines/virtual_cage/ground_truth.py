"""What is true of a rendered picture: where the face is, which way it looks, what it shows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit

from painwatch_engines.anatomy import ActionUnits, shows_pain
from painwatch_engines.virtual_cage.arrays import Bools, Floats, Floats32, Ints32
from painwatch_engines.virtual_cage.body import RestBody
from painwatch_engines.virtual_cage.camera import NEAREST, Camera, project
from painwatch_engines.virtual_cage.posing import PosedBody
from painwatch_engines.virtual_cage.raster import DepthBuffer

SEEN_FRACTION = 0.15
"""A keypoint is visible when the picture shows at least this fraction of what its feature would show if it faced
the camera with nothing before it."""

FACE_STARTS = -0.35
"""Skin in front of this x in rest space belongs to the face box."""


@dataclass(frozen=True, slots=True, eq=False)
class GroundTruth:
    """Exact facts of one picture.

    yaw_deg, pitch_deg, roll_deg: head relative to the camera, all 0 when it looks into it; positive is the
    nose towards the image's right, the nose up, and the head leaning anticlockwise in the image. keypoints: (5, 2)
    px in KEYPOINTS order, also outside the image; visible: (5,). face_box: x0, y0, x1, y1 px of head and ears,
    not cut at the image's edge.
    """

    t_s: float
    segment: str
    pain: bool
    units: ActionUnits
    yaw_deg: float
    pitch_deg: float
    roll_deg: float
    keypoints: Floats
    visible: Bools
    face_box: tuple[float, float, float, float]


def head_angles(camera: Camera, head_axes: Floats) -> tuple[float, float, float]:
    """(yaw, pitch, roll) in degrees of a head with these axes (3, 3, columns forward, left, up)."""
    in_camera = camera.rotation @ head_axes
    forward, up = in_camera[:, 0], in_camera[:, 2]
    yaw = np.degrees(np.arctan2(forward[0], -forward[2]))
    pitch = np.degrees(np.arcsin(np.clip(-forward[1], -1, 1)))
    level = np.cross(forward, (0.0, 1.0, 0.0))
    level /= np.linalg.norm(level) + 1e-9
    upright = np.cross(level, forward)
    roll = -np.degrees(np.arctan2(up @ level, abs(up @ upright)))
    return float(yaw), float(pitch), float(roll)


@njit(cache=True, fastmath=True)
def _count_shown(front: Ints32, depth: Floats32, feature: Ints32, shown: Floats) -> None:
    """Add to `shown` (F,) the pixels in which triangles of each feature are in front. Only what has a depth is
    seen: a veil before the lens sets it to 0."""
    for y in range(front.shape[0]):
        for x in range(front.shape[1]):
            t = front[y, x]
            if t >= 0 and t < feature.shape[0] and feature[t] >= 0 and depth[y, x] > 0:
                shown[feature[t]] += 1


def seen_fractions(camera: Camera, buffer: DepthBuffer, posed: PosedBody, body: RestBody) -> Floats:
    """(5,) how much of each keypoint's feature the picture shows, 1 where all of it faces the camera.

    What shows is counted in pixels of the z-buffer, so it needs no tolerance; what could show is the feature's
    own surface, a cap as large as its bounding disc for nose and eyes and the sheet itself for ears.
    """
    shown = np.zeros(len(posed.keypoints))
    _count_shown(buffer.triangle, buffer.depth, body.feature_of, shown)
    # Facing the camera, a patch shows the sum of its area vectors, which for a cap is the disc it stands on.
    labelled = np.flatnonzero(body.feature_of >= 0)
    a, b, c = (posed.points[body.triangles[labelled, k]] for k in range(3))
    areas = np.zeros((len(shown), 3))
    np.add.at(areas, body.feature_of[labelled], 0.5 * np.cross(b - a, c - a))
    full = np.linalg.norm(areas, axis=1)
    depth = project(camera, posed.keypoints)[:, 2]
    with np.errstate(divide="ignore", invalid="ignore"):
        pixels = full * (camera.focal_px / depth) ** 2
    return np.where(depth > NEAREST, shown / np.maximum(pixels, 1e-9), 0.0)


def visibility(camera: Camera, buffer: DepthBuffer, posed: PosedBody, body: RestBody) -> Bools:
    """(5,) which keypoints can be seen."""
    return np.asarray(seen_fractions(camera, buffer, posed, body) >= SEEN_FRACTION)


def face_box(screen: Floats, body: RestBody) -> tuple[float, float, float, float]:
    """Box round head and ears, from all body vertices on screen (N, 3)."""
    face = np.flatnonzero(body.skin[:, 0] > FACE_STARTS)
    outline = np.concatenate([screen[face, :2], screen[body.right_ear, :2], screen[body.left_ear, :2]])
    (x0, y0), (x1, y1) = outline.min(axis=0), outline.max(axis=0)
    return float(x0), float(y0), float(x1), float(y1)


def describe(
    camera: Camera,
    buffer: DepthBuffer,
    screen: Floats,
    posed: PosedBody,
    body: RestBody,
    units: ActionUnits,
    t_s: float,
    segment: str,
) -> GroundTruth:
    """The truth of a picture rendered from these."""
    yaw, pitch, roll = head_angles(camera, posed.head_axes)
    return GroundTruth(
        t_s=t_s,
        segment=segment,
        pain=shows_pain(units),
        units=units,
        yaw_deg=yaw,
        pitch_deg=pitch,
        roll_deg=roll,
        keypoints=np.ascontiguousarray(project(camera, posed.keypoints)[:, :2]),
        visible=visibility(camera, buffer, posed, body),
        face_box=face_box(screen, body),
    )

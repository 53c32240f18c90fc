"""What is true of a rendered picture: where the face is, which way it looks, what it shows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from painwatch_engines.anatomy import ActionUnits, shows_pain
from painwatch_engines.virtual_cage.arrays import Bools, Floats
from painwatch_engines.virtual_cage.body import RestBody
from painwatch_engines.virtual_cage.camera import NEAREST, Camera, project
from painwatch_engines.virtual_cage.posing import PosedBody
from painwatch_engines.virtual_cage.raster import DepthBuffer

SEEN_FRACTION = 0.25
"""A keypoint is visible when at least this fraction of its feature's surface is."""

GRAZING = 0.1
"""Surface whose cosine to the line of sight is below this is seen edge-on, that is, not seen."""

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


def seen_fraction(camera: Camera, buffer: DepthBuffer, points: Floats, normals: Floats, two_sided: bool) -> float:
    """Fraction 0..1 of surface points (N, 3) that face the camera, lie in the picture and have nothing in
    front of them. A thin sheet (`two_sided`) shows from behind as well."""
    towards = camera.eye - points
    towards /= np.linalg.norm(towards, axis=1, keepdims=True)
    facing = np.sum(normals * towards, axis=1)
    if two_sided:
        facing = np.abs(facing)
    screen = project(camera, points)
    h, w = buffer.depth.shape
    x, y = np.rint(screen[:, 0]), np.rint(screen[:, 1])
    with np.errstate(invalid="ignore"):
        inside = (x >= 0) & (x < w) & (y >= 0) & (y < h) & (screen[:, 2] > NEAREST)
    candidates = inside & (facing > GRAZING)
    at = np.flatnonzero(candidates)
    front = buffer.depth[y[at].astype(int), x[at].astype(int)]
    # The buffer holds the depth at the pixel's middle, up to a pixel's diagonal from the point, so the surface
    # itself may lie nearer by its slope over that distance. A hundredth of a head absorbs its curvature.
    footprint = 0.75 * screen[at, 2] / camera.focal_px
    slope = np.sqrt(1 - np.minimum(1.0, facing[at]) ** 2) / facing[at]
    clear = screen[at, 2] <= front + footprint * slope + 0.01
    return float(clear.sum() / len(points))


def visibility(camera: Camera, buffer: DepthBuffer, posed: PosedBody, body: RestBody) -> Bools:
    """(5,) which keypoints can be seen."""
    ears_start = min(body.right_ear.start, body.left_ear.start)
    seen = [
        seen_fraction(camera, buffer, posed.points[part], posed.normals[part], two_sided=part[0] >= ears_start)
        for part in posed.features
    ]
    return np.array(seen) >= SEEN_FRACTION


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

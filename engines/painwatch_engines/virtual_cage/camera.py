"""Pinhole cameras and the axes of the cage.

World axes: x and y along the floor, z up, origin in the middle of the floor. One unit is one head length of
a rat, about 4.5 cm. A mouse is drawn at the same size in a cage shrunk with it, so for a mouse one unit is
about 2.3 cm: pictures of the two differ in shape, not in scale.

Camera axes: x to the image's right, y down, z forward. Pixel (0, 0) is the centre of the top left pixel.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from painwatch_engines.virtual_cage.arrays import Floats

CM_PER_UNIT = {"rat": 4.5, "mouse": 2.3}
"""Length of one world unit in a cage of that species."""

NEAREST = 0.2
"""Points closer to the lens than this (units) are not drawn."""

Vector = tuple[float, float, float]


@dataclass(frozen=True)
class Camera:
    """A camera at `position` looking at `target` (world units), held upright, square pixels."""

    position: Vector
    target: Vector
    horizontal_fov_deg: float
    width_px: int
    height_px: int

    @cached_property
    def eye(self) -> Floats:
        """Position as an array (3,)."""
        return np.array(self.position, dtype=np.float64)

    @cached_property
    def focal_px(self) -> float:
        """Focal length in pixels."""
        return 0.5 * self.width_px / math.tan(math.radians(self.horizontal_fov_deg) / 2)

    @cached_property
    def rotation(self) -> Floats:
        """(3, 3) world to camera: rows are the camera's right, down and forward in world axes."""
        forward = np.array(self.target, dtype=np.float64) - self.eye
        forward /= np.linalg.norm(forward)
        right = np.cross(forward, (0.0, 0.0, 1.0))
        right /= np.linalg.norm(right)
        return np.stack([right, np.cross(forward, right), forward])

    @cached_property
    def centre_px(self) -> tuple[float, float]:
        """Principal point (x, y)."""
        return self.width_px / 2, self.height_px / 2


def project(camera: Camera, points: Floats) -> Floats:
    """World points (N, 3) to (N, 3): x px, y px, depth in units along the optical axis."""
    local = (points - camera.eye) @ camera.rotation.T
    cx, cy = camera.centre_px
    depth = local[:, 2]
    with np.errstate(divide="ignore", invalid="ignore"):
        x = camera.focal_px * local[:, 0] / depth + cx
        y = camera.focal_px * local[:, 1] / depth + cy
    return np.stack([x, y, depth], axis=1)


def unproject(camera: Camera, pixels: Floats) -> Floats:
    """Inverse of `project`: (N, 3) of x px, y px, depth to world points (N, 3)."""
    cx, cy = camera.centre_px
    depth = pixels[:, 2]
    x = (pixels[:, 0] - cx) * depth / camera.focal_px
    y = (pixels[:, 1] - cy) * depth / camera.focal_px
    return np.asarray(np.stack([x, y, depth], axis=1) @ camera.rotation + camera.eye)


def pixels_per_unit(camera: Camera, point: Floats) -> float:
    """Size on the image, in pixels, of one unit held at `point` (3,)."""
    return float(camera.focal_px / np.linalg.norm(camera.eye - point))

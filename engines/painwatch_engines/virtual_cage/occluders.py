"""Things that can stand between the camera and the animal."""

from __future__ import annotations

from typing import Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from painwatch_engines.virtual_cage.arrays import Floats
from painwatch_engines.virtual_cage.geometry import Mesh, ellipsoid, grid_triangles, rotation

OccluderKind = Literal["bar", "bottle", "house", "tunnel", "heap"]

COLOURS: dict[OccluderKind, tuple[float, float, float]] = {
    "bar": (0.25, 0.25, 0.27),
    "bottle": (0.34, 0.40, 0.45),
    "house": (0.42, 0.09, 0.06),
    "tunnel": (0.36, 0.24, 0.14),
    "heap": (0.70, 0.67, 0.60),
}
"""Linear RGB: steel, water bottle, red polycarbonate, cardboard, nest paper."""


class Occluder(BaseModel):
    """One thing in the cage, standing or hanging at `position` (world units); `size` scales it,
    `heading_deg` turns what has a direction, `colour` (linear RGB) replaces the usual one of its kind."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: OccluderKind
    position: tuple[float, float, float]
    size: float = Field(default=1.0, gt=0, le=10)
    heading_deg: float = 0.0
    colour: tuple[float, float, float] | None = None


def joined(parts: list[Mesh]) -> Mesh:
    """One mesh of several."""
    offsets = np.cumsum([0, *(len(part.vertices) for part in parts[:-1])])
    triangles = [part.triangles + offset for part, offset in zip(parts, offsets, strict=True)]
    return Mesh(np.concatenate([part.vertices for part in parts]), np.concatenate(triangles).astype(np.int32))


def _upright_tube(centre: tuple[float, float, float], radius: float, half_length: float) -> Mesh:
    angle = np.linspace(0, 2 * np.pi, 16, endpoint=False)
    heights = np.linspace(-half_length, half_length, 2)
    ring = np.stack([radius * np.cos(angle), radius * np.sin(angle), np.zeros(16)], axis=1)
    vertices = (ring[None] + heights[:, None, None] * np.array([0, 0, 1])).reshape(-1, 3)
    return Mesh(vertices + np.array(centre), grid_triangles(2, 16))


def _heap(centre: tuple[float, float, float], size: float) -> Mesh:
    mesh = ellipsoid((0.0, 0.0, 0.0), (1.0, 1.0, 0.7), rows=24)
    x, y, z = mesh.vertices.T
    lumps = 1 + 0.10 * np.sin(7 * x + 3 * z) * np.cos(6 * y - 2 * z) + 0.05 * np.sin(17 * x + 13 * y + 11 * z)
    return mesh._replace(vertices=mesh.vertices * lumps[:, None] * size + np.array(centre))


def _lying_tube(centre: tuple[float, float, float], size: float, heading_deg: float) -> Mesh:
    tube = _upright_tube((0.0, 0.0, 0.0), radius=0.85 * size, half_length=1.5 * size)
    along_x = tube.vertices[:, [2, 1, 0]]
    return tube._replace(vertices=along_x @ rotation(heading_deg).T + np.array(centre) + (0, 0, 0.85 * size))


def occluder_mesh(occluder: Occluder) -> Mesh:
    """Its surface in world units."""
    x, y, z = occluder.position
    s = occluder.size
    if occluder.kind == "bar":
        return _upright_tube((x, y, z), radius=0.05 * s, half_length=2.0 * s)
    if occluder.kind == "house":
        dome = ellipsoid((x, y, z), (1.6 * s, 1.6 * s, 1.3 * s), rows=24)
        # Its lower half is pressed flat: the floor is no surface of its own that could hide it.
        return dome._replace(vertices=np.maximum(dome.vertices, (-np.inf, -np.inf, z)))
    if occluder.kind == "heap":
        return _heap((x, y, z), s)
    if occluder.kind == "tunnel":
        return _lying_tube((x, y, z), s, occluder.heading_deg)
    bottle = ellipsoid((x, y, z + 0.75 * s), (0.45 * s, 0.45 * s, 0.9 * s))
    return joined([bottle, ellipsoid((x, y, z), (0.08 * s, 0.08 * s, 0.45 * s))])


def occluder_colours(occluder: Occluder, vertices: int) -> Floats:
    """(vertices, 3) linear RGB."""
    return np.tile(np.array(occluder.colour or COLOURS[occluder.kind]), (vertices, 1))

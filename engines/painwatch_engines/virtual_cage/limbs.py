"""Legs, paws and tail: what moves with the body and not with the head."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from painwatch_engines.virtual_cage.arrays import Floats
from painwatch_engines.virtual_cage.geometry import Mesh, ellipsoid, grid_triangles, unit

_AROUND, _ALONG = 14, 16


def tube(path: Floats, radii: Floats, along: int = _ALONG) -> Mesh:
    """A round tube through the points `path` (K, 3) with `radii` (K,), smooth between them; its ends are open."""
    at, fine = np.linspace(0, 1, len(path)), np.linspace(0, 1, along)
    # A quadratic through each corner's neighbours would overshoot; averaging a linear path twice does not.
    centre = np.stack([np.interp(fine, at, path[:, k]) for k in range(3)], axis=1)
    radius = np.interp(fine, at, radii)
    for _ in range(2):
        centre[1:-1] = (centre[:-2] + 2 * centre[1:-1] + centre[2:]) / 4
        radius[1:-1] = (radius[:-2] + 2 * radius[1:-1] + radius[2:]) / 4
    tangent = unit(np.gradient(centre, axis=0))
    aside = unit(np.cross(tangent, np.array([0.05, 1.0, 0.1])))
    other = np.cross(tangent, aside)
    angle = np.linspace(0, 2 * np.pi, _AROUND, endpoint=False)[None, :, None]
    ring = np.cos(angle) * aside[:, None] + np.sin(angle) * other[:, None]
    points = centre[:, None] + radius[:, None, None] * ring
    return Mesh(points.reshape(-1, 3), grid_triangles(along, _AROUND))


def tail() -> Mesh:
    """Thick at its root, tapering, bent to the animal's left."""
    along = np.linspace(0, 1, 40)
    path = np.stack(
        [-3.9 - 2.0 * along + 1.2 * along**3, 1.9 * along**2, -0.55 - 0.35 * np.minimum(1, along * 2.5)], axis=1
    )
    return tube(path, 0.12 * (1 - 0.8 * along), 40)


def _mirrored(points: Sequence[tuple[float, float, float]], side: int) -> Floats:
    return np.asarray(np.array(points, dtype=np.float64) * np.array([1.0, side, 1.0]))


def legs(side: int) -> tuple[list[Mesh], list[Mesh], list[Mesh]]:
    """Furred parts, bare paws and toes of one side (1 left, -1 right)."""
    front = tube(
        _mirrored([(-0.80, 0.34, -0.20), (-0.92, 0.40, -0.52), (-0.80, 0.40, -0.72), (-0.58, 0.36, -0.945)], side),
        np.array([0.24, 0.19, 0.115, 0.062]),
    )
    thigh = ellipsoid((-2.85, side * 0.62, -0.42), (0.62, 0.30, 0.50))
    shank = tube(
        _mirrored([(-2.55, 0.72, -0.55), (-2.75, 0.80, -0.74), (-2.95, 0.82, -0.88)], side), np.array([0.2, 0.14, 0.08])
    )
    palm = ellipsoid((-0.52, side * 0.36, -0.925), (0.11, 0.075, 0.035))
    sole = ellipsoid((-2.66, side * 0.82, -0.925), (0.34, 0.085, 0.042))
    toes = []
    for toe in (-1.5, -0.5, 0.5, 1.5):
        reach = 0.02 * (1.5 - abs(toe))
        toes.append(ellipsoid((-0.39 + reach, side * 0.36 + toe * 0.042, -0.938), (0.075, 0.017, 0.02), rows=6))
        toes.append(ellipsoid((-2.30 + reach, side * 0.82 + toe * 0.045, -0.938), (0.10, 0.02, 0.024), rows=6))
    return [front, thigh, shank], [palm, sole], toes

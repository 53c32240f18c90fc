"""Rotations and the simple meshes everything is built from."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from painwatch_engines.virtual_cage.arrays import Floats, Ints32


class Mesh(NamedTuple):
    """Vertices (N, 3) in units and triangles (M, 3) of vertex indices."""

    vertices: Floats
    triangles: Ints32


def unit(vectors: Floats) -> Floats:
    """Vectors (..., 3) scaled to length 1."""
    return np.asarray(vectors / (np.linalg.norm(vectors, axis=-1, keepdims=True) + 1e-9))


def rotation(yaw_deg: float, pitch_deg: float = 0.0, roll_deg: float = 0.0) -> Floats:
    """(3, 3): yaw about z (left positive), after pitch (nose up positive), after roll about x."""
    y, p, r = np.radians([yaw_deg, pitch_deg, roll_deg])
    turn = np.array([[np.cos(y), -np.sin(y), 0], [np.sin(y), np.cos(y), 0], [0, 0, 1]])
    nod = np.array([[np.cos(p), 0, -np.sin(p)], [0, 1, 0], [np.sin(p), 0, np.cos(p)]])
    lean = np.array([[1, 0, 0], [0, np.cos(r), -np.sin(r)], [0, np.sin(r), np.cos(r)]])
    return np.asarray(turn @ nod @ lean)


def grid_triangles(rows: int, columns: int) -> Ints32:
    """Triangles over a (rows, columns) grid of vertices whose last column joins the first."""
    i, j = np.meshgrid(np.arange(rows - 1), np.arange(columns), indexing="ij")
    a, b = i * columns + j, i * columns + (j + 1) % columns
    lower = np.stack([a, b, a + columns], -1).reshape(-1, 3)
    upper = np.stack([b, b + columns, a + columns], -1).reshape(-1, 3)
    return np.asarray(np.concatenate([lower, upper]), dtype=np.int32)


def ellipsoid(centre: tuple[float, float, float], radii: tuple[float, float, float], rows: int = 14) -> Mesh:
    """An ellipsoid with its axes along the world's, outside facing out."""
    polar, around = np.meshgrid(
        np.linspace(0, np.pi, rows), np.linspace(0, 2 * np.pi, 2 * rows, endpoint=False), indexing="ij"
    )
    ball = np.stack([np.sin(polar) * np.cos(around), np.sin(polar) * np.sin(around), np.cos(polar)], -1)
    triangles = np.ascontiguousarray(grid_triangles(rows, 2 * rows)[:, ::-1])
    return Mesh(ball.reshape(-1, 3) * np.array(radii) + np.array(centre), triangles)


@njit(cache=True, fastmath=True)
def add_face_normals(points: Floats, triangles: Ints32, normals: Floats) -> None:
    """Add every triangle's area-weighted normal to its three vertices' rows of `normals` (N, 3)."""
    for t in range(triangles.shape[0]):
        a, b, c = triangles[t, 0], triangles[t, 1], triangles[t, 2]
        ux, uy, uz = points[b, 0] - points[a, 0], points[b, 1] - points[a, 1], points[b, 2] - points[a, 2]
        vx, vy, vz = points[c, 0] - points[a, 0], points[c, 1] - points[a, 1], points[c, 2] - points[a, 2]
        nx, ny, nz = uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx
        for i in (a, b, c):
            normals[i, 0] += nx
            normals[i, 1] += ny
            normals[i, 2] += nz


def vertex_normals(points: Floats, triangles: Ints32) -> Floats:
    """Smooth unit normals (N, 3) of a mesh."""
    normals = np.zeros_like(points)
    add_face_normals(points, triangles, normals)
    return unit(normals)

"""Fur: where hairs grow, and drawing strands as soft, depth-tested lines."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit

from painwatch_engines.virtual_cage.arrays import Floats, Floats32, Ints32

STRANDS = 26_000


@dataclass(frozen=True, slots=True, eq=False)
class Fur:
    """STRANDS hairs: the triangle each grows from, where in it, and how it differs from its neighbours."""

    triangle: Ints32
    weights: Floats32
    length: Floats32
    jitter: Floats32
    lightness: Floats32


def grow_fur(
    rng: np.random.Generator, skin: Floats, triangles: Ints32, numbers: Ints32, eye: Floats, eye_radius: float
) -> Fur:
    """Hair roots on `triangles` (M, 3), which the body counts as `numbers` (M,): by surface area, denser on the
    head, none on the nose leather and on the eyes (`eye` is the left one's middle)."""
    corners = skin[triangles]
    area = np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1)
    x, y, z = corners.mean(axis=1).T
    density = area * np.where(x > -0.7, 3.5, 1.0) * np.clip((1.0 - x) / 0.15, 0, 1)
    from_eye = np.linalg.norm(corners.mean(axis=1) * (1, 0, 1) + (0, 1, 0) * np.abs(y)[:, None] - eye, axis=1)
    density *= from_eye > 1.05 * eye_radius
    triangle = rng.choice(len(triangles), STRANDS, p=density / density.sum())
    length = np.interp(x[triangle], [-2, -0.5, 0.2, 0.9], [0.15, 0.12, 0.065, 0.02])
    length = np.where(z[triangle] < -0.5, np.minimum(length, 0.08), length)
    return Fur(
        numbers[triangle],
        rng.dirichlet((1, 1, 1), STRANDS).astype(np.float32),
        (length * rng.uniform(0.6, 1.3, STRANDS)).astype(np.float32),
        (rng.standard_normal((STRANDS, 3)) * 0.30).astype(np.float32),
        rng.uniform(0.80, 1.16, STRANDS).astype(np.float32),
    )


@njit(cache=True, fastmath=True)
def project_hairs(
    points: Floats,
    normals: Floats,
    triangles: Ints32,
    roots: Ints32,
    weights: Floats32,
    lengths: Floats32,
    jitter: Floats32,
    lightness: Floats32,
    backwards: Floats,
    eye: Floats,
    rotation: Floats,
    focal_px: float,
    centre_x: float,
    centre_y: float,
    contrast: float,
    start: Floats,
    end: Floats,
    value: Floats32,
) -> int:
    """Screen ends (x, y, depth) and lightness of the hairs that face the camera; returns how many."""
    n = 0
    r = np.zeros(3)
    m = np.zeros(3)
    for i in range(roots.shape[0]):
        t = roots[i]
        r[:] = 0
        m[:] = 0
        for e in range(3):
            v = triangles[t, e]
            b = weights[i, e]
            for k in range(3):
                r[k] += b * points[v, k]
                m[k] += b * normals[v, k]
        # A hair just behind the outline still sticks out over it, hence not 0.
        if (eye[0] - r[0]) * m[0] + (eye[1] - r[1]) * m[1] + (eye[2] - r[2]) * m[2] < -0.12:
            continue
        along_normal = 0.0
        for k in range(3):
            along_normal += (backwards[k] + jitter[i, k]) * m[k]
        # Hair lies along the body towards the tail, lifted a little off the skin.
        lift = 0.42 - along_normal
        d0 = backwards[0] + jitter[i, 0] + lift * m[0]
        d1 = backwards[1] + jitter[i, 1] + lift * m[1]
        d2 = backwards[2] + jitter[i, 2] + lift * m[2]
        reach = lengths[i] / np.sqrt(d0 * d0 + d1 * d1 + d2 * d2 + 1e-9)
        for e in range(2):
            x = r[0] + e * reach * d0 - eye[0]
            y = r[1] + e * reach * d1 - eye[1]
            z = r[2] + e * reach * d2 - eye[2]
            depth = rotation[2, 0] * x + rotation[2, 1] * y + rotation[2, 2] * z
            out = start if e == 0 else end
            out[n, 0] = focal_px * (rotation[0, 0] * x + rotation[0, 1] * y + rotation[0, 2] * z) / depth + centre_x
            out[n, 1] = focal_px * (rotation[1, 0] * x + rotation[1, 1] * y + rotation[1, 2] * z) / depth + centre_y
            out[n, 2] = depth
        value[n] = min(2.2, max(0.3, 1 + (lightness[i] - 0.98) * contrast))
        n += 1
    return n


@njit(cache=True, fastmath=True)
def blend(image: Floats32, x: int, y: int, weight: float, r: float, g: float, b: float) -> None:
    """Mix a colour into one pixel."""
    image[y, x, 0] += weight * (r - image[y, x, 0])
    image[y, x, 1] += weight * (g - image[y, x, 1])
    image[y, x, 2] += weight * (b - image[y, x, 2])


@njit(cache=True, fastmath=True)
def draw_line(
    image: Floats32,
    depth: Floats32,
    a: Floats,
    b: Floats,
    opacity: float,
    fade: float,
    red: float,
    green: float,
    blue: float,
    tolerance: float,
) -> None:
    """One line from screen point a to b, two pixels wide with soft edges, hidden behind nearer surfaces."""
    h, w = depth.shape
    dx, dy, dz = b[0] - a[0], b[1] - a[1], b[2] - a[2]
    steps = int(max(abs(dx), abs(dy))) + 1
    if steps > 400:  # a strand nearly touching the lens
        return
    flat = abs(dx) > abs(dy)
    for k in range(steps + 1):
        t = k / steps
        x, y, z = a[0] + dx * t, a[1] + dy * t, a[2] + dz * t
        for e in range(2):
            if flat:
                px = int(np.floor(x + 0.5))
                py = int(np.floor(y)) + e
                weight = 1 - abs(y - py)
            else:
                py = int(np.floor(y + 0.5))
                px = int(np.floor(x)) + e
                weight = 1 - abs(x - px)
            if px < 0 or py < 0 or px >= w or py >= h or z > depth[py, px] + tolerance:
                continue
            blend(image, px, py, opacity * (1 - fade * t) * weight, red, green, blue)


@njit(cache=True, fastmath=True)
def draw_hairs(
    start: Floats,
    end: Floats,
    value: Floats32,
    banding: float,
    opacity: float,
    depth: Floats32,
    under: Floats32,
    image: Floats32,
) -> None:
    """Draw hairs in the colour of the skin under their root (`under`), lighter or darker by `value`; `banding`
    makes the lighter ones yellow."""
    h, w = depth.shape
    for i in range(start.shape[0]):
        if start[i, 2] < 0.2 or end[i, 2] < 0.2:
            continue
        rx, ry = int(np.floor(start[i, 0] + 0.5)), int(np.floor(start[i, 1] + 0.5))
        if rx < 0 or ry < 0 or rx >= w or ry >= h or start[i, 2] > depth[ry, rx] + 0.06:
            continue
        red, green, blue = under[ry, rx, 0] * value[i], under[ry, rx, 1] * value[i], under[ry, rx, 2] * value[i]
        if value[i] > 1:
            red *= 1 + 0.5 * banding * (value[i] - 1)
            blue /= 1 + banding * (value[i] - 1)
        draw_line(image, depth, start[i], end[i], opacity, 0.75, red, green, blue, 0.06)

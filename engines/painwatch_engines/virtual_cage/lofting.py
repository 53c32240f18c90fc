"""The trunk and head as one skin, lofted through cross sections along the spine."""

from __future__ import annotations

import numpy as np

from painwatch_engines.anatomy import Species
from painwatch_engines.virtual_cage.arrays import Floats
from painwatch_engines.virtual_cage.geometry import Mesh, grid_triangles

RINGS, AROUND = 150, 80

# Cross sections from nose tip to rump, rest pose, head units:
# x, centre height, half width, height above the centre, depth below it.
RAT_SECTIONS = (
    (0.97, -0.12, 0.001, 0.001, 0.001),
    (0.962, -0.12, 0.115, 0.085, 0.12),
    (0.93, -0.12, 0.18, 0.135, 0.215),
    (0.85, -0.115, 0.245, 0.185, 0.275),
    (0.70, -0.075, 0.315, 0.25, 0.305),
    (0.52, -0.02, 0.365, 0.315, 0.33),
    (0.30, 0.02, 0.43, 0.38, 0.36),
    (0.05, 0.04, 0.51, 0.425, 0.39),
    (-0.2, 0.04, 0.555, 0.43, 0.42),
    (-0.45, 0.02, 0.55, 0.40, 0.46),
    (-0.8, 0.0, 0.52, 0.40, 0.47),
    (-1.3, 0.06, 0.64, 0.52, 0.58),
    (-2.0, 0.16, 0.80, 0.66, 0.78),
    (-2.8, 0.16, 0.86, 0.68, 0.84),
    (-3.5, 0.05, 0.74, 0.58, 0.74),
    (-3.9, -0.12, 0.45, 0.36, 0.5),
    (-4.05, -0.2, 0.001, 0.001, 0.001),
)


def sections(species: Species) -> Floats:
    """(K, 5) cross sections. A mouse has a wider, taller skull; posing shortens its snout, so that textures
    painted in rest space fit both."""
    table = np.array(RAT_SECTIONS)
    if species == "mouse":
        skull = table[:, 0] > -0.6
        table[:, 2] *= np.where(skull, 1.06, 0.95)
        table[skull, 3] *= 1.10
    return table


def _ring_positions(rump: float, tip: float) -> Floats:
    """Ring positions along x: most of them on the head, and closing quickly at the nose tip."""
    t = np.linspace(0, 1, RINGS)
    xs = np.where(t < 0.4, rump + (t / 0.4) * (-0.9 - rump), -0.9 + (t - 0.4) / 0.6 * (tip + 0.9))
    last = tip - (tip - xs[-5]) * np.array([0.6, 0.3, 0.1, 0.02, 0.0])
    return np.sort(np.concatenate([xs[:-4], last]))


def _smoothed(xs: Floats, at: Floats, values: Floats) -> Floats:
    """A profile through (at, values), smoothed except at the two ends, which must close."""
    fine = np.linspace(at[0], at[-1], 1200)
    raw = np.interp(fine, at, values)
    kernel = np.hanning(61)
    soft = np.convolve(np.pad(raw, 30, mode="edge"), kernel / kernel.sum(), "valid")
    inside = np.clip(np.minimum(fine - at[0], at[-1] - fine) / 0.12, 0, 1)
    return np.interp(xs, fine, soft * inside + raw * (1 - inside))


def _rounded(wave: Floats, power: float) -> Floats:
    """Superellipse: a power below 1 makes the cross section slightly boxy, as a skull is."""
    return np.asarray(np.sign(wave) * np.abs(wave) ** power)


def loft(table: Floats) -> Mesh:
    """The skin through the cross sections `table` (K, 5): RINGS+1 rings of AROUND vertices."""
    at = table[::-1]
    xs = _ring_positions(at[0, 0], at[-1, 0])
    centre, half_width, above, below = (_smoothed(xs, at[:, 0], at[:, k])[:, None] for k in range(1, 5))
    angle = np.linspace(0, 2 * np.pi, AROUND, endpoint=False)
    c, s = np.cos(angle), np.sin(angle)
    y = half_width * _rounded(c, 0.92)
    z = centre + np.where(s > 0, above, below) * _rounded(s, 0.95)
    vertices = np.stack([np.repeat(xs, AROUND), y.ravel(), z.ravel()], 1)
    return Mesh(vertices, grid_triangles(len(xs), AROUND))

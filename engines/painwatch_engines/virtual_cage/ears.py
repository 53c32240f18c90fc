"""Pinnae: their shape, and how pain folds, narrows and turns them back."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from painwatch_engines.anatomy import Species
from painwatch_engines.virtual_cage.arrays import Floats
from painwatch_engines.virtual_cage.geometry import unit

RINGS, AROUND = 12, 32
"""An ear is RINGS rings (centre to rim) of AROUND vertices."""


@dataclass(frozen=True, slots=True, eq=False)
class EarShape:
    """Size and root of the left ear in rest space; the right one is its mirror image."""

    species: Species
    half_width: float
    half_height: float
    root: Floats


def ear_coordinates() -> Floats:
    """(RINGS * AROUND, 3): radius 0..1, across -1..1, along -1 (root) .. 1 (tip) of each ear vertex."""
    radius = np.linspace(0, 1, RINGS)[:, None]
    angle = np.linspace(0, 2 * np.pi, AROUND, endpoint=False)[None]
    across, along = radius * np.cos(angle), radius * np.sin(angle)
    return np.stack([np.repeat(radius, AROUND, 1).ravel(), across.ravel(), along.ravel()], 1)


def left_ear(shape: EarShape, severity: float) -> tuple[Floats, Floats]:
    """Vertices (RINGS * AROUND, 3) of the left ear in rest space, and its middle (3,).

    `severity` is the action unit, 0..2.
    """
    rat, k = shape.species == "rat", severity / 2
    radius, across, along = ear_coordinates().T
    # Pain makes the ear narrower and more pointed ...
    width = 1 - 0.30 * k * np.clip(along, 0, 1) ** 2 - 0.35 * np.clip(-along, 0, 1) ** 1.5 - 0.20 * k
    sideways = shape.half_width * across * width
    upwards = shape.half_height * (along * (1 + 0.12 * k) + 0.78)
    # ... folds its edges together (depth grows with the distance from the middle line) ...
    cup = -(0.11 + 0.03 * k) * (1 - radius**2) * (shape.half_width / 0.2)
    fold = (0.12 + (1.1 if rat else 0.6) * k) * sideways**2 / shape.half_width
    depth = cup + fold - 0.05 * np.clip(along, 0, 1) * k
    # ... and swings its opening from forward to the side and back.
    up = unit(np.array([-0.20 - (0.30 if rat else 0.55) * k, 0.55 + 0.30 * k, 0.85 - 0.30 * k]))
    azimuth = np.radians(48 + (12 if rat else 55) * k)
    opening = np.array([np.cos(azimuth), np.sin(azimuth), 0.15])
    opening = unit(opening - up * (opening @ up))
    side = np.cross(up, opening)
    vertices = shape.root + sideways[:, None] * side + upwards[:, None] * up + depth[:, None] * opening
    return vertices, vertices.mean(axis=0)

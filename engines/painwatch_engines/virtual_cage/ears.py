"""Pinnae: their shape, and how pain curls them and turns them outwards and back."""

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
    # Pain curls the edges of the pinna round its long axis, so that it looks narrower and more pointed ...
    taper = 1 - 0.22 * k * np.clip(along, 0, 1) ** 2 - (0.30 + 0.35 * k) * np.clip(-along, 0, 1) ** 1.5
    curl = 0.35 + (0.95 if rat else 0.75) * k
    turned = curl * across * taper
    sideways = shape.half_width * np.sin(turned) / curl
    upwards = shape.half_height * (along * (1 + 0.08 * k) + 0.78)
    cup = -0.10 * (1 - radius**2) * (shape.half_width / 0.2)
    depth = cup + shape.half_width * (1 - np.cos(turned)) / curl - 0.06 * np.clip(along, 0, 1) ** 2
    # ... and swings it outwards and back, flatter against the neck, its opening turned to the side.
    calm_up, hurt_up = np.array([-0.20, 0.55, 0.85]), np.array([-0.56, 0.88, 0.52] if rat else [-0.70, 0.86, 0.46])
    up = unit(calm_up + k * (hurt_up - calm_up))
    azimuth = np.radians(48 + (47 if rat else 60) * k)
    opening = np.array([np.cos(azimuth), np.sin(azimuth), 0.15 + 0.25 * k])
    opening = unit(opening - up * (opening @ up))
    side = np.cross(up, opening)
    # The muscle at its base lifts the ear off the neck as it goes back, so that its hind edge stays free.
    root = shape.root + k * np.array([0.02, 0.05, 0.04])
    vertices = root + sideways[:, None] * side + upwards[:, None] * up + depth[:, None] * opening
    return vertices, vertices.mean(axis=0)

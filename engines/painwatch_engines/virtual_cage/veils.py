"""What lies between lens and animal without being a thing in the cage: uneven light, a scratched wall, wires."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from painwatch_engines.virtual_cage.arrays import Floats32
from painwatch_engines.virtual_cage.sensor import soften

OPAQUE = 0.55
"""What a veil covers by more than this is hidden."""


@dataclass(frozen=True, slots=True, eq=False)
class Veil:
    """light: (H, W) factor on all light from the cage; cover: (H, W) 0..1 how much lies in front; glow: (H, W, 3)
    linear RGB of what lies in front, as it reaches the lens."""

    light: Floats32
    cover: Floats32
    glow: Floats32


def draw_veil(veil: Veil, image: Floats32, depth: Floats32) -> None:
    """Put the veil in front of `image` (H, W, 3), and into `depth` (H, W) where it hides things. In place."""
    image *= (veil.light * (1 - veil.cover))[..., None]
    image += veil.glow
    depth[veil.cover > OPAQUE] = 0.0


def _shadows(rng: np.random.Generator, h: int, w: int) -> Floats32:
    """Light that falls unevenly: a slope over the picture, and perhaps the shadows of bars or of an edge."""
    rows, columns = np.mgrid[0:h, 0:w].astype(np.float32)
    angle = rng.uniform(0, 2 * np.pi)
    across = (columns / w - 0.5) * np.cos(angle) + (rows / h - 0.5) * np.sin(angle)
    light = np.exp(rng.normal(0, 0.35) * 2 * across).astype(np.float32)
    kind = rng.random()
    if kind < 0.25:
        # Wire lid under a lamp: parallel shadows, sharp or soft.
        pitch, duty = rng.uniform(0.05, 0.25), rng.uniform(0.15, 0.45)
        phase = (across / pitch + rng.random()) % 1.0
        bars = (phase < duty).astype(np.float32)
        light *= 1 - rng.uniform(0.15, 0.6) * soften(bars, rng.uniform(0.003, 0.02) * w)
    elif kind < 0.5:
        edge = (across > rng.uniform(-0.3, 0.3)).astype(np.float32)
        light *= 1 - rng.uniform(0.2, 0.65) * soften(edge, rng.uniform(0.003, 0.12) * w)
    return np.asarray(light, dtype=np.float32)


def _clouds(rng: np.random.Generator, h: int, w: int) -> Floats32:
    """(H, W) smooth noise whose patches are about a tenth of the width."""
    coarse = rng.standard_normal((max(4, 12 * h // w), 12)).astype(np.float32)
    return np.asarray(cv2.resize(coarse, (w, h), interpolation=cv2.INTER_CUBIC), dtype=np.float32)


def _scratches(rng: np.random.Generator, h: int, w: int) -> Floats32:
    """(H, W) 0..1: how far a worn transparent wall scatters light towards the lens."""
    wall = np.zeros((h, w), np.float32)
    for _ in range(int(rng.integers(4, 32))):
        x, y = rng.uniform(0, w), rng.uniform(0, h)
        angle, length = rng.normal(rng.choice([0.3, 1.4]), 0.5), rng.uniform(0.02, 0.3) * w
        end = (int(x + length * np.cos(angle)), int(y + length * np.sin(angle)))
        cv2.line(wall, (int(x), int(y)), end, (rng.uniform(0.1, 0.6),), 1, cv2.LINE_AA)
    smudges = _clouds(rng, h, w)
    haze = np.clip(smudges / (smudges.std() + 1e-6) - 0.6, 0, 2) * rng.uniform(0, 0.06) + rng.uniform(0, 0.04)
    return np.asarray(soften(wall, 0.5) * rng.uniform(0.15, 0.6) + haze, dtype=np.float32)


def _reflections(rng: np.random.Generator, h: int, w: int) -> Floats32:
    """(H, W): lamps and windows mirrored in the wall in front."""
    mirrored = np.zeros((h, w), np.float32)
    for _ in range(int(rng.integers(1, 4))):
        size = (rng.uniform(0.05, 0.6) * w, rng.uniform(0.03, 0.25) * h)
        box = cv2.boxPoints(((rng.uniform(0, w), rng.uniform(0, h)), size, rng.uniform(-30, 30)))
        cv2.fillConvexPoly(mirrored, box.astype(np.int32), (rng.uniform(0.05, 0.35),))
    return soften(mirrored, rng.uniform(0.003, 0.04) * w)


def _wires(rng: np.random.Generator, h: int, w: int) -> Floats32:
    """(H, W) 0..1: bars of a lid or grid close to the lens, out of focus."""
    bars = np.zeros((h, w), np.float32)
    angle, pitch = rng.normal(rng.choice([0.0, np.pi / 2]), 0.15), rng.uniform(0.12, 0.45) * w
    thick = max(1, int(rng.uniform(0.006, 0.03) * w))
    along, across = np.array([np.cos(angle), np.sin(angle)]), np.array([-np.sin(angle), np.cos(angle)])
    for step in range(-12, 13):
        middle = np.array([w / 2, h / 2]) + across * pitch * (step + rng.uniform(-0.05, 0.05))
        a, b = (middle - 2 * w * along).astype(int), (middle + 2 * w * along).astype(int)
        cv2.line(bars, (int(a[0]), int(a[1])), (int(b[0]), int(b[1])), (1.0,), thick, cv2.LINE_AA)
    return np.clip(soften(bars, rng.uniform(0.001, 0.012) * w), 0, 1)


def draw_a_veil(
    rng: np.random.Generator, height_px: int, width_px: int, brightness: float, strength: float
) -> Veil | None:
    """A random veil, or None, as happens more often the nearer `strength` is to 0. `brightness` is that of a white
    surface in this light."""
    h, w = height_px, width_px
    light, cover = np.ones((h, w), np.float32), np.zeros((h, w), np.float32)
    glow = np.zeros((h, w, 3), np.float32)
    lit, walled, mirrored, wired = rng.random(4) < np.array([0.6, 0.3, 0.25, 0.08]) * strength
    if lit:
        light = _shadows(rng, h, w)
    if walled:
        scatter = np.clip(_scratches(rng, h, w), 0, 0.9)
        cover = np.maximum(cover, scatter)
        glow += (scatter * brightness * rng.uniform(0.3, 0.9))[..., None]
    if mirrored:
        glow += (_reflections(rng, h, w) * brightness)[..., None] * rng.uniform(0.8, 1.0, 3).astype(np.float32)
    if wired:
        wires = _wires(rng, h, w)
        glow = glow * (1 - wires[..., None]) + (wires * brightness * rng.uniform(0.02, 0.6))[..., None]
        cover = np.maximum(cover, wires)
    if not (lit or walled or mirrored or wired):
        return None
    return Veil(light, cover, glow.astype(np.float32))

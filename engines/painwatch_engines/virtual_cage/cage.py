"""The cage around the animal: walls, bedding, and the animal's shadow on it."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numba import njit

from painwatch_engines.virtual_cage.arrays import Bools, Floats, Floats32
from painwatch_engines.virtual_cage.camera import Camera

HALF_WIDTH = 6.5
"""The cage floor reaches from -HALF_WIDTH to HALF_WIDTH in x and y (about 58 cm wide for a rat)."""

TEXELS_PER_UNIT = 42
TEXTURE_SIZE = 512

WALL_COLOURS = ((0.16, 0.17, 0.19), (0.42, 0.43, 0.45), (0.05, 0.055, 0.065), (0.66, 0.67, 0.66), (0.30, 0.27, 0.23))
BEDDING_COLOURS = (
    (0.42, 0.33, 0.22),
    (0.30, 0.25, 0.19),
    (0.10, 0.10, 0.11),
    (0.48, 0.42, 0.34),
    (0.66, 0.62, 0.54),
    (0.22, 0.17, 0.11),
)


@dataclass(frozen=True, slots=True, eq=False)
class Furnishing:
    """What one cage is made of. chips, stains: (512, 512) textures; wall, bedding: linear RGB (3,)."""

    chips: Floats32
    stains: Floats32
    wall: Floats
    bedding: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Backdrop:
    """The empty cage as one camera sees it: colour (H, W, 3) linear RGB before light, the point on the floor
    behind each pixel (H, W, 2) and whether there is floor at all (H, W)."""

    colour: Floats32
    floor_xy: Floats32
    on_floor: Bools


def furnish(seed: int) -> Furnishing:
    """The cage number `seed`."""
    rng = np.random.default_rng((seed, 1))
    wall = np.array(WALL_COLOURS[rng.integers(len(WALL_COLOURS))]) * rng.uniform(0.7, 1.3)
    bedding = np.array(BEDDING_COLOURS[rng.integers(len(BEDDING_COLOURS))]) * rng.uniform(0.7, 1.2)
    grain = rng.standard_normal((TEXTURE_SIZE, TEXTURE_SIZE)).astype(np.float32)
    chips = np.zeros((TEXTURE_SIZE, TEXTURE_SIZE), np.float32)
    # From fine sawdust to coarse shavings.
    coarse = rng.uniform(0.5, 2.2)
    count = int(5200 / max(0.7, coarse))
    starts = rng.integers(0, TEXTURE_SIZE, (count, 2))
    angles, lengths = rng.uniform(0, np.pi, count), rng.uniform(3, 11, count) * coarse
    shades, thickness = rng.standard_normal(count), rng.integers(1, 4, count)
    ends = (starts + lengths[:, None] * np.stack([np.cos(angles), np.sin(angles)], 1)).astype(int)
    for start, end, shade, thick in zip(
        starts.tolist(), ends.tolist(), shades.tolist(), thickness.tolist(), strict=True
    ):
        cv2.line(chips, start, end, shade, thick, cv2.LINE_AA)
    chips = cv2.GaussianBlur(chips, (0, 0), 0.8) + 0.25 * grain
    stains = cv2.GaussianBlur(rng.standard_normal(chips.shape).astype(np.float32), (0, 0), 25)
    return Furnishing(chips.astype(np.float32), (stains / stains.std()).astype(np.float32), wall, bedding)


@njit(cache=True, fastmath=True)
def _sample(texture: Floats32, u: float, v: float) -> float:
    """Bilinear look-up in a texture that repeats."""
    size = texture.shape[0]
    i, j = np.floor(u), np.floor(v)
    fu, fv = u - i, v - j
    i0, j0 = int(i) % size, int(j) % size
    i1, j1 = (i0 + 1) % size, (j0 + 1) % size
    near = texture[j0, i0] * (1 - fu) + texture[j0, i1] * fu
    far = texture[j1, i0] * (1 - fu) + texture[j1, i1] * fu
    mixed: float = near * (1 - fv) + far * fv
    return mixed


@njit(cache=True, fastmath=True)
def _cast(
    eye: Floats,
    rotation: Floats,
    focal_px: float,
    half: float,
    density: float,
    chips: Floats32,
    stains: Floats32,
    wall: Floats,
    bedding: Floats,
    colour: Floats32,
    floor_xy: Floats32,
    on_floor: Bools,
) -> None:
    """Follow one ray per pixel to the floor or the nearest wall; walls behind which the camera stands are
    not there."""
    h, w = on_floor.shape
    d, p = np.empty(3), np.empty(3)
    mean_wall, mean_bedding = wall.mean(), bedding.mean()
    for y in range(h):
        for x in range(w):
            a, b = (x - w / 2) / focal_px, (y - h / 2) / focal_px
            for k in range(3):
                d[k] = rotation[0, k] * a + rotation[1, k] * b + rotation[2, k]
            nearest, floor = 60.0, False
            if d[2] < 0:
                nearest, floor = min(60.0, -eye[2] / d[2]), True
            for axis in range(2):
                limit = half if d[axis] > 0 else -half
                ahead = (limit - eye[axis]) * d[axis] > 0
                if ahead and abs(d[axis]) > 1e-9:
                    t = (limit - eye[axis]) / d[axis]
                    if t < nearest:
                        nearest, floor = t, False
            for k in range(3):
                p[k] = eye[k] + d[k] * nearest
            on_floor[y, x] = floor
            floor_xy[y, x, 0], floor_xy[y, x, 1] = p[0], p[1]
            if floor:
                tone = 1 + 0.28 * _sample(chips, p[0] * density, p[1] * density)
                corner = half
                for axis in range(2):
                    if eye[axis] < half:
                        corner = min(corner, abs(p[axis] - half))
                    if eye[axis] > -half:
                        corner = min(corner, abs(p[axis] + half))
                if corner < 3.6:
                    tone *= 1 - 0.35 * np.exp(-((corner / 1.2) ** 2))
                stain = 0.06 * mean_bedding * _sample(stains, p[0] * density, p[1] * density)
                for k in range(3):
                    colour[y, x, k] = bedding[k] * tone + stain
            else:
                tone = 0.7 + 0.12 * min(5.0, max(0.0, p[2]))
                stain = 0.06 * mean_wall * _sample(stains, (p[0] + p[1]) * density, p[2] * density)
                for k in range(3):
                    # Bedding is heaped against the foot of the wall.
                    low = wall[k] * tone * 0.6 + bedding[k] * 0.3
                    colour[y, x, k] = (low if p[2] < 0.25 else wall[k] * tone) + stain


def see_empty_cage(camera: Camera, furnishing: Furnishing) -> Backdrop:
    """The backdrop for this camera: it follows position, direction and lens."""
    h, w = camera.height_px, camera.width_px
    colour = np.empty((h, w, 3), np.float32)
    floor_xy, on_floor = np.empty((h, w, 2), np.float32), np.empty((h, w), np.bool_)
    _cast(
        camera.eye,
        camera.rotation,
        camera.focal_px,
        HALF_WIDTH,
        float(TEXELS_PER_UNIT),
        furnishing.chips,
        furnishing.stains,
        furnishing.wall,
        furnishing.bedding,
        colour,
        floor_xy,
        on_floor,
    )
    soft = cv2.GaussianBlur(np.clip(colour, 0, 1), (0, 0), max(0.6, w / 640))
    return Backdrop(np.asarray(soft), floor_xy, on_floor)


@njit(cache=True, fastmath=True)
def _shadow(image: Floats32, floor_xy: Floats32, on_floor: Bools, x0: float, y0: float, heading: Floats) -> None:
    for y in range(image.shape[0]):
        for x in range(image.shape[1]):
            if not on_floor[y, x]:
                continue
            a, b = floor_xy[y, x, 0] - x0, floor_xy[y, x, 1] - y0
            u, v = a * heading[0, 0] + b * heading[1, 0], a * heading[0, 1] + b * heading[1, 1]
            body = ((u + 2.2) / 2.1) ** 2 + (v / 0.95) ** 2
            head = ((u - 0.25) / 0.7) ** 2 + (v / 0.5) ** 2
            if body > 6 and head > 6:
                continue
            dark = 1 - min(0.8, 0.75 * np.exp(-body) + 0.45 * np.exp(-head))
            for c in range(3):
                image[y, x, c] *= dark


def drop_shadow(image: Floats32, backdrop: Backdrop, x: float, y: float, heading: Floats) -> None:
    """Darken the floor under an animal whose head is over (x, y); `heading` is its body's rotation."""
    _shadow(image, backdrop.floor_xy, backdrop.on_floor, x, y, heading)

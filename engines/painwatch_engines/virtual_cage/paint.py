"""What colour the animal's surface has at a point in texture space: coat, muzzle, eyes, ears.

Every helper works on `colour` (3,) in place and returns what the lighting needs: `shelter` (1 open to light,
0 in a crease), `gloss` (strength of the highlight) and `furry` (1 where fur catches light at grazing angles).
Numbers are sizes in rest space (head units) and strengths, set by eye.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from painwatch_engines.virtual_cage.arrays import Floats, Floats32

# Rows of a palette, as coats.py lays them out.
BACK, BELLY, BARE, IRIS, LID_RIM, STAIN = 0, 1, 2, 3, 4, 5
WHITE, AGOUTI = 0, 2


@njit(cache=True, fastmath=True)
def ramp(start: float, end: float, x: float) -> float:
    """0 at `start`, 1 at `end` (either order), smooth between."""
    t = min(1.0, max(0.0, (x - start) / (end - start)))
    return t * t * (3 - 2 * t)


@njit(cache=True, fastmath=True)
def mix(colour: Floats, palette: Floats, row: int, gain: float, amount: float) -> None:
    """Move `colour` towards gain * palette[row] by `amount` 0..1."""
    for c in range(3):
        colour[c] = colour[c] * (1 - amount) + palette[row, c] * gain * amount


@njit(cache=True, fastmath=True)
def paint_coat(
    x: float,
    y: float,
    z: float,
    palette: Floats,
    coat: int,
    stained: float,
    worn: float,
    texture: Floats32,
    colour: Floats,
) -> None:
    """Base colour of the fur with its texture, stains and worn patches. Agouti animals are darker along the back,
    banded, and have a lighter belly."""
    i = int(abs(x * 150 + 997)) & 511
    j = int(abs((y * 0.8 + z) * 420 + 1997)) & 511
    grain = 0.05 * worn * texture[j, i]
    if coat == AGOUTI:
        # Banded hairs: where the dark tips part, the yellow band below them shows.
        band = texture[int(abs(y * 330 + 1501)) & 511, int(abs((x * 0.9 + z) * 300 + 701)) & 511]
        yellow = 0.5 + 0.16 * band
        back = 1 - 0.30 * ramp(0.05, 0.35, z)
        colour[0] = palette[BACK, 0] * (0.60 + 0.78 * yellow) * back * (1 + grain)
        colour[1] = palette[BACK, 1] * (0.66 + 0.66 * yellow) * back * (1 + grain)
        colour[2] = palette[BACK, 2] * (0.84 + 0.30 * yellow) * back * (1 + grain)
        mix(colour, palette, BELLY, 1.0, 0.9 * ramp(-0.22, -0.5, z))
    else:
        for c in range(3):
            colour[c] = palette[BACK, c] * (1 + grain)
    if stained > 0:
        blot = texture[int(abs(x * 47 + y * 29 + 403)) & 511, int(abs(z * 61 + x * 23 + 211)) & 511]
        mix(colour, palette, STAIN, 1.0, stained * ramp(0.2, 1.1, blot) * (0.5 + 0.5 * ramp(0.1, -0.4, z)))


@njit(cache=True, fastmath=True)
def paint_muzzle(
    x: float, y: float, z: float, palette: Floats, coat: int, bulging: float, colour: Floats
) -> tuple[float, float, float]:
    """Thin fur, nose leather, nostrils, mouth and whisker pads. `bulging` 0..1: how far pads and cheeks stand out,
    and with it the crease between them."""
    thin = ramp(0.74, 1.0, x) * 0.38 + 0.22 * np.exp(-(((x - 0.80) / 0.12) ** 2)) * ramp(0.0, -0.12, z)
    if coat != WHITE:
        thin *= 0.3
    oval = np.sqrt((y / (0.085 + 0.25 * (z + 0.12))) ** 2 + ((z + 0.105) / 0.085) ** 2)
    leather = ramp(1.15, 0.75, oval) * ramp(0.88, 0.92, x)
    mix(colour, palette, BARE, 1.05, thin)
    mix(colour, palette, BARE, 0.95, leather)
    shelter = 1.0
    if x > 0.9:
        nostril = ((abs(y) - 0.06) / 0.022) ** 2 + ((z + 0.115 + 0.3 * (abs(y) - 0.06)) / 0.016) ** 2
        shelter *= 1 - 0.75 * np.exp(-nostril)
    if x > 0.8:
        shelter *= 1 - 0.5 * np.exp(-((y / 0.012) ** 2)) * ramp(-0.14, -0.17, z)
    if x > 0.72:
        lips = -0.235 + 0.04 * abs(y) / 0.1
        shelter *= 1 - 0.45 * np.exp(-(((z - lips) / 0.012) ** 2)) * ramp(0.72, 0.86, x)
    if x > 0.55 and x < 0.9 and abs(y) > 0.1:
        fx, fz = (x / 0.055) % 1 - 0.5, (z / 0.055) % 1 - 0.5
        follicle = np.exp(-(fx * fx + fz * fz) / 0.02)
        shelter *= 1 - 0.34 * follicle * ramp(0.02, -0.04, z) * ramp(-0.24, -0.2, z)
    behind_pad = np.exp(-(((x - 0.565 - 0.25 * (z + 0.1)) / 0.055) ** 2))
    shelter *= 1 - bulging * 0.30 * behind_pad * ramp(0.06, -0.06, z) * ramp(-0.36, -0.24, z)
    hollow = np.exp(-(((abs(y) - 0.17) / 0.05) ** 2) - ((x - 0.70) / 0.14) ** 2)
    shelter *= 1 - 0.22 * bulging * hollow * ramp(0.0, 0.1, z)
    return shelter, 0.25 * leather, 1 - leather


@njit(cache=True, fastmath=True)
def _lid_folds(u: float, us: float, v: float, closed: float) -> float:
    """Light left by the slit, which runs past the corners, and by the wrinkles above and below it."""
    slit = np.exp(-((v / 0.13) ** 2)) * ramp(2.0, 0.9, abs(u)) * closed
    upper, lower = v - 0.72 + 0.24 * us * us, -v - 0.60 + 0.16 * us * us
    wrinkles = np.exp(-((upper / 0.15) ** 2)) + 0.8 * np.exp(-((lower / 0.13) ** 2))
    wrinkles += 0.5 * np.exp(-(((upper - 0.52) / 0.17) ** 2)) + 0.4 * np.exp(-(((lower - 0.45) / 0.16) ** 2))
    wrinkles *= ramp(1.7, 0.5, abs(us)) * closed
    # The squeezed lid bulges between its folds and catches light there.
    swell = np.exp(-(((v - 0.36) / 0.17) ** 2)) * ramp(1.3, 0.4, abs(us)) * closed
    light: float = (1 - 0.55 * slit) * (1 - 0.34 * min(1.0, wrinkles)) * (1 + 0.10 * swell)
    return light


@njit(cache=True, fastmath=True)
def paint_eye(u: float, v: float, closed: float, palette: Floats, colour: Floats) -> tuple[float, float, float, float]:
    """Lids and eyeball. (u, v) are forward and up from the eye's middle in eye radii; `closed` is 0..1.

    Returns shelter, gloss, furry and how much of the point is eyeball (0..1).
    """
    opening = 1 - closed
    rr = u * u + v * v
    us = u / (1.10 + 0.14 * closed)
    arc = max(0.0, 1 - us * us)
    top = (0.90 * opening**1.15) * arc ** (0.5 + 0.35 * closed) + 0.03
    bottom = -(0.74 * opening**0.9) * arc ** (0.5 + 0.3 * closed) - 0.03
    middle = -0.10 * closed * (1 - us * us)
    inside = min(min(top + middle - v, v - bottom - middle), (1 - abs(us)) * 1.5)
    shelter = 1 - (0.16 + 0.16 * closed) * np.exp(-max(rr - 0.8, 0.0) / 1.2)
    if closed > 0.02 and rr < 6:
        shelter *= _lid_folds(u, us, v - middle, closed)
    rim = 0.30 * ramp(-0.75, -0.2, inside) + 0.70 * ramp(-0.28, 0.0, inside)
    mix(colour, palette, LID_RIM, 1.0, 0.8 * rim)
    ball = ramp(-0.04, 0.07, inside)
    if ball > 0:
        pupil = ramp(0.62, 0.40, np.sqrt(rr))
        lid_shadow = 1 - 0.5 * ramp(0.35, 0.0, top + middle - v)
        mix(colour, palette, IRIS, (1.15 - 0.75 * pupil) * lid_shadow, ball)
    return shelter, 1.6 * ball, (1 - 0.9 * rim) * (1 - ball), ball


@njit(cache=True, fastmath=True)
def eyeball_normal(u: float, v: float, side: float, axes: Floats, head: Floats, amount: float, normal: Floats) -> None:
    """Round the surface normal to a ball's where the eye is open. `axes` rows: outwards, forwards, upwards."""
    up = np.sqrt(max(0.05, 1 - 0.8 * (u * u + v * v)))
    e0 = axes[0, 0] * up + 0.8 * (axes[1, 0] * u + axes[2, 0] * v)
    e1 = (axes[0, 1] * up + 0.8 * (axes[1, 1] * u + axes[2, 1] * v)) * side
    e2 = axes[0, 2] * up + 0.8 * (axes[1, 2] * u + axes[2, 2] * v)
    for k in range(3):
        world = head[k, 0] * e0 + head[k, 1] * e1 + head[k, 2] * e2
        normal[k] = normal[k] * (1 - amount) + world * amount


@njit(cache=True, fastmath=True)
def paint_ear(
    radius: float, across: float, along: float, inner: bool, palette: Floats, texture: Floats32, colour: Floats
) -> None:
    """Bare inner side with a dark canal and veins; furred at the root and on the back."""
    for c in range(3):
        colour[c] = palette[BARE, c]
    if inner:
        shade = (0.62 + 0.38 * ramp(0.25, 0.95, radius)) * (1 - 0.35 * ramp(0.0, -0.9, along))
        shade *= 1 + 0.08 * texture[int(abs(across * 60 + 300)) & 511, int(abs(along * 90 + 300)) & 511]
        canal = 1 - 0.55 * np.exp(-(((across + 0.05) / 0.22) ** 2) - ((along + 0.42) / 0.20) ** 2)
        flush = 1 - 0.10 * (1 - radius)
        colour[0] *= shade * canal
        colour[1] *= shade * flush * canal**1.5
        colour[2] *= shade * flush * canal**1.5
        mix(colour, palette, BACK, 0.9, ramp(-0.55, -1.0, along))
    else:
        mix(colour, palette, BACK, 1.0, 0.35 + 0.6 * ramp(0.3, -0.8, along))
    rim = 1 + 0.12 * ramp(0.90, 1.0, radius)
    for c in range(3):
        colour[c] *= rim

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
BACK, BELLY, BARE, IRIS, LID_RIM = 0, 1, 2, 3, 4
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
def paint_coat(x: float, y: float, z: float, palette: Floats, coat: int, texture: Floats32, colour: Floats) -> None:
    """Base colour of the fur with its texture; agouti animals have a lighter belly."""
    i = int(abs(x * 150 + 997)) & 511
    j = int(abs((y * 0.8 + z) * 420 + 1997)) & 511
    for c in range(3):
        colour[c] = palette[BACK, c] * (1 + 0.05 * texture[j, i])
    if coat == AGOUTI:
        mix(colour, palette, BELLY, 1.0, ramp(-0.25, -0.5, z))


@njit(cache=True, fastmath=True)
def paint_muzzle(
    x: float, y: float, z: float, palette: Floats, coat: int, relaxed: float, colour: Floats
) -> tuple[float, float, float]:
    """Thin fur, nose leather, nostrils, mouth and whisker pads. `relaxed` is 1 - nose/cheek severity / 2."""
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
        shelter *= 1 - 0.22 * follicle * ramp(0.02, -0.04, z) * ramp(-0.24, -0.2, z)
    # The crease behind the whisker pad and the hollow beside the bridge vanish when the face flattens.
    behind_pad = np.exp(-(((x - 0.56 - 0.3 * (z + 0.1)) / 0.06) ** 2))
    shelter *= 1 - relaxed * 0.20 * behind_pad * ramp(0.05, -0.08, z) * ramp(-0.34, -0.22, z)
    hollow = np.exp(-(((abs(y) - 0.17) / 0.05) ** 2) - ((x - 0.70) / 0.14) ** 2)
    shelter *= 1 - 0.16 * relaxed * hollow * ramp(0.0, 0.1, z)
    return shelter, 0.25 * leather, 1 - leather


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
    # The slit of a closed lid runs past the corners; wrinkles lie above and below it.
    slit = np.exp(-(((v - middle) / 0.10) ** 2)) * ramp(1.9, 0.9, abs(u)) * closed
    wrinkle = np.exp(-(((abs(v - middle) - 0.62 + 0.18 * us * us) / 0.13) ** 2)) * ramp(1.6, 0.5, abs(us)) * closed
    shelter *= (1 - 0.5 * slit) * (1 - 0.20 * wrinkle)
    rim = 0.35 * ramp(-0.75, -0.2, inside) + 0.65 * ramp(-0.26, 0.0, inside)
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

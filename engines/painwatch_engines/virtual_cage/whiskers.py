"""Whiskers: where they grow, how pain stiffens and bunches them, and how they catch light."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit

from painwatch_engines.virtual_cage.arrays import Floats, Floats32
from painwatch_engines.virtual_cage.geometry import unit
from painwatch_engines.virtual_cage.strands import draw_line

WHISKER_ROWS, WHISKERS_PER_ROW, WHISKER_POINTS = 4, 5, 12


@dataclass(frozen=True, slots=True, eq=False)
class Whiskers:
    """Roots (N, 3) on the whisker pads in rest space and the N whiskers' own traits."""

    roots: Floats
    side: Floats
    row: Floats
    column: Floats
    length: Floats
    jitter: Floats


def plant_whiskers(rng: np.random.Generator, skin: Floats) -> Whiskers:
    """WHISKER_ROWS x WHISKERS_PER_ROW whiskers on each side."""
    roots, traits = [], []
    for side in (-1.0, 1.0):
        flank = skin[np.sign(skin[:, 1]) == side]
        for row in range(WHISKER_ROWS):
            for column in range(WHISKERS_PER_ROW):
                spot = np.array([0.84 - 0.06 * column + 0.01 * row, side * 0.24, -0.05 - 0.055 * row])
                roots.append(flank[np.argmin(((flank - spot) ** 2 * (1, 0.3, 1)).sum(axis=1))])
                traits.append((side, row, column))
    side_of, row_of, column_of = np.array(traits, dtype=np.float64).T
    return Whiskers(
        np.array(roots),
        side_of,
        row_of,
        column_of,
        rng.uniform(0.75, 1.15, len(roots)),
        rng.standard_normal((len(roots), 3)) * 0.06,
    )


def whisker_curves(whiskers: Whiskers, roots: Floats, severity: float) -> Floats:
    """(N, WHISKER_POINTS, 3) in rest space, from `roots` (N, 3). Relaxed ones fan out, sweep back and droop; pain
    (severity 0..2) makes them stiff, bunches them and stands them forward."""
    k = severity / 2
    t = np.linspace(0, 1, WHISKER_POINTS)[None, :, None]
    length = (whiskers.length * (0.36 + 0.13 * whiskers.column))[:, None, None]
    fan = 1 - 0.80 * k
    direction = np.stack(
        [
            -0.50 - 0.14 * whiskers.column * fan + 0.92 * k,
            whiskers.side * (1 - 0.12 * k),
            (0.26 - 0.24 * whiskers.row) * fan + 0.16 * k,
        ],
        axis=1,
    )
    direction = unit(direction + whiskers.jitter * (1 - 0.6 * k))[:, None]
    curl = np.array([-0.42 * (1 - k), 0.0, -0.44 * (1 - k) - 0.02])
    return np.asarray(roots[:, None] + direction * length * t + curl * length * t**2)


@njit(cache=True, fastmath=True)
def draw_whiskers(
    start: Floats, end: Floats, opacity: Floats, colour: Floats, depth: Floats32, image: Floats32
) -> None:
    """Draw whisker pieces, each with its own opacity. A whisker is glassy: bright before what is darker than it
    (`colour`), and darker than what is as bright as itself, such as the white coat behind it."""
    h, w = depth.shape
    bright = colour[0] + colour[1] + colour[2]
    for i in range(start.shape[0]):
        if start[i, 2] < 0.2 or end[i, 2] < 0.2:
            continue
        x, y = int(0.5 * (start[i, 0] + end[i, 0]) + 0.5), int(0.5 * (start[i, 1] + end[i, 1]) + 0.5)
        if x < 0 or y < 0 or x >= w or y >= h:
            continue
        behind = image[y, x, 0] + image[y, x, 1] + image[y, x, 2]
        tone = 0.45 * behind / bright if behind > 0.62 * bright else 1.0
        draw_line(
            image, depth, start[i], end[i], opacity[i], 0.0, colour[0] * tone, colour[1] * tone, colour[2] * tone, 0.03
        )

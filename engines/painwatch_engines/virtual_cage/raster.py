"""Which triangle is in front at each pixel: a plain z-buffer."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from painwatch_engines.virtual_cage.arrays import Floats, Floats32, Ints32

FAR = 1e6
"""Depth of a pixel no triangle covers."""


class DepthBuffer(NamedTuple):
    """depth (H, W) in units, FAR where empty; triangle (H, W), -1 where empty; weights (H, W, 2) of the
    triangle's second and third vertex."""

    depth: Floats32
    triangle: Ints32
    weights: Floats32


@njit(cache=True, fastmath=True)
def fill(
    screen: Floats, triangles: Ints32, one_sided: Ints32, depth: Floats32, front: Ints32, weights: Floats32
) -> None:
    """Draw triangles with screen vertices (N, 3: x, y, depth); those with one_sided 1 only from outside."""
    h, w = depth.shape
    for t in range(triangles.shape[0]):
        a, b, c = triangles[t, 0], triangles[t, 1], triangles[t, 2]
        if screen[a, 2] < 0.2 or screen[b, 2] < 0.2 or screen[c, 2] < 0.2:
            continue
        x0, y0, x1, y1 = screen[a, 0], screen[a, 1], screen[b, 0], screen[b, 1]
        x2, y2 = screen[c, 0], screen[c, 1]
        area = (x1 - x0) * (y2 - y0) - (x2 - x0) * (y1 - y0)
        if abs(area) < 1e-9 or (area > 0 and one_sided[t] == 1):
            continue
        left = max(0, int(np.ceil(min(x0, x1, x2))))
        right = min(w - 1, int(np.floor(max(x0, x1, x2))))
        upper = max(0, int(np.ceil(min(y0, y1, y2))))
        lower = min(h - 1, int(np.floor(max(y0, y1, y2))))
        if left > right or upper > lower:
            continue
        d1x, d2x = (y2 - y0) / area, (y0 - y1) / area
        d1y, d2y = (x0 - x2) / area, (x1 - x0) / area
        z0 = screen[a, 2]
        z1, z2 = screen[b, 2] - z0, screen[c, 2] - z0
        for y in range(upper, lower + 1):
            l1 = (left - x0) * d1x + (y - y0) * d1y
            l2 = (left - x0) * d2x + (y - y0) * d2y
            for x in range(left, right + 1):
                if l1 >= -1e-6 and l2 >= -1e-6 and l1 + l2 <= 1.000001:
                    z = z0 + l1 * z1 + l2 * z2
                    if z < depth[y, x]:
                        depth[y, x] = z
                        front[y, x] = t
                        weights[y, x, 0] = l1
                        weights[y, x, 1] = l2
                l1 += d1x
                l2 += d2x


def rasterise(screen: Floats, triangles: Ints32, one_sided: Ints32, height_px: int, width_px: int) -> DepthBuffer:
    """The z-buffer of a mesh already projected to the screen."""
    depth = np.full((height_px, width_px), FAR, np.float32)
    front = np.full((height_px, width_px), -1, np.int32)
    weights = np.zeros((height_px, width_px, 2), np.float32)
    fill(screen, triangles, one_sided, depth, front, weights)
    return DepthBuffer(depth, front, weights)

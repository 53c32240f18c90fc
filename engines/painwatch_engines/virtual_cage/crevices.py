"""Soft shadow where one surface lies behind its surroundings."""

from __future__ import annotations

import cv2
import numpy as np

from painwatch_engines.virtual_cage.arrays import Floats32
from painwatch_engines.virtual_cage.raster import FAR


def crevice_darkening(depth: Floats32, px_per_unit: float) -> Floats32:
    """(H, W) 0.45..1: darker where a surface lies behind its surroundings (depth-unsharp ambient occlusion)."""
    step = max(2, int(px_per_unit / 30))
    coarse = depth[::step, ::step]
    solid = (coarse < 0.1 * FAR).astype(np.float32)
    filled = np.where(solid > 0, coarse, 0).astype(np.float32)
    reach = max(3, int(px_per_unit * 0.45 / step) | 1)

    def spread(field: Floats32) -> Floats32:
        return np.asarray(cv2.blur(cv2.blur(field, (reach, reach)), (reach, reach)))

    around = spread(filled) / (spread(solid) + 1e-4)
    sunk = np.clip(filled - around - 0.015, 0, 0.25)
    open_sky = np.where(solid > 0, np.clip(1 - 2.2 * sunk, 0.45, 1), 1).astype(np.float32)
    return np.asarray(cv2.resize(open_sky, depth.shape[::-1], interpolation=cv2.INTER_LINEAR))

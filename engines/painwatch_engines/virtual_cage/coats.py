"""Colours of the animal, linear RGB 0..1, and the texture of its coat."""

from __future__ import annotations

import cv2
import numpy as np

from painwatch_engines.anatomy import Coat
from painwatch_engines.virtual_cage.arrays import Floats, Floats32

BACK, BELLY, BARE, IRIS, LID_RIM = range(5)
"""Rows of a palette."""

PALETTES: dict[Coat, Floats] = {
    "white": np.array(
        [(0.86, 0.815, 0.725), (0.80, 0.77, 0.72), (0.80, 0.42, 0.36), (0.20, 0.022, 0.035), (0.50, 0.25, 0.235)]
    ),
    "black": np.array(
        [(0.030, 0.028, 0.030), (0.05, 0.045, 0.045), (0.19, 0.14, 0.135), (0.006, 0.005, 0.006), (0.018, 0.016, 0.016)]
    ),
    "agouti": np.array(
        [(0.13, 0.095, 0.06), (0.34, 0.30, 0.25), (0.36, 0.22, 0.19), (0.007, 0.005, 0.005), (0.035, 0.025, 0.02)]
    ),
}

WHISKER_COLOURS: dict[Coat, Floats] = {
    "white": np.array((0.85, 0.83, 0.80)),
    "black": np.array((0.22, 0.21, 0.21)),
    "agouti": np.array((0.30, 0.28, 0.25)),
}

COAT_CODES: dict[Coat, int] = {"white": 0, "black": 1, "agouti": 2}
"""Coats as the shading kernels know them."""


def coat_texture() -> Floats32:
    """(512, 512) streaks along the hair over soft patches, standard deviation about 0.8, the same for all."""
    rng = np.random.default_rng(7)
    border = cv2.BORDER_REFLECT
    streaks = cv2.GaussianBlur(
        rng.standard_normal((512, 512)).astype(np.float32), (0, 0), sigmaX=7, sigmaY=0.8, borderType=border
    )
    patches = cv2.GaussianBlur(rng.standard_normal((512, 512)).astype(np.float32), (0, 0), 16, borderType=border)
    return np.asarray(streaks / streaks.std() * 0.6 + patches / patches.std() * 0.5, dtype=np.float32)

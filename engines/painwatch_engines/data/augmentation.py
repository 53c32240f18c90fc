"""Disturbances of training pictures that keep their labels true."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from painwatch_engines.anatomy import MIRRORED


def mirror_keypoints(keypoints: NDArray[np.float32], width_px: int) -> NDArray[np.float32]:
    """Keypoints (5, 2) of the mirrored image: the animal's left becomes its right."""
    mirrored = keypoints[list(MIRRORED)].copy()
    mirrored[:, 0] = width_px - 1 - mirrored[:, 0]
    return mirrored


def disturb_pixels(image: NDArray[np.uint8], rng: np.random.Generator, grey_share: float = 0.3) -> NDArray[np.uint8]:
    """Another camera's picture of the same thing: grey, brightness, contrast, gamma, blur, noise, something small in
    front of it. (H, W, 3) uint8 in and out."""
    values: NDArray[Any] = image
    if rng.random() < grey_share:
        values = cv2.cvtColor(cv2.cvtColor(values, cv2.COLOR_BGR2GRAY), cv2.COLOR_GRAY2BGR)
    steps = np.arange(256, dtype=np.float32) / 255
    curve = steps ** np.exp(rng.normal(0, 0.3))
    curve = (curve - 0.5) * np.exp(rng.normal(0, 0.2)) + 0.5 + rng.normal(0, 0.08)
    values = cv2.LUT(values, np.clip(curve * 255, 0, 255).astype(np.uint8))
    if rng.random() < 0.25:
        values = cv2.GaussianBlur(values, (0, 0), rng.uniform(0.4, 1.3))
    if rng.random() < 0.5:
        noise = rng.standard_normal(values.shape, np.float32) * np.float32(rng.uniform(1, 8))
        values = np.clip(values + noise, 0, 255).astype(np.uint8)
    return np.asarray(values, np.uint8)

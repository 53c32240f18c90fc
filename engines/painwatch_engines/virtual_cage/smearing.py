"""Motion during the exposure: the head smears, the cage does not."""

from __future__ import annotations

import cv2
import numpy as np

from painwatch_engines.virtual_cage.arrays import Bools, Floats32

LEAST_SMEAR_PX = 0.7
"""A shorter way is lost in the lens's own blur."""

LONGEST_SMEAR_PX = 40.0

REACH = 1.3
"""Distance from the head, in units, at which the body moves half as fast."""


def _path_kernel(way_px: tuple[float, float]) -> Floats32:
    """Even weight along a straight way through the kernel's middle."""
    length = float(np.hypot(*way_px))
    scale = min(1.0, LONGEST_SMEAR_PX / length)
    half = int(np.ceil(0.5 * length * scale)) + 1
    kernel = np.zeros((2 * half + 1, 2 * half + 1), np.float32)
    for t in np.linspace(-0.5, 0.5, 4 * half + 1):
        x, y = half + t * scale * way_px[0], half + t * scale * way_px[1]
        i, j = int(np.floor(x)), int(np.floor(y))
        fx, fy = x - i, y - j
        for dj, di, weight in (
            (0, 0, (1 - fx) * (1 - fy)),
            (0, 1, fx * (1 - fy)),
            (1, 0, (1 - fx) * fy),
            (1, 1, fx * fy),
        ):
            if 0 <= j + dj < len(kernel) and 0 <= i + di < len(kernel):
                kernel[j + dj, i + di] += weight
    return np.asarray(kernel / kernel.sum())


def smear(
    image: Floats32,
    empty: Floats32,
    hidden: Bools,
    way_px: tuple[float, float],
    head_px: tuple[float, float],
    px_per_unit: float,
) -> None:
    """Smear what differs between `image` and `empty` (both (H, W, 3)), that is the animal, along `way_px` (x, y),
    most round the head at `head_px`. What is `hidden` (H, W) stands still in front. In place."""
    h, w = image.shape[:2]
    reach = int(2.2 * REACH * px_per_unit) + int(LONGEST_SMEAR_PX)
    x0, x1 = max(0, int(head_px[0]) - reach), min(w, int(head_px[0]) + reach)
    y0, y1 = max(0, int(head_px[1]) - reach), min(h, int(head_px[1]) + reach)
    if x0 >= x1 or y0 >= y1:
        return
    part = np.s_[y0:y1, x0:x1]
    still = hidden[part][..., None]
    # Wherever anything was drawn, hairs and whiskers included.
    drawn = (np.abs(image[part] - empty[part]).max(axis=2, keepdims=True) > 1e-4) & ~still
    animal = np.concatenate([image[part] * drawn, drawn], axis=2, dtype=np.float32)
    moved = np.asarray(cv2.filter2D(animal, -1, _path_kernel(way_px), borderType=cv2.BORDER_REPLICATE))
    moving = moved[..., :3] + (1 - moved[..., 3:]) * empty[part]
    rows, columns = np.ogrid[y0:y1, x0:x1]
    away = ((columns - head_px[0]) ** 2 + (rows - head_px[1]) ** 2) / (REACH * px_per_unit) ** 2
    fast = np.exp(-0.7 * away).astype(np.float32)[..., None]
    image[part] = np.where(still, image[part], image[part] + fast * (moving - image[part]))

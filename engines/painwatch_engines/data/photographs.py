"""Photographs of things that are no rodent, for backgrounds: rendered cages are emptier and smoother than real ones.

They are those that come inside scikit-image's package (public domain, CC0 or BSD), so nothing is fetched.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

NAMES = (
    "astronaut",
    "brick",
    "camera",
    "cell",
    "chelsea",
    "clock",
    "coffee",
    "coins",
    "grass",
    "gravel",
    "hubble_deep_field",
    "immunohistochemistry",
    "moon",
    "page",
    "rocket",
    "text",
)
"""Of skimage.data. `chelsea` is a cat: a furry face that is not a rodent's."""


@dataclass(frozen=True, slots=True, eq=False)
class Photographs:
    """images: each (H, W, 3) uint8 BGR."""

    images: tuple[NDArray[np.uint8], ...]

    def patch(self, rng: np.random.Generator, width_px: int, height_px: int) -> NDArray[np.uint8]:
        """A random piece of one of them, (height_px, width_px, 3): turned, mirrored, of any scale, often grey."""
        image = self.images[int(rng.integers(len(self.images)))]
        height, width = image.shape[:2]
        # From a tenth of the photograph enlarged, to all of it repeated by reflection.
        seen = np.exp(rng.uniform(np.log(0.1), np.log(1.5))) * min(height, width)
        scale = max(width_px, height_px) / seen
        turn: NDArray[Any] = cv2.getRotationMatrix2D((width / 2, height / 2), rng.uniform(0, 360), scale)
        aim = rng.uniform(0.1, 0.9, 2) * (width, height)
        turn[:, 2] += np.array([width_px / 2, height_px / 2]) - turn[:, :2] @ aim - turn[:, 2]
        source: NDArray[Any] = image if scale > 0.7 else cv2.GaussianBlur(image, (0, 0), 0.4 / scale)
        piece: NDArray[Any] = cv2.warpAffine(source, turn, (width_px, height_px), borderMode=cv2.BORDER_REFLECT_101)
        if rng.random() < 0.5:
            piece = cv2.cvtColor(cv2.cvtColor(piece, cv2.COLOR_BGR2GRAY), cv2.COLOR_GRAY2BGR)
        gain, shift = rng.uniform(0.3, 1.2), rng.uniform(-40, 60)
        return np.clip(piece * gain + shift, 0, 255).astype(np.uint8)


def load_photographs() -> Photographs:
    """All of them; needs scikit-image, which comes with the extra `train`."""
    from skimage import data

    return Photographs(tuple(_bgr(np.asarray(getattr(data, name)())) for name in NAMES))


def _bgr(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    code = cv2.COLOR_GRAY2BGR if image.ndim == 2 else cv2.COLOR_RGB2BGR
    return np.asarray(cv2.cvtColor(image, code), np.uint8)

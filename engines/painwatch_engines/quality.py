"""Whether a face picture is good enough to be scored: pure measures and the gate on them.

A refused picture gets the status low_quality and no score; it is never scored as "no pain".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

MEASURED_AT_PX = 96
"""Every face is brought to this side first, so that the measures do not depend on the size of the crop."""

_DETAIL_SIGMA_PX = 1.0


@dataclass(frozen=True, slots=True)
class Quality:
    """Measures of one face picture.

    Attributes:
        sharpness: part of the picture's contrast (standard deviation of grey) that is carried by detail
            finer than about 1/30 of its side, 0..1. Contrast-normalised: dimming a picture or flattening
            it leaves it alone.
        brightness: mean grey, 0 (black) to 1 (white).
        clipped_fraction: part of the pixels with no room left below (grey <= 2) or above (>= 253), 0..1.
    """

    sharpness: float
    brightness: float
    clipped_fraction: float


@dataclass(frozen=True, slots=True)
class Gate:
    """Thresholds under or over which a face is refused.

    Chosen on 800 rendered faces of white rats (crops of 70 to 260 px brought to 224 px, by day and
    infrared, a share of them with the renderer's sensor blur): a least sharpness of 0.04 passes 98 % of
    them as they are and refuses 95 % of them after a Gaussian blur of 4 px, and all after one of 6 px.
    Their brightness lies within 0.31 to 0.80 and less than 1 % of their pixels are clipped; the other
    thresholds leave room for black coats and for real lenses, on which none of this has been tried.
    """

    least_sharpness: float = 0.04
    least_brightness: float = 0.06
    most_brightness: float = 0.92
    most_clipped: float = 0.60

    def refuse(self, quality: Quality) -> str | None:
        """The reason to refuse a face with these measures, or None."""
        if quality.brightness < self.least_brightness:
            return f"too dark: brightness {quality.brightness:.2f}, least {self.least_brightness:.2f}"
        if quality.brightness > self.most_brightness:
            return f"too bright: brightness {quality.brightness:.2f}, most {self.most_brightness:.2f}"
        if quality.clipped_fraction > self.most_clipped:
            lost = "too bright" if quality.brightness > 0.5 else "too dark"
            return f"{lost}: {quality.clipped_fraction:.0%} of pixels clipped, most {self.most_clipped:.0%}"
        if quality.sharpness < self.least_sharpness:
            return f"blur: sharpness {quality.sharpness:.3f}, least {self.least_sharpness:.3f}"
        return None


def measure_quality(face: NDArray[np.uint8]) -> Quality:
    """Measure a (H, W, 3) BGR or (H, W) grey uint8 face picture.

    Sharpness is std(grey - gaussian(grey)) / std(grey) at MEASURED_AT_PX, 0 for a picture of one colour.
    """
    grey: NDArray[Any] = face if face.ndim == 2 else cv2.cvtColor(face, cv2.COLOR_BGR2GRAY)
    shrinks = min(grey.shape) > MEASURED_AT_PX
    interpolation = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    small = cv2.resize(grey, (MEASURED_AT_PX, MEASURED_AT_PX), interpolation=interpolation).astype(np.float32)
    detail = small - cv2.GaussianBlur(small, (0, 0), _DETAIL_SIGMA_PX)
    contrast = float(small.std())
    return Quality(
        sharpness=float(detail.std()) / contrast if contrast > 0 else 0.0,
        brightness=float(small.mean()) / 255,
        clipped_fraction=np.count_nonzero((grey <= 2) | (grey >= 253)) / grey.size,
    )

"""Disturbances of training pictures that keep their labels true."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from painwatch_engines.anatomy import MIRRORED
from painwatch_engines.data.photographs import Photographs


def mirror_keypoints(keypoints: NDArray[np.float32], width_px: int) -> NDArray[np.float32]:
    """Keypoints (5, 2) of the mirrored image: the animal's left becomes its right."""
    mirrored = keypoints[list(MIRRORED)].copy()
    mirrored[:, 0] = width_px - 1 - mirrored[:, 0]
    return mirrored


def add_clutter(
    image: NDArray[np.uint8],
    rng: np.random.Generator,
    keep_clear: NDArray[np.float32] | None = None,
    photographs: Photographs | None = None,
) -> NDArray[np.uint8]:
    """Draw things that are no animal: bars, boxes and discs, bright and dark, plain, striped, or with the surface of
    a photograph.

    Args:
        image: (H, W, 3) uint8.
        rng: source of the shapes.
        keep_clear: (n, 2) points that stay visible, with room around them as large as their spread; NaN is
            ignored.
        photographs: where surfaces come from; without them all are plain or striped.
    """
    height, width = image.shape[:2]
    drawn = image.copy()
    for _ in range(int(rng.integers(1, 9))):
        box = (
            (rng.uniform(0, width), rng.uniform(0, height)),
            (rng.uniform(0.05, 0.6) * width, rng.uniform(0.02, 0.3) * height),
            rng.uniform(0, 180),
        )
        if photographs is not None and rng.random() < 0.4:
            _cover(drawn, box, photographs, rng)
        else:
            _paint(drawn, box, rng)
    known = None if keep_clear is None else keep_clear[np.isfinite(keep_clear).all(axis=1)]
    if known is not None and len(known):
        room = max(12.0, float(np.ptp(known, axis=0).max()))
        left, top = np.clip(known.min(axis=0) - room, 0, (width, height)).astype(int)
        right, bottom = np.clip(known.max(axis=0) + room, 0, (width, height)).astype(int)
        drawn[top:bottom, left:right] = image[top:bottom, left:right]
    return drawn


def disturb_pixels(image: NDArray[np.uint8], rng: np.random.Generator, grey_share: float = 0.3) -> NDArray[np.uint8]:
    """Another camera's picture of the same thing: grey, gamma, contrast, brightness, blur, noise. (H, W, 3) uint8."""
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


Box = tuple[tuple[float, float], tuple[float, float], float]
"""Middle, sides and turn in degrees, as OpenCV takes a turned rectangle."""


def _paint(drawn: NDArray[np.uint8], box: Box, rng: np.random.Generator) -> None:
    shade = float(rng.choice([rng.uniform(0, 60), rng.uniform(60, 200), rng.uniform(200, 255)]))
    colour = tuple((shade + rng.normal(0, 12, 3) * (rng.random() < 0.4)).tolist())
    if rng.random() < 0.4:
        cv2.ellipse(drawn, box, colour, -1 if rng.random() < 0.7 else int(rng.integers(1, 8)), cv2.LINE_AA)
        return
    corners = cv2.boxPoints(box)
    cv2.fillPoly(drawn, [corners.astype(np.int32)], colour, cv2.LINE_AA)
    if rng.random() < 0.3:
        for step in np.linspace(0, 1, int(rng.integers(3, 9))):
            a, b = (corners[i] + step * (corners[j] - corners[i]) for i, j in ((0, 1), (3, 2)))
            start, end = (tuple(int(value) for value in point) for point in (a, b))
            cv2.line(drawn, start, end, (255.0 - shade,) * 3, int(rng.integers(1, 4)), cv2.LINE_AA)


def _cover(drawn: NDArray[np.uint8], box: Box, photographs: Photographs, rng: np.random.Generator) -> None:
    height, width = drawn.shape[:2]
    mask = np.zeros((height, width), np.uint8)
    if rng.random() < 0.4:
        cv2.ellipse(mask, box, (1,), -1)
    else:
        cv2.fillPoly(mask, [cv2.boxPoints(box).astype(np.int32)], (1,))
    drawn[mask > 0] = photographs.patch(rng, width, height)[mask > 0]

"""From light to the bytes a camera delivers: exposure, infrared, vignette, blur, noise, JPEG."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numba import njit

from painwatch_engines.virtual_cage.arrays import Floats, Floats32, Image
from painwatch_engines.virtual_cage.light import Light

NOISE_MARGIN = 64
TONE_STEPS, TONE_RANGE = 4096, 8.0


@dataclass(frozen=True, slots=True)
class Sensor:
    """exposure: gain; noise: standard deviation of a pixel, of full scale; blur_px: sigma of the lens and
    motion blur; jpeg_quality: 0 (no compression) or 1..100; vignette: loss of light at the left and right edge."""

    exposure: float = 1.0
    noise: float = 0.012
    blur_px: float = 0.0
    jpeg_quality: int = 0
    vignette: float = 0.15


def soften(field: Floats32, sigma_px: float) -> Floats32:
    """Blur (H, W) or (H, W, C) by a Gaussian; a wide one is done on a reduced picture, which looks the same."""
    if sigma_px < 0.2:
        return field
    step = int(sigma_px / 2)
    if step < 2:
        return np.asarray(cv2.GaussianBlur(field, (0, 0), sigma_px), dtype=np.float32)
    h, w = field.shape[:2]
    small = cv2.resize(field, (max(1, w // step), max(1, h // step)), interpolation=cv2.INTER_AREA)
    blurred = cv2.GaussianBlur(small, (0, 0), sigma_px / step)
    return np.asarray(cv2.resize(blurred, (w, h), interpolation=cv2.INTER_LINEAR), dtype=np.float32)


def tone_curve() -> Floats32:
    """(4096,) film-like response to linear light 0..8, output 0..1 for display."""
    light = np.arange(TONE_STEPS) * (TONE_RANGE / TONE_STEPS)
    return np.asarray(np.sqrt(np.clip(1.08 * (1 - np.exp(-1.15 * light)), 0, 1)), dtype=np.float32)


def noise_field(height_px: int, width_px: int) -> Floats32:
    """Unit-variance noise, slightly blurred as demosaicing does, larger than the picture by NOISE_MARGIN each
    way so that every frame can use another part of it."""
    rng = np.random.default_rng((height_px, width_px))
    raw = rng.standard_normal((height_px + NOISE_MARGIN, width_px + NOISE_MARGIN)).astype(np.float32)
    soft = cv2.GaussianBlur(raw, (0, 0), 0.55)
    return np.asarray(soft / soft.std(), dtype=np.float32)


@njit(cache=True, fastmath=True)
def _develop(image: Floats32, gain: Floats, vignette: float, infrared: bool, curve: Floats32, steps: float) -> None:
    last = curve.shape[0] - 1
    h, w = image.shape[0], image.shape[1]
    for y in range(h):
        for x in range(w):
            fx, fy = (x - w / 2) / w * 2, (y - h / 2) / w * 2
            edge = 1 - vignette * (fx * fx + fy * fy)
            if infrared:
                grey = 0.6 * image[y, x, 0] + 0.3 * image[y, x, 1] + 0.1 * image[y, x, 2]
                for c in range(3):
                    image[y, x, c] = grey
            for c in range(3):
                image[y, x, c] = curve[min(last, max(0, int(image[y, x, c] * edge * gain[c] * steps)))]


@njit(cache=True, fastmath=True)
def _quantise(image: Floats32, noise: Floats32, oy: int, ox: int, amount: float, out: Image) -> None:
    """RGB 0..1 to BGR bytes."""
    for y in range(out.shape[0]):
        for x in range(out.shape[1]):
            n = amount * noise[y + oy, x + ox]
            for c in range(3):
                out[y, x, 2 - c] = np.uint8(min(1.0, max(0.0, image[y, x, c] + n)) * 255 + 0.5)


def expose(linear: Floats32, light: Light, sensor: Sensor, noise: Floats32, rng: np.random.Generator) -> Image:
    """The picture (H, W, 3) BGR of linear RGB light, which is overwritten. `noise` is a `noise_field`."""
    # An infrared lamp has no warmth.
    warmth = 0.0 if light.infrared else light.warmth
    green = 0.0 if light.infrared else light.green
    gain = sensor.exposure * np.array([1 + warmth, 1.0 + green, 1 - warmth])
    _develop(linear, gain, sensor.vignette, light.infrared, tone_curve(), TONE_STEPS / TONE_RANGE)
    if sensor.blur_px > 0:
        linear = soften(linear, sensor.blur_px)
    oy, ox = (int(v) for v in rng.integers(0, NOISE_MARGIN, 2))
    out = np.empty(linear.shape, np.uint8)
    _quantise(linear, noise, oy, ox, sensor.noise, out)
    if sensor.jpeg_quality:
        _, packed = cv2.imencode(".jpg", out, [cv2.IMWRITE_JPEG_QUALITY, sensor.jpeg_quality])
        out = np.ascontiguousarray(cv2.imdecode(packed, cv2.IMREAD_COLOR), dtype=np.uint8)
    return out

"""The measures of a face picture and the gate on them."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from painwatch_engines.quality import Gate, Quality, measure_quality


def fur(size: int = 224) -> NDArray[np.uint8]:
    """A textured picture with detail at all scales, mid grey."""
    rng = np.random.default_rng(3)
    layers = [
        cv2.resize(rng.normal(0, 25, (cells, cells)), (size, size), interpolation=cv2.INTER_CUBIC)
        for cells in (7, 14, 28, 56, 112)
    ]
    grey = np.clip(128 + np.sum(layers, axis=0), 5, 250).astype(np.uint8)
    return np.repeat(grey[..., None], 3, axis=2)


def test_an_ordinary_face_passes() -> None:
    assert Gate().refuse(measure_quality(fur())) is None


def test_blur_is_refused_and_sharpness_falls_with_it() -> None:
    sharpness = [
        measure_quality(cv2.GaussianBlur(fur(), (0, 0), sigma).astype(np.uint8)).sharpness for sigma in (1, 2, 4, 8)
    ]
    assert sharpness == sorted(sharpness, reverse=True)
    refused = Gate().refuse(Quality(sharpness[-1], 0.5, 0.0))
    assert refused is not None
    assert refused.startswith("blur")


def test_sharpness_does_not_depend_on_contrast_or_size() -> None:
    face = fur(448)
    faint = (face * 0.4 + 60).astype(np.uint8)
    smaller = cv2.resize(face, (224, 224), interpolation=cv2.INTER_AREA).astype(np.uint8)
    reference = measure_quality(face).sharpness
    assert measure_quality(faint).sharpness == pytest.approx(reference, rel=0.1)
    assert measure_quality(smaller).sharpness == pytest.approx(reference, rel=0.1)


@pytest.mark.parametrize(
    ("quality", "reason"),
    [
        (Quality(0.5, 0.01, 0.0), "too dark"),
        (Quality(0.5, 0.99, 0.0), "too bright"),
        (Quality(0.5, 0.80, 0.9), "too bright"),
        (Quality(0.5, 0.10, 0.9), "too dark"),
        (Quality(0.01, 0.50, 0.0), "blur"),
    ],
)
def test_the_gate_names_its_reason(quality: Quality, reason: str) -> None:
    assert str(Gate().refuse(quality)).startswith(reason)


def test_pixels_without_room_left_are_counted() -> None:
    grey = np.full((10, 10), 128, np.uint8)
    grey[0, :5] = 0, 2, 3, 252, 253
    assert measure_quality(grey).clipped_fraction == 0.03


def test_a_picture_of_one_colour_has_no_sharpness() -> None:
    quality = measure_quality(np.zeros((50, 40, 3), np.uint8))
    assert quality == Quality(sharpness=0.0, brightness=0.0, clipped_fraction=1.0)
    assert Gate().refuse(quality) is not None


def test_grey_pictures_are_measured_too() -> None:
    assert measure_quality(fur()[..., 0]).brightness == pytest.approx(measure_quality(fur()).brightness, abs=0.01)

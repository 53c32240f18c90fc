"""Disturbances that keep labels true."""

from __future__ import annotations

import numpy as np

from painwatch_engines.anatomy import KEYPOINTS
from painwatch_engines.data.augmentation import add_clutter, disturb_pixels, mirror_keypoints


def test_the_mirrored_animal_has_its_left_on_the_other_side() -> None:
    keypoints = np.array([[10, 1], [20, 2], [30, 3], [40, 4], [50, 5]], np.float32)
    mirrored = mirror_keypoints(keypoints, 100)
    assert mirrored[KEYPOINTS.index("left_eye")].tolist() == [99 - 30, 3]
    assert mirrored[KEYPOINTS.index("right_ear")].tolist() == [99 - 40, 4]
    assert np.array_equal(mirror_keypoints(mirrored, 100), keypoints)


def test_pixels_stay_a_picture() -> None:
    picture = np.random.default_rng(0).integers(0, 256, (20, 30, 3)).astype(np.uint8)
    rng = np.random.default_rng(1)
    for _ in range(30):
        disturbed = disturb_pixels(picture, rng)
        assert disturbed.shape == picture.shape
        assert disturbed.dtype == np.uint8
    grey = disturb_pixels(picture, np.random.default_rng(2), grey_share=1.0)
    assert abs(grey.astype(float).mean(axis=(0, 1)).std()) < 3


def test_clutter_stays_off_the_animal() -> None:
    picture = np.full((90, 160, 3), 100, np.uint8)
    face = np.array([[80, 40], [90, 50], [np.nan, np.nan]], np.float32)
    rng = np.random.default_rng(0)
    for _ in range(10):
        cluttered = add_clutter(picture, rng, face)
        assert (cluttered[28:62, 68:102] == 100).all()
        assert (cluttered != 100).any()
    everywhere = [add_clutter(picture, rng)[28:62, 68:102] for _ in range(10)]
    assert any((patch != 100).any() for patch in everywhere)


class Teal:
    """A photograph of one colour that no painted thing has."""

    def patch(self, rng: np.random.Generator, width_px: int, height_px: int) -> np.ndarray:
        return np.full((height_px, width_px, 3), (151, 202, 13), np.uint8)


def test_photographs_cover_but_not_the_animal() -> None:
    picture = np.full((90, 160, 3), 100, np.uint8)
    face = np.array([[80, 40], [90, 50]], np.float32)
    covered = [add_clutter(picture, np.random.default_rng(seed), face, Teal()) for seed in range(12)]
    assert all((image[28:62, 68:102] == 100).all() for image in covered)
    assert sum((image == (151, 202, 13)).all(axis=-1).any() for image in covered) > 6

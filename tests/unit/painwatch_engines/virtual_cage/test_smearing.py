from __future__ import annotations

import numpy as np
import pytest

from painwatch_engines.virtual_cage.smearing import smear

H, W = 60, 80


def scene() -> tuple[np.ndarray, np.ndarray]:
    """A bright square head on a chequered floor, and the floor without it."""
    empty = np.indices((H, W)).sum(axis=0) % 2 * np.float32(0.2)
    empty = np.repeat(empty[..., None], 3, axis=2).astype(np.float32)
    image = empty.copy()
    image[24:36, 34:46] = 1.0
    return image, empty


def test_a_head_smears_along_its_way_only() -> None:
    image, empty = scene()
    smear(image, empty, np.zeros((H, W), bool), (10.0, 0.0), (40.0, 30.0), 40.0)
    assert 0.3 < image[30, 32].mean() < 0.9  # before its left edge
    assert image[21:23, 40].max() <= 0.21  # nothing above it
    assert image[30, 40] == pytest.approx(1.0, abs=1e-3)  # its middle stays covered


def test_the_floor_stands_still() -> None:
    image, empty = scene()
    smear(image, empty, np.zeros((H, W), bool), (6.0, 3.0), (40.0, 30.0), 40.0)
    away = np.ones((H, W), bool)
    away[18:42, 28:52] = False
    assert np.allclose(image[away], empty[away], atol=1e-5)


def test_what_stands_in_front_stays_sharp() -> None:
    image, empty = scene()
    image[:, 44] = 0.5
    bar = np.zeros((H, W), bool)
    bar[:, 44] = True
    smear(image, empty, bar, (8.0, 0.0), (40.0, 30.0), 40.0)
    assert (image[:, 44] == 0.5).all()


@pytest.mark.parametrize("head", [(-500.0, 30.0), (40.0, 9000.0)])
def test_a_head_out_of_the_picture_smears_nothing(head: tuple[float, float]) -> None:
    image, empty = scene()
    before = image.copy()
    smear(image, empty, np.zeros((H, W), bool), (6.0, 3.0), head, 40.0)
    assert np.array_equal(image, before)

"""Local binary patterns against scikit-image."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from skimage.feature import local_binary_pattern

from painwatch_engines.models.lbp import LbpHistograms, grey, lbp_codes, uniform_bins
from painwatch_engines.models.pixels import normalise
from painwatch_engines.models.settings import LbpSettings


def pictures() -> NDArray[np.uint8]:
    """Noise; an even picture; few grey values, where much is decided by rounding; and a smooth one, as faces are."""
    rng = np.random.default_rng(2)
    noise = rng.integers(0, 256, (224, 224)).astype(np.uint8)
    even = np.full_like(noise, 77)
    few = rng.integers(100, 104, noise.shape).astype(np.uint8)
    return np.stack([noise, even, few, cv2.GaussianBlur(noise, (0, 0), 4)])


@pytest.mark.parametrize("radius", [1, 3])
def test_codes_are_those_of_scikit_image(radius: int) -> None:
    codes = lbp_codes(torch.from_numpy(pictures()).double(), 8, radius).numpy()
    expected = np.stack([local_binary_pattern(picture, 8, radius) for picture in pictures()])
    assert np.array_equal(codes, expected)


@pytest.mark.parametrize("points", [4, 8])
def test_uniform_bins_are_those_of_scikit_image(points: int) -> None:
    codes = lbp_codes(torch.from_numpy(pictures()).double(), points, 1).numpy()
    expected = np.stack([local_binary_pattern(picture, points, 1, "nri_uniform") for picture in pictures()])
    assert np.array_equal(uniform_bins(points)[codes], expected)


def test_eight_neighbours_have_59_uniform_bins() -> None:
    bins = uniform_bins(8)
    assert sorted(set(bins.tolist())) == list(range(59))
    assert (bins == 58).sum() == 256 - 58


def test_grey_is_that_of_the_picture_before_it_was_normalised() -> None:
    faces = np.random.default_rng(1).integers(0, 256, (2, 30, 30, 3)).astype(np.uint8)
    expected = np.stack([cv2.cvtColor(face, cv2.COLOR_BGR2GRAY) for face in faces]).astype(float)
    found = grey(normalise(torch.from_numpy(faces))).numpy()
    # OpenCV rounds in whole numbers: off by one where the exact value lies halfway.
    assert np.abs(found - expected).max() <= 1
    assert (found == expected).mean() > 0.99


@pytest.mark.parametrize(("codes", "bins"), [("uniform", 59), ("all", 256)])
def test_each_cell_has_its_own_histogram(codes: str, bins: int) -> None:
    settings = LbpSettings.model_validate({"radius": 1, "points": 8, "grid": 4, "codes": codes})
    faces = torch.from_numpy(np.random.default_rng(3).integers(0, 256, (2, 42, 42, 3)).astype(np.uint8))
    normal = normalise(faces)
    found = LbpHistograms(settings)(normal).numpy().reshape(2, 4, 4, bins)
    assert found.sum(axis=-1) == pytest.approx(1, abs=1e-5)
    picture = grey(normal)[1].numpy().astype(np.uint8)
    kind = "nri_uniform" if codes == "uniform" else "default"
    # Rows 11 to 20 and columns 32 to 41 are the second cell down and the last across.
    cell = local_binary_pattern(picture, 8, 1, kind)[11:21, 32:42].astype(int)
    assert found[1, 1, 3] == pytest.approx(np.bincount(cell.ravel(), minlength=bins) / cell.size, abs=1e-6)

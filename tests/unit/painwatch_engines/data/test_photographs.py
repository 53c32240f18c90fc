"""Photographs for backgrounds."""

from __future__ import annotations

import numpy as np

from painwatch_engines.data.photographs import NAMES, Photographs, load_photographs


def test_all_come_with_the_package_as_colour_pictures() -> None:
    images = load_photographs().images
    assert len(images) == len(NAMES)
    for image in images:
        assert image.ndim == 3
        assert image.shape[2] == 3
        assert image.dtype == np.uint8


def test_a_patch_has_the_size_asked_for_repeats_from_its_seed_and_is_filled() -> None:
    photographs = Photographs((np.full((50, 80, 3), 200, np.uint8),))
    for seed in range(20):
        patch = photographs.patch(np.random.default_rng(seed), 64, 32)
        assert patch.shape == (32, 64, 3)
        assert len(np.unique(patch)) == 1, "no corner stays empty, however the piece is turned"
        assert np.array_equal(patch, photographs.patch(np.random.default_rng(seed), 64, 32))

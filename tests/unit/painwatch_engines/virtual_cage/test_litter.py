from __future__ import annotations

import numpy as np

from painwatch_engines.virtual_cage.cage import Furnishing, see_empty_cage
from painwatch_engines.virtual_cage.camera import Camera
from painwatch_engines.virtual_cage.litter import strew

CAMERA = Camera((6.0, 0.0, 4.0), (0.0, 0.0, 0.0), 60.0, 96, 64)


def test_a_plain_cage_stays_as_it_is(furnishing: Furnishing) -> None:
    empty = see_empty_cage(CAMERA, furnishing)
    assert np.array_equal(strew(np.random.default_rng(0), CAMERA, empty, 0.0).colour, empty.colour)


def test_cages_are_lived_in_each_in_its_own_way(furnishing: Furnishing) -> None:
    empty = see_empty_cage(CAMERA, furnishing)
    before = empty.colour.copy()
    lived_in = [strew(np.random.default_rng(seed), CAMERA, empty, 1.0).colour for seed in range(12)]
    assert np.array_equal(empty.colour, before)
    assert all(colour.min() >= 0 and colour.max() <= 1 for colour in lived_in)
    assert len({colour.tobytes() for colour in lived_in}) >= 9
    again = strew(np.random.default_rng(3), CAMERA, empty, 1.0).colour
    assert np.array_equal(again, lived_in[3])

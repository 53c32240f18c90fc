from __future__ import annotations

import numpy as np

from painwatch_engines.anatomy import Coat
from painwatch_engines.virtual_cage.animal import Identity
from painwatch_engines.virtual_cage.coats import BACK, IRIS, coat_look, in_near_infrared


def backs(coat: Coat) -> np.ndarray:
    return np.array([coat_look(Identity("rat", coat, seed)).palette[BACK] for seed in range(60)])


def test_an_individual_keeps_its_colours() -> None:
    one, again = (coat_look(Identity("mouse", "agouti", 7)) for _ in range(2))
    assert np.array_equal(one.palette, again.palette)
    assert not np.array_equal(one.palette, coat_look(Identity("mouse", "agouti", 8)).palette)


def test_coats_vary_and_stay_apart() -> None:
    white, black, agouti = (backs(coat) for coat in ("white", "black", "agouti"))
    assert white.min() > 2 * agouti.max()
    assert agouti.mean() > 2 * black.mean()
    assert white.max() <= 0.9  # no coat reflects everything
    assert (white[:, 0] >= white[:, 2]).mean() > 0.9  # white is warm rather than blue
    assert black.std() / black.mean() > 0.1


def test_an_infrared_lamp_brightens_dark_fur_less_than_it_leaves_white_bright() -> None:
    for coat in ("white", "black", "agouti"):
        look = coat_look(Identity("mouse", coat, 5))
        night = in_near_infrared(look, coat)
        assert (night.palette[BACK] >= look.palette[BACK] - 0.1).all()
        assert night.palette[IRIS].max() < night.palette[BACK].mean()
    dark = in_near_infrared(coat_look(Identity("mouse", "black", 5)), "black").palette[BACK].mean()
    bright = in_near_infrared(coat_look(Identity("mouse", "white", 5)), "white").palette[BACK].mean()
    assert dark < 0.25 * bright

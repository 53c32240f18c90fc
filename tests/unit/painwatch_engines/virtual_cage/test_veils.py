from __future__ import annotations

import numpy as np

from painwatch_engines.virtual_cage.veils import Veil, draw_a_veil, draw_veil


def test_without_strength_there_is_no_veil() -> None:
    assert all(draw_a_veil(np.random.default_rng(i), 20, 30, 1.0, 0.0) is None for i in range(30))


def test_the_same_generator_gives_the_same_veil() -> None:
    kinds = set()
    for seed in range(40):
        one, other = (draw_a_veil(np.random.default_rng(seed), 48, 64, 1.0, 1.0) for _ in range(2))
        assert (one is None) == (other is None)
        if one is not None and other is not None:
            assert np.array_equal(one.glow, other.glow)
            assert one.cover.min() >= 0
            assert one.cover.max() <= 1
            assert one.light.min() > 0
            assert np.isfinite(one.glow).all()
            kinds.add((bool(one.cover.any()), bool(one.glow.any()), bool((one.light != 1).any())))
    assert len(kinds) >= 4


def test_a_veil_hides_what_it_covers() -> None:
    light, cover = np.full((4, 4), 0.5, np.float32), np.zeros((4, 4), np.float32)
    cover[0] = 1.0
    glow = np.zeros((4, 4, 3), np.float32)
    glow[0] = 0.3
    image, depth = np.ones((4, 4, 3), np.float32), np.full((4, 4), 5.0, np.float32)
    draw_veil(Veil(light, cover, glow), image, depth)
    assert np.allclose(image[0], 0.3)
    assert np.allclose(image[1:], 0.5)
    assert (depth[0] == 0).all()
    assert (depth[1:] == 5).all()

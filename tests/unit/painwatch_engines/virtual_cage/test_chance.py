from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from painwatch_engines.virtual_cage.chance import Chance


@given(st.integers(0, 2**31), st.floats(0, 99.99), st.floats(1, 30))
def test_waves_stay_in_range_and_join_at_the_end(seed: int, t_s: float, period_s: float) -> None:
    chance = Chance(seed, 100.0)
    assert -1 <= chance.wave(1, t_s, period_s) <= 1
    assert chance.wave(1, 100.0 - 1e-9, period_s) == pytest.approx(chance.wave(1, 0.0, period_s), abs=1e-6)


def test_draws_are_spread_evenly() -> None:
    chance = Chance(1, 100.0)
    draws = [chance.draw(channel, index) for channel in range(20) for index in range(100)]
    assert np.mean(draws) == pytest.approx(0.5, abs=0.03)
    assert np.std(draws) == pytest.approx(12**-0.5, abs=0.02)
    assert len(set(draws)) == len(draws)


def test_seeds_differ() -> None:
    assert Chance(1, 100.0).draw(0, 0) != Chance(2, 100.0).draw(0, 0)


def test_windows_fill_the_duration() -> None:
    chance = Chance(0, 100.0)
    assert chance.window(0.0, 9.0) == (0, 0.0, 11)
    index, into_s, count = chance.window(99.999, 9.0)
    assert (index, count) == (10, 11)
    assert into_s == pytest.approx(100 / 11, abs=0.01)

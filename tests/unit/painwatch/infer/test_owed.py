"""The share of the last minute's looks that there was no time for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from painwatch.infer.owed import WINDOW_S, Owed


def test_nothing_owed_is_nothing_overrun() -> None:
    assert Owed().overrun(5) == 0.0


def test_one_look_in_four_is_an_overrun_of_three_quarters_for_a_minute() -> None:
    owed = Owed()
    owed.count(10, done=1, lost=3)
    assert owed.overrun(10) == pytest.approx(0.75)
    assert owed.overrun(10 + WINDOW_S - 1) == pytest.approx(0.75)
    assert owed.overrun(10 + WINDOW_S) == 0.0


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 2), st.integers(0, 5)), min_size=1, max_size=300))
def test_it_is_what_counting_by_hand_gives(steps: list[tuple[int, int, int]]) -> None:
    owed, second, counted = Owed(), 0, []
    for gap, done, lost in steps:
        second += gap
        owed.count(second, done=done, lost=lost)
        counted.append((second, done, lost))
    recent = [each for each in counted if each[0] > second - WINDOW_S]
    whole = sum(done + lost for _, done, lost in recent)
    assert owed.overrun(second) == (sum(lost for _, _, lost in recent) / whole if whole else 0.0)

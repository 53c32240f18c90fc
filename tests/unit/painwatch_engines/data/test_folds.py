from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from painwatch_engines.data.folds import draw_animals, hold_out, leave_one_animal_out, spelled_twice
from painwatch_engines.errors import DataError

COUNTS = {
    "Rat1": (56, 165),
    "Rat2": (102, 108),
    "Rat3": (148, 50),
    "Rat4": (138, 92),
    "Rat5": (63, 119),
    "Rat6": (34, 63),
}
"""No pain and pain (moderate + severe) of each rat: RatsPain, Liu et al. 2025."""

many_animals = st.lists(st.sampled_from("abcdef"), min_size=2, max_size=60).filter(lambda names: len(set(names)) > 1)


def test_training_counts_of_the_folds_are_the_published_ones() -> None:
    animals = np.repeat(list(COUNTS), [sum(pair) for pair in COUNTS.values()])
    pain = np.concatenate([np.repeat([False, True], pair) for pair in COUNTS.values()])
    counts = [
        (int((~pain[fold.training]).sum()), int(pain[fold.training].sum())) for fold in leave_one_animal_out(animals)
    ]
    assert counts == [(485, 432), (439, 489), (393, 547), (403, 505), (478, 478), (507, 534)]


@given(many_animals)
def test_no_animal_is_on_both_sides_and_every_face_is_left_out_once(names: list[str]) -> None:
    animals = np.array(names)
    left_out = []
    for fold in leave_one_animal_out(animals):
        assert not set(animals[fold.training]) & set(animals[fold.left_out])
        assert sorted([*fold.training, *fold.left_out]) == list(range(len(animals)))
        left_out += fold.left_out.tolist()
    assert sorted(left_out) == list(range(len(animals)))


@given(many_animals, st.floats(0, 1), st.integers(0, 99))
def test_drawn_animals_leave_something_on_either_side(names: list[str], share: float, seed: int) -> None:
    animals = np.array(names)
    drawn = draw_animals(animals, share, np.random.default_rng(seed))
    fold = hold_out(animals, drawn)
    assert len(fold.training)
    assert len(fold.left_out)
    assert set(animals[fold.left_out]) == set(drawn)


def test_what_cannot_be_split_is_told() -> None:
    with pytest.raises(DataError, match="at least two"):
        list(leave_one_animal_out(np.array(["a", "a"])))
    with pytest.raises(DataError, match="no animal c"):
        hold_out(np.array(["a", "b"]), ["c"])
    with pytest.raises(DataError, match="every animal"):
        hold_out(np.array(["a", "b"]), ["a", "b"])


def test_names_that_are_one_animal_to_a_person_are_found() -> None:
    assert spelled_twice(["Rat_1", "Rat_2", "rat 1", "Rat_1", "RAT-1"]) == {"rat 1": "Rat_1", "RAT-1": "Rat_1"}
    assert spelled_twice(["1-12", "11-2", "112", "Rat1", "Rat 1"]) == {}

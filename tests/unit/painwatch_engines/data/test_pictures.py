"""Sets of pictures and how they are kept."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from painwatch_engines.data.kept import kept_frames
from painwatch_engines.data.pictures import TEST, TRAINING, VALIDATION, FrameSet, load_frames, save_set
from painwatch_engines.virtual_cage.animal import FIRST_TEST_IDENTITY


def some_frames() -> FrameSet:
    known = np.ones((1, 5), np.bool_)
    keypoints = np.zeros((1, 5, 2), np.float32)
    return FrameSet(np.zeros((1, 4, 6, 3), np.uint8), keypoints, known, known, np.array([1]))


def test_a_set_comes_back_from_its_file(tmp_path: Path) -> None:
    save_set(some_frames(), tmp_path / "frames.npz")
    again = load_frames(tmp_path / "frames.npz")
    assert len(again) == 1
    assert again.identities.tolist() == [1]
    assert np.array_equal(again.images, some_frames().images)


def test_a_kept_set_is_made_once(tmp_path: Path) -> None:
    made = []

    def make() -> FrameSet:
        made.append(1)
        return some_frames()

    for _ in range(2):
        assert len(kept_frames(tmp_path / "new", "frames", make)) == 1
    assert len(made) == 1
    assert len(kept_frames(None, "frames", make)) == 1
    assert len(made) == 2


def test_no_animal_is_in_two_sets_and_test_animals_are_the_reserved_ones() -> None:
    assert TRAINING.last < VALIDATION.first <= VALIDATION.last < TEST.first
    assert TEST.first >= FIRST_TEST_IDENTITY > VALIDATION.last

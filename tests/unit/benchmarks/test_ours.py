"""That the watch's own search is called as the watch calls it, and that what is found is judged rightly."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from benchmarks.clips import clips
from benchmarks.ours import Watching, full_search, poses_as_watched


def test_looks_one_after_the_other_find_what_the_full_search_finds(tmp_path: Path) -> None:
    (clip,) = clips(tmp_path, 1, seconds=1, fps=5)
    watched, whole = poses_as_watched(Watching(1, 5.0)), full_search()

    for image in clip.images():
        found, expected = watched(image, 0), whole(image, 0)
        assert found.shape == expected.shape == (5, 3)
        seen = (expected[:, 2] >= 0.9) & (found[:, 2] >= 0.9)
        assert seen.any()
        assert np.median(np.hypot(*(found[seen, :2] - expected[seen, :2]).T)) < 4


def test_errors_are_held_to_the_truth_and_to_the_full_search() -> None:
    from benchmarks.keypoints import _judged

    truth = np.array([[[300.0, 180.0], [290, 170], [310, 170], [280, 160], [320, 160]]])
    full = np.column_stack([truth[0], np.full(5, 0.99)])
    moved = full + np.array([3.0, 4.0, 0.0])
    blind = full * np.array([1.0, 1.0, 0.0])
    visible = np.ones((1, 5), bool)

    found = _judged({(0, 0): moved}, {(0, 0): full}, [(truth, visible)])
    lost = _judged({(0, 0): blind}, {(0, 0): full}, [(truth, visible)])

    assert found["error px, median / 95 %"] == "5.0 / 5.0"
    assert found["from full search px, median / 95 %"] == "5.00 / 5.0"
    assert (found["faces"], found["agrees on a face"]) == ("1 of 1", "100.0%")
    assert (lost["faces"], lost["agrees on a face"]) == ("0 of 1", "0.0%")


def test_differences_of_answers_are_counted() -> None:
    from benchmarks.classifier import _differences
    from benchmarks.clips import Faces

    faces = Faces(np.zeros((4, 1, 1, 3), np.uint8), np.array([True, False, True, False]), np.arange(4))
    told = _differences(np.array([0.9, 0.1, 0.51, 0.2]), np.array([0.9, 0.1, 0.49, 0.2]), faces)

    assert told["flips"] == "1 (25.00%)"
    assert told["right"] == "75.0%"
    assert float(told["|dp| most"]) == pytest.approx(0.02)

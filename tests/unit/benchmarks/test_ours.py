"""That the watch's own search is called as the watch calls it, and that what is found is judged rightly."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks.clips import clips
from benchmarks.ours import AsWatched, Watching, full_search
from benchmarks.watch import Told
from painwatch.core.types import CameraShare, FusedPoint, Status


class Counted:
    """A network, and how many pixels each frame had that it was asked of."""

    def __init__(self, network: Any) -> None:
        self._network = network
        self.engine, self.most_batched = network.engine, network.most_batched
        self.pixels: list[int] = []

    def poses(self, frames: np.ndarray) -> Any:
        self.pixels.append(frames[0].size // 3)
        return self._network.poses(frames)


def test_looks_one_after_the_other_find_what_the_full_search_finds(tmp_path: Path) -> None:
    (clip,) = clips(tmp_path, 1, seconds=1, fps=5)
    watched, whole = AsWatched(Watching(1, 5.0), repeats=False), full_search()

    for image in clip.images():
        found, expected = watched(image, 0), whole(image, 0)
        assert found.shape == expected.shape == (5, 3)
        seen = (expected[:, 2] >= 0.9) & (found[:, 2] >= 0.9)
        assert seen.any()
        assert np.median(np.hypot(*(found[seen, :2] - expected[seen, :2]).T)) < 4


def test_what_is_searched_is_less_than_a_frame_and_what_did_not_change_is_not_searched(tmp_path: Path) -> None:
    (clip,) = clips(tmp_path, 1, seconds=1, fps=5)
    image = clip.images()[0]
    searched, watched = (AsWatched(Watching(2, 5.0), repeats=repeats) for repeats in (False, True))
    network = Counted(searched._tools.network)
    searched._tools = replace(searched._tools, network=network)

    for _ in range(3):
        assert np.allclose(searched(image, 0), watched(image, 0), atol=4)
    watched(image, 1)

    assert network.pixels[0] > 2 * max(network.pixels[1:])
    assert (len(network.pixels), searched.repeated, watched.repeated) == (3, 0, 2)


def test_a_repeated_answer_is_no_scored_face_and_has_no_latency() -> None:
    told = Told()
    seen = (CameraShare("left", Status.OK, 0.2), CameraShare("right", Status.OK, 0.4, repeated=True))
    again = (CameraShare("left", Status.OK, 0.2, repeated=True), CameraShare("right", Status.NO_FACE, repeated=True))
    for shares in (seen, again):
        told.take(FusedPoint("cage", 1, Status.OK, shares, 0.3, False))
    told.take(FusedPoint("cage", 1, Status.NO_FRAME, (CameraShare("left", Status.NO_FRAME),)))

    assert told.looks == {"left": 2, "right": 2}
    assert told.scored == {"left": 1}
    assert told.repeated == {"left": 1, "right": 2}
    assert len(told.latencies) == 1


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

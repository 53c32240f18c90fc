"""What counts as the same answer."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fixtures.small_networks import faces, small_classifier, small_keypoints
from painwatch_engines.artefacts import load_model_folder
from painwatch_engines.compile.parity import Limits, compare_poses, compare_probabilities, compare_units, parity
from painwatch_engines.compile.pictures import squares
from painwatch_engines.errors import EngineError
from painwatch_engines.runtime.onnxruntime_session import open_cpu
from painwatch_engines.squares import OUTSIDE, SQUARES_PX

LIMITS = Limits()


def test_differences_and_flips_are_counted() -> None:
    expected = np.array([0.1, 0.49, 0.8, 0.9])
    found = compare_probabilities(expected, np.array([0.1, 0.51, 0.8, 0.88]), LIMITS)
    assert found.figures["max |dp|"] == pytest.approx(0.02)
    assert found.figures["flips"] == 0.25
    assert found.beyond == ("flips 0.25 > 0.01",)


def test_a_few_large_differences_are_beyond_the_limit_though_none_flips() -> None:
    expected = np.full(100, 0.9)
    got = expected.copy()
    got[:3] = 0.6
    found = compare_probabilities(expected, got, LIMITS)
    assert [each.split()[0] for each in found.beyond] == ["p99"]
    assert not compare_probabilities(expected, got, Limits(p99=0.31)).beyond


def test_what_is_no_number_is_beyond_every_limit() -> None:
    found = compare_probabilities(np.array([0.9, 0.9]), np.array([0.9, np.nan]), LIMITS)
    assert any(each.startswith("p99") for each in found.beyond)


def poses(likelihood: float, x: float = 10.0) -> np.ndarray:
    return np.tile([x, 20.0, likelihood], (50, 5, 1))


def test_points_that_the_model_does_not_see_may_be_anywhere() -> None:
    expected, got = poses(0.95), poses(0.95)
    expected[:, 4, 2], got[:, 4, 2] = 0.2, 0.2
    got[:, 4, 0] = 300.0
    assert not compare_poses(expected, got, LIMITS).beyond


def test_points_that_it_sees_may_not() -> None:
    found = compare_poses(poses(0.95), poses(0.95, x=12.0), LIMITS)
    assert found.figures["max px"] == pytest.approx(2.0)
    assert found.beyond == ("p99 px 2 > 1",)


def test_points_seen_by_one_only_are_flips() -> None:
    assert "flips 1 > 0.01" in compare_poses(poses(0.91), poses(0.89), LIMITS).beyond


def test_where_nothing_is_seen_nothing_can_be_said() -> None:
    with pytest.raises(EngineError, match="sees no keypoint"):
        compare_poses(poses(0.5), poses(0.5), LIMITS)


SURE = np.array([[0.1, 0.6, 0.3, 0.0], [0.1, 0.1, 0.2, 0.6]])
"""Of one face: a unit of severity 1.2, and one that cannot be scored."""


def units(*faces: np.ndarray) -> np.ndarray:
    return np.stack([*faces, *[SURE] * (4 - len(faces))])


def test_units_that_both_score_alike_are_the_same_answer() -> None:
    found = compare_units(units(), units(SURE + 0.001), LIMITS)
    assert not found.beyond
    assert found.figures["p99 |ds|"] < 0.01


def test_another_severity_is_beyond_its_own_limit() -> None:
    found = compare_units(units(), np.tile(SURE[:, [2, 1, 0, 3]], (4, 1, 1)), LIMITS)
    assert found.figures["p99 |ds|"] == pytest.approx(0.4)
    assert found.beyond == ("p99 |ds| 0.4 > 0.1",)
    assert not compare_units(units(), units(SURE[:, [2, 1, 0, 3]]), Limits(severity_p99=0.41)).beyond


def test_a_face_that_only_one_can_score_and_a_unit_that_only_one_scores_are_flips() -> None:
    found = compare_units(units(), units(SURE[[1, 1]], SURE[[0, 0]]), LIMITS)
    assert found.figures["unit flips"] == 0.25
    assert found.figures["unscorable flips"] == 0.25
    assert found.beyond == ("unit flips 0.25 > 0.01", "unscorable flips 0.25 > 0.01")


def test_where_they_score_nothing_in_common_the_flips_say_so() -> None:
    found = compare_units(units(), np.tile(SURE[[1, 0]], (4, 1, 1)), LIMITS)
    assert found.beyond == ("unit flips 1 > 0.01",)


def test_where_no_unit_can_be_scored_nothing_can_be_said() -> None:
    with pytest.raises(EngineError, match="can score no action unit"):
        compare_units(units()[:, [1]], units()[:, [1]], LIMITS)


class Telling:
    """An engine whose units are these, of every face."""

    engine = "stand-in"

    def __init__(self, units: np.ndarray) -> None:
        self._units = units

    def run(self, inputs: Mapping[str, Any]) -> dict[str, Any]:
        return {"probabilities": np.full((1, 2), 0.5), "units": self._units[None]}


def test_the_units_of_a_card_are_compared_beside_its_probability(tmp_path: Path) -> None:
    card = load_model_folder(small_classifier(tmp_path / "model")).card
    same, other = Telling(SURE), Telling(SURE[[1, 1]])
    assert not parity(same, other, list(faces(4)), card, LIMITS).beyond
    card = card.model_copy(update={"units": ("orbital", "ear")})
    assert parity(same, other, list(faces(4)), card, LIMITS).beyond == (
        "unit flips 0.5 > 0.01",
        "unscorable flips 1 > 0.01",
    )


class Answering:
    """An engine that gives as many classes as it is told to."""

    engine = "stand-in"

    def __init__(self, classes: int) -> None:
        self._classes = classes

    def run(self, inputs: Mapping[str, Any]) -> dict[str, Any]:
        return {"probabilities": np.full((1, self._classes), 0.5)}


def test_answers_of_another_shape_are_not_compared(tmp_path: Path) -> None:
    card = load_model_folder(small_classifier(tmp_path / "model")).card
    with pytest.raises(EngineError, match=r"probabilities as \(4, 3\) where the model gives \(4, 2\)"):
        parity(Answering(2), Answering(3), list(faces(4)), card, LIMITS)


def test_a_keypoint_form_is_asked_for_all_that_the_watch_asks_for(tmp_path: Path) -> None:
    """A form that fails on squares alone would be admitted on whole frames, and fall in the first watched cage."""
    folder = load_model_folder(small_keypoints(tmp_path / "model"))
    frames = [np.full((180, 320, 3), value, np.uint8) for value in range(0, 250, 25)]
    asked: list[tuple[int, ...]] = []

    class Asked:
        engine, most_batched = "asked", 1

        def run(self, inputs: Mapping[str, Any]) -> dict[str, np.ndarray]:
            asked.append(inputs["frames"].shape[1:3])
            return open_cpu(folder.model).run(dict(inputs))

    found = parity(open_cpu(folder.model), Asked(), frames, folder.card, LIMITS)

    assert not found.beyond
    assert set(asked) == {(180, 320), (90, 160), *((side, side) for side in SQUARES_PX)}


def test_no_part_is_drowned_in_the_others(tmp_path: Path) -> None:
    """One of 40 whole frames is answered wrongly: too many of whole frames, whatever squares and halves say."""
    folder = load_model_folder(small_keypoints(tmp_path / "model"))
    frames = [np.full((180, 320, 3), 6 * value, np.uint8) for value in range(40)]
    model = open_cpu(folder.model)

    class Wrong:
        engine, most_batched = "wrong", 1

        def run(self, inputs: Mapping[str, Any]) -> dict[str, np.ndarray]:
            poses = model.run(dict(inputs))["poses"]
            whole = inputs["frames"].shape[1:3] == (180, 320)
            return {"poses": poses + (30 if whole and inputs["frames"].max() == 6 else 0) * np.array([1, 0, 0])}

    found = parity(model, Wrong(), frames, folder.card, LIMITS)

    assert any(each.startswith("p99 px") for each in found.beyond)


def test_squares_lie_around_what_is_seen_as_the_watch_cuts_them() -> None:
    frames = np.zeros((5, 180, 320, 3), np.uint8)
    frames[:, 150:170, 290:310] = 255
    poses = np.tile([300.0, 160.0, 0.95], (5, 5, 1))

    parts = squares(list(frames), poses, 0.9)

    assert [part.shape for part in parts] == [(side, side, 3) for side in SQUARES_PX]
    assert all((part == 255).any() for part in parts)
    assert any((part[-1] == OUTSIDE).all() for part in parts), "the frame ends within some of them"
    assert squares([frames[0, :90, :90]], poses[:1], 0.9) == ()

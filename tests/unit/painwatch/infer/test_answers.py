"""What a classifier answers, checked: units, novelty, maps, and what is no answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from painwatch.core.types import Frame, Prediction, Status, UnitScore
from painwatch.infer.answers import NoveltyLimit
from painwatch.infer.batches import look_many
from painwatch.infer.pipeline import Settings, Tools, look
from painwatch_engines.face import FaceMultiple
from painwatch_engines.quality import Gate

FACING = np.array([[300, 220, 0.99], [340, 160, 0.98], [260, 160, 0.97], [380, 120, 0.99], [220, 120, 0.4]])
LIMIT = NoveltyLimit(1.25, 800)
UNITS = np.array([[[0.1, 0.6, 0.3, 0.0], [0.1, 0.1, 0.2, 0.6]]], np.float32)


class FixedPose:
    engine = "onnxruntime-cpu"
    most_batched = 1

    def poses(self, frames: np.ndarray) -> np.ndarray:
        return np.stack([FACING] * len(frames))


class Told:
    """A classifier that gives these outputs beside its probability."""

    engine = "onnxruntime-cpu"
    most_batched = 1

    def __init__(self, **outputs: Any) -> None:
        self.outputs = {name: np.asarray(value, np.float32) for name, value in outputs.items()}

    def run(self, inputs: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        return {"probabilities": np.array([[0.2, 0.8]], np.float32), **self.outputs}


def run(classifier: Told, units: tuple[str, ...] = (), limit: NoveltyLimit | None = None) -> Prediction:
    image = np.random.default_rng(0).integers(60, 200, (360, 640, 3)).astype(np.uint8)
    tools = Tools(FixedPose(), 640, classifier, 224, "m 1 (abcd)", units, limit)
    settings = Settings(FaceMultiple(1.6), 0.9, Gate())
    looking = look(Frame("cam", 7, 1_000, 2_000, image), cage="cage", out_of_domain="", tools=tools, settings=settings)
    ((_, prediction),) = look_many([looking], tools)
    return prediction


def test_a_face_unlike_the_training_faces_is_out_of_domain_and_has_no_score() -> None:
    prediction = run(Told(novelty=[1.3], attention=np.full((1, 7, 7), 1 / 49)), limit=LIMIT)
    assert (prediction.status, prediction.pain_probability) == (Status.OUT_OF_DOMAIN, None)
    assert prediction.novelty == pytest.approx(1.3)
    assert prediction.detail == ("this face is unlike the 800 faces the model was trained on: novelty 1.3, limit 1.25")
    assert (prediction.attention, prediction.looked_at) == ((), ())
    assert prediction.crop is not None


def test_up_to_the_limit_a_face_is_scored_and_its_novelty_told() -> None:
    prediction = run(Told(novelty=[1.25]), limit=LIMIT)
    assert (prediction.status, prediction.novelty) == (Status.OK, 1.25)


@pytest.mark.parametrize("outputs", [{}, {"novelty": [float("nan")]}])
def test_a_model_that_cannot_say_how_new_a_face_is_must_not_score_it_unchecked(outputs: dict[str, Any]) -> None:
    prediction = run(Told(**outputs), limit=LIMIT)
    assert (prediction.status, prediction.pain_probability) == (Status.ENGINE_ERROR, None)
    assert "novelty" in prediction.detail


def test_without_a_limit_nothing_is_refused() -> None:
    assert run(Told(novelty=[99.0])).status is Status.OK
    assert run(Told()).novelty is None


def test_units_are_told_by_expected_severity_or_as_not_to_be_scored() -> None:
    prediction = run(Told(units=UNITS), units=("orbital", "ear"))
    assert prediction.status is Status.OK
    assert prediction.units == (UnitScore("orbital", 1.2), UnitScore("ear", None))


def test_a_face_of_which_no_unit_can_be_scored_has_no_score() -> None:
    prediction = run(Told(units=UNITS[:, [1, 1]]), units=("orbital", "ear"))
    assert (prediction.status, prediction.pain_probability, prediction.units) == (Status.LOW_QUALITY, None, ())
    assert prediction.detail == "no action unit of this face can be scored"


@pytest.mark.parametrize(
    "outputs",
    [{}, {"units": UNITS[:, :1]}, {"units": UNITS * np.nan}, {"units": UNITS - 0.5}, {"units": UNITS * 0}],
)
def test_units_that_are_none_are_an_engine_error(outputs: dict[str, Any]) -> None:
    prediction = run(Told(**outputs), units=("orbital", "ear"))
    assert (prediction.status, prediction.units) == (Status.ENGINE_ERROR, ())
    assert "action units" in prediction.detail


def test_the_map_is_told_by_regions_of_the_face() -> None:
    attention = np.zeros((1, 7, 7))
    # The crop of 1.6 x the widest pair of points, 128 px from nose to ear, is centred between the eyes (300, 160):
    # the nose lies at 0.5 across and 0.79 down, in the middle column and the sixth row.
    attention[0, 5, 3] = 1
    shares = {share.region: share.share for share in run(Told(attention=attention)).looked_at}
    assert list(shares) == ["eyes", "ears", "nose_cheek", "whiskers", "elsewhere"]
    assert shares["whiskers"] > 0.9
    assert sum(shares.values()) == pytest.approx(1, abs=1e-3)


def test_a_map_is_told_to_five_decimals_as_they_are_rounded_by_hand() -> None:
    attention = np.random.default_rng(5).random((40, 40), np.float32)
    # Halves of the last decimal, which go to the even one.
    attention[0, :3] = 1 / 64, 3 / 64, 5 / 64
    told = run(Told(attention=attention[None])).attention
    assert told == tuple(tuple(round(float(weight), 5) for weight in row) for row in attention)


def test_a_model_without_a_map_is_scored_all_the_same() -> None:
    prediction = run(Told())
    assert prediction.status is Status.OK
    assert (prediction.attention, prediction.looked_at) == ((), ())


def test_a_map_with_weights_below_nothing_is_no_map() -> None:
    assert run(Told(attention=np.full((1, 7, 7), -0.1))).status is Status.ENGINE_ERROR

"""One frame to one prediction, with every way it can end."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from painwatch.core.types import Frame, Prediction, Status
from painwatch.infer.batches import look_many
from painwatch.infer.memory import Memory
from painwatch.infer.pipeline import Settings, Tools, look
from painwatch_engines.errors import EngineError
from painwatch_engines.face import FaceMultiple
from painwatch_engines.quality import Gate

FACING = np.array([[300, 220, 0.99], [340, 160, 0.98], [260, 160, 0.97], [380, 120, 0.99], [220, 120, 0.4]])


class FixedPose:
    engine = "onnxruntime-cpu"
    most_batched = 1

    def __init__(self, pose: np.ndarray) -> None:
        self.pose = pose

    def poses(self, frames: np.ndarray) -> np.ndarray:
        return np.stack([self.pose] * len(frames))


class FixedScore:
    engine = "onnxruntime-cpu"
    most_batched = 1

    def __init__(self, pain: float = 0.8) -> None:
        self.pain = pain
        self.faces: list[np.ndarray] = []

    def run(self, inputs: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        self.faces.append(inputs["faces"])
        return {
            "probabilities": np.array([[1 - self.pain, self.pain]], np.float32),
            "attention": np.full((1, 7, 7), 1 / 49, np.float32),
        }


class Broken:
    engine = "onnxruntime-cpu"
    most_batched = 1

    def run(self, inputs: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        raise EngineError("out of memory", "the device", "Free some")


def noisy_frame() -> Frame:
    image = np.random.default_rng(0).integers(60, 200, (360, 640, 3)).astype(np.uint8)
    return Frame("cam", 7, 1_000, 2_000, image)


def run(pose: np.ndarray = FACING, classifier: Any = None, outside: str = "", frame: Frame | None = None) -> Prediction:
    tools = Tools(FixedPose(pose), 640, classifier or FixedScore(), 224, "m 1 (abcd)")
    settings = Settings(FaceMultiple(1.6), 0.9, Gate())
    looking = look(frame or noisy_frame(), cage="cage", out_of_domain=outside, tools=tools, settings=settings)
    ((_, prediction),) = look_many([looking], tools)
    return prediction


def test_a_face_is_scored_and_says_where_it_was_and_by_what() -> None:
    classifier = FixedScore(0.8)
    prediction = run(classifier=classifier)
    assert prediction.status is Status.OK
    assert prediction.pain_probability == pytest.approx(0.8)
    assert prediction.crop is not None
    assert (prediction.crop.centre_x, prediction.crop.centre_y, prediction.crop.rule) == (300, 160, "both_eyes")
    assert [k.name for k in prediction.keypoints] == ["nose", "left_eye", "right_eye", "left_ear", "right_ear"]
    assert np.sum(prediction.attention) == pytest.approx(1, abs=1e-3)
    assert (prediction.seq, prediction.time_ns, prediction.mono_ns) == (7, 1_000, 2_000)
    assert prediction.engine == "onnxruntime-cpu + onnxruntime-cpu"
    assert classifier.faces[0].shape == (1, 224, 224, 3)
    assert classifier.faces[0].dtype == np.uint8


def test_an_animal_that_looks_away_has_no_score() -> None:
    away = FACING.copy()
    away[0, 2] = 0.89
    prediction = run(away)
    assert prediction.status is Status.NO_FACE
    assert prediction.pain_probability is None
    assert len(prediction.keypoints) == 5


def test_a_face_without_detail_is_low_quality_and_is_not_scored() -> None:
    classifier = FixedScore()
    flat = Frame("cam", 1, 0, 0, np.full((360, 640, 3), 128, np.uint8))
    prediction = run(classifier=classifier, frame=flat)
    assert prediction.status is Status.LOW_QUALITY
    assert "blur" in prediction.detail
    assert prediction.quality is not None
    assert classifier.faces == []


def test_an_animal_the_model_was_not_made_for_is_shown_and_never_scored() -> None:
    classifier = FixedScore()
    prediction = run(classifier=classifier, outside="coat black is not among white")
    assert prediction.status is Status.OUT_OF_DOMAIN
    assert prediction.detail == "coat black is not among white"
    assert prediction.crop is not None
    assert classifier.faces == []


def test_out_of_domain_is_said_also_when_no_face_is_seen() -> None:
    assert run(np.zeros((5, 3)), outside="strain").status is Status.OUT_OF_DOMAIN


def test_an_engine_that_fails_is_an_engine_error_with_its_reason() -> None:
    prediction = run(classifier=Broken())
    assert prediction.status is Status.ENGINE_ERROR
    assert prediction.detail == "out of memory. Free some"


@pytest.mark.parametrize("nonsense", [float("nan"), float("inf"), -0.1, 1.1])
def test_a_number_that_is_no_probability_is_never_a_score(nonsense: float) -> None:
    prediction = run(classifier=FixedScore(nonsense))
    assert prediction.status is Status.ENGINE_ERROR
    assert prediction.pain_probability is None


@pytest.mark.parametrize("nonsense", [float("nan"), float("inf"), -641.0, 1e9])
@pytest.mark.parametrize("outside", ["", "coat black is not among white"])
def test_a_network_that_gives_no_points_is_not_an_animal_that_looks_away(nonsense: float, outside: str) -> None:
    pose = FACING.copy()
    pose[3, 0] = nonsense
    prediction = run(pose, outside=outside)
    assert prediction.status is Status.ENGINE_ERROR
    assert "keypoint network" in prediction.detail


def test_a_pose_of_another_shape_is_an_engine_error() -> None:
    assert run(np.zeros((7, 3))).status is Status.ENGINE_ERROR


def test_a_score_whose_attention_is_not_finite_is_not_told() -> None:
    class Blind(FixedScore):
        def run(self, inputs: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
            return super().run(inputs) | {"attention": np.full((1, 7, 7), np.nan, np.float32)}

    prediction = run(classifier=Blind())
    assert (prediction.status, prediction.pain_probability) == (Status.ENGINE_ERROR, None)


@pytest.mark.parametrize("fault", [KeyError("probabilities"), MemoryError("40 GB"), RuntimeError("CUDA")])
def test_no_fault_of_a_frame_reaches_the_other_cameras(fault: Exception) -> None:
    class Unheard(FixedScore):
        def run(self, inputs: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
            raise fault

    prediction = run(classifier=Unheard())
    assert (prediction.status, prediction.seq) == (Status.ENGINE_ERROR, 7)
    assert type(fault).__name__ in prediction.detail


class Counting(FixedPose):
    def __init__(self, pose: np.ndarray) -> None:
        super().__init__(pose)
        self.asked: list[tuple[int, ...]] = []

    def poses(self, frames: np.ndarray) -> np.ndarray:
        self.asked.append(frames.shape[1:3])
        return super().poses(frames)


def watched(frames: list[Frame], tools: Tools, **settings: Any) -> list[Prediction]:
    memory, how = Memory(), Settings(FaceMultiple(1.6), 0.9, Gate(), **settings)
    looks = (look(f, cage="cage", out_of_domain="", tools=tools, settings=how, memory=memory) for f in frames)
    return [prediction for each in looks for _, prediction in look_many([each], tools)]


def times(frame: Frame, count: int) -> list[Frame]:
    return [Frame("cam", 7 + n, 1_000 + n * 400_000_000, 2_000 + n, frame.image) for n in range(count)]


def test_a_picture_that_does_not_change_is_judged_at_the_floor_rate_and_says_so() -> None:
    tools = Tools(FixedPose(FACING), 640, classifier := FixedScore(), 224, "m 1 (abcd)")
    said = watched(times(noisy_frame(), 7), tools, still_floor_ns=1_000_000_000)
    assert [p.repeated_ms for p in said] == [0, 400, 800, 0, 400, 800, 0]
    assert len(classifier.faces) == 3
    assert {(p.status, p.pain_probability, p.engine) for p in said} == {
        (said[0].status, said[0].pain_probability, "onnxruntime-cpu + onnxruntime-cpu")
    }
    assert [p.seq for p in said] == list(range(7, 14))


def test_a_fault_is_not_told_again() -> None:
    tools = Tools(FixedPose(FACING), 640, Broken(), 224, "m 1 (abcd)")
    said = watched(times(noisy_frame(), 3), tools, still_floor_ns=1_000_000_000)
    assert [(p.status, p.repeated_ms) for p in said] == [(Status.ENGINE_ERROR, 0)] * 3


def test_an_engine_that_makes_way_for_another_ends_what_is_told_again() -> None:
    class Falling(FixedScore):
        @property
        def engine(self) -> str:
            return "a" if len(self.faces) < 2 else "b"

    tools = Tools(FixedPose(FACING), 640, classifier := Falling(), 224, "m 1 (abcd)")
    first, second = times(noisy_frame(), 2)
    memory, how = Memory(), Settings(FaceMultiple(1.6), 0.9, Gate(), still_floor_ns=1_000_000_000)

    def judge(frame: Frame) -> Prediction:
        looking = look(frame, cage="cage", out_of_domain="", tools=tools, settings=how, memory=memory)
        ((_, prediction),) = look_many([looking], tools)
        return prediction

    judge(first)
    classifier.faces.append(noisy_frame().image)
    assert judge(second).repeated_ms == 0


def test_an_answer_by_an_engine_that_made_way_meanwhile_is_not_told_again() -> None:
    class Falls(FixedPose):
        @property
        def engine(self) -> str:
            return "b" if classifier.faces else "a"

    classifier = FixedScore()
    tools = Tools(Falls(FACING), 640, classifier, 224, "m 1 (abcd)")
    first, second = watched(times(noisy_frame(), 2), tools, still_floor_ns=1_000_000_000)
    assert (first.engine, second.engine) == ("a + onnxruntime-cpu", "b + onnxruntime-cpu")
    assert second.repeated_ms == 0


def test_without_a_face_the_next_look_searches_coarsely_and_after_its_time_everywhere() -> None:
    away = FACING.copy()
    away[:, 2] = 0.1
    tools = Tools(network := Counting(away), 640, FixedScore(), 224, "m 1 (abcd)")
    watched(times(noisy_frame(), 4), tools, full_search_ns=1_000_000_000)
    assert network.asked == [(360, 640), (180, 320), (180, 320), (360, 640)]
    network.asked.clear()
    watched(times(noisy_frame(), 4), tools)
    assert network.asked == [(360, 640)] * 4

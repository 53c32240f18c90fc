"""How a TensorRT plan is found and run, on a GPU and a TensorRT that only keep account."""

from __future__ import annotations

import gc
from pathlib import Path

import numpy as np
import pytest

from fixtures.fake_tensorrt import FACE, FakeGpu, fake_tensorrt
from painwatch_engines.errors import EngineError
from painwatch_engines.runtime import InputError, PlanCache
from painwatch_engines.runtime.plans import Record
from painwatch_engines.runtime.tensorrt import import_tensorrt, key_of, open_tensorrt
from painwatch_engines.runtime.tensorrt_run import MOST_BATCHED, MOST_SHAPES, TensorRt


@pytest.fixture
def gpu() -> FakeGpu:
    return FakeGpu()


@pytest.fixture
def plan(tmp_path: Path) -> Path:
    (tmp_path / "model.plan").write_bytes(b"plan")
    return tmp_path / "model.plan"


def faces(batch: int, value: int = 3) -> dict[str, np.ndarray]:
    return {"faces": np.full((batch, *FACE[1:]), value, np.uint8)}


def opened(plan: Path, gpu: FakeGpu, **how: object) -> TensorRt:
    return TensorRt(plan, "tensorrt-fp16", fake_tensorrt(gpu, **how), gpu)  # type: ignore[arg-type]


def test_it_runs_at_first_then_records_a_graph_and_launches_that(plan: Path, gpu: FakeGpu) -> None:
    runtime = opened(plan, gpu)
    for _ in range(4):
        runtime.run(faces(1))
    told = [event for event in gpu.events if event in ("enqueue", "begin capture", "end capture", "launch")]
    assert told == ["enqueue", "begin capture", "enqueue", "end capture", "launch", "launch", "launch"]


def test_a_plan_that_cannot_be_recorded_is_run_as_it_is(plan: Path, gpu: FakeGpu) -> None:
    gpu.captures = False
    runtime = opened(plan, gpu)
    for value in (3, 4, 5, 6):
        assert (runtime.run(faces(1, value))["probabilities"] == value).all()
    assert gpu.events.count("begin capture") == 1
    assert "launch" not in gpu.events


def test_answers_are_the_callers_own(plan: Path, gpu: FakeGpu) -> None:
    gpu.captures = False
    runtime = opened(plan, gpu)
    first = runtime.run(faces(1, 3))["probabilities"]
    runtime.run(faces(1, 9))
    assert (first == 3).all()


def test_no_more_is_asked_for_at_once_than_the_plan_was_built_for(plan: Path, gpu: FakeGpu) -> None:
    runtime = opened(plan, gpu)
    assert runtime.most_batched == MOST_BATCHED
    runtime._engine.get_tensor_profile_shape = lambda _name, _index: [(1, 4, 4, 3)] * 3
    assert runtime.most_batched == 1


def test_each_shape_has_memory_of_its_own_and_the_oldest_makes_way(plan: Path, gpu: FakeGpu) -> None:
    runtime = opened(plan, gpu)
    for batch in range(1, MOST_SHAPES + 4):
        assert runtime.run(faces(batch))["probabilities"].shape == (batch, 2)
    assert len(gpu.sizes) == 2 * MOST_SHAPES
    runtime.run(faces(1))
    assert len(gpu.sizes) == 2 * MOST_SHAPES


def test_all_memory_is_given_back(plan: Path, gpu: FakeGpu) -> None:
    runtime = opened(plan, gpu)
    runtime.run(faces(1))
    runtime.run(faces(2))
    del runtime
    gc.collect()
    assert gpu.sizes == {}
    assert gpu.events[-2:] == ["engine gone", "close"]


def test_the_graph_of_a_shape_that_makes_way_is_given_back(plan: Path, gpu: FakeGpu) -> None:
    runtime = opened(plan, gpu)
    for batch in (1, 1, *range(2, MOST_SHAPES + 2)):
        runtime.run(faces(batch))
    assert gpu.events.count("forget") == gpu.events.count("end capture") == 1


@pytest.mark.parametrize(
    "inputs",
    [
        {},
        {"frames": np.zeros(FACE, np.uint8)},
        {"faces": np.zeros(FACE, np.float32)},
        {"faces": np.zeros((17, *FACE[1:]), np.uint8)},
        {"faces": np.zeros(FACE[1:], np.uint8)},
    ],
)
def test_an_input_that_the_plan_was_not_built_for_is_told(
    plan: Path, gpu: FakeGpu, inputs: dict[str, np.ndarray]
) -> None:
    with pytest.raises(InputError, match="The plan takes faces uint8"):
        opened(plan, gpu).run(inputs)
    assert gpu.sizes == {}


def test_a_run_that_does_not_start_is_an_engine_error(plan: Path, gpu: FakeGpu) -> None:
    runtime = opened(plan, gpu, runs=[False])
    with pytest.raises(EngineError, match="could not start"):
        runtime.run(faces(1))
    assert runtime.run(faces(1))["probabilities"].shape == (1, 2)


def test_a_plan_that_tensorrt_does_not_take_is_told_and_the_gpu_given_back(plan: Path, gpu: FakeGpu) -> None:
    plan.write_bytes(b"of another version")
    with pytest.raises(EngineError, match="does not take the plan"):
        opened(plan, gpu)
    gc.collect()
    assert gpu.events[-1] == "close"


def test_only_an_admitted_plan_is_opened(tmp_path: Path, gpu: FakeGpu, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("painwatch_engines.runtime.tensorrt.import_tensorrt", lambda: fake_tensorrt(gpu))
    model, plans = tmp_path / "model.onnx", PlanCache(tmp_path / "plans")
    model.write_bytes(b"weights")
    with pytest.raises(EngineError, match="painwatch engine build"):
        open_tensorrt(model, "tensorrt-fp16", plans, lambda: gpu)
    assert gpu.events == ["close"]
    key = key_of(model, "fp16", gpu.name, "10.3.0", "1..16")
    made = {"made_at": "now", "made_by": "the test"}
    with plans.workplace() as place:
        (place / "form").write_bytes(b"plan")
        record = Record(key=key, sha256="", model="m", figures={}, limits={}, pictures=32, **made)
        plans.admit(place / "form", record)
    runtime = open_tensorrt(model, "tensorrt-fp16", plans, lambda: gpu)
    assert runtime.engine == "tensorrt-fp16"
    with pytest.raises(EngineError, match="no int8 form"):
        open_tensorrt(model, "tensorrt-int8", plans, lambda: gpu)


def test_no_gpu_is_told_before_tensorrt_is_loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    loaded: list[str] = []
    monkeypatch.setattr("painwatch_engines.runtime.tensorrt.import_tensorrt", lambda: loaded.append("tensorrt"))

    def no_gpu() -> FakeGpu:
        raise EngineError("there is no NVIDIA driver on this host", "libcuda", "Install it.")

    with pytest.raises(EngineError, match="no NVIDIA driver"):
        open_tensorrt(tmp_path / "model.onnx", "tensorrt", PlanCache(tmp_path), no_gpu)
    assert loaded == []


@pytest.mark.parametrize(
    ("version", "fits"), [("8.6.1", False), ("10.2.0", False), ("10.3.0", True), ("12.0.0", False)]
)
def test_versions_this_was_not_written_for_are_refused(
    version: str, fits: bool, monkeypatch: pytest.MonkeyPatch, gpu: FakeGpu
) -> None:
    module = fake_tensorrt(gpu)
    module.__version__ = version
    monkeypatch.setitem(__import__("sys").modules, "tensorrt", module)
    if fits:
        assert import_tensorrt() is module
    else:
        with pytest.raises(EngineError, match="is not supported"):
            import_tensorrt()

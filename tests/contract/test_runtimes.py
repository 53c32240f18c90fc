"""What every inference engine promises, held against each one that works on this host."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from fixtures.small_networks import SIDE_PX, faces, small_classifier
from painwatch_engines.artefacts import load_model_folder
from painwatch_engines.compile.build import build
from painwatch_engines.compile.parity import Limits
from painwatch_engines.compile.pictures import pictures_of
from painwatch_engines.errors import EngineError
from painwatch_engines.runtime import ENGINES, ChainRuntime, InputError, PlanCache, Runtime, open_runtime

LIMITS = Limits(flips=0.1, p99=0.1)
COMPILED = {
    "onnxruntime-cpu-int8": ("onnxruntime", "int8"),
    "tensorrt": ("tensorrt", "fp32"),
    "tensorrt-fp16": ("tensorrt", "fp16"),
    "tensorrt-int8": ("tensorrt", "int8"),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_classifier(tmp_path_factory.mktemp("model"))


@pytest.fixture(scope="module")
def plans(tmp_path_factory: pytest.TempPathFactory) -> PlanCache:
    return PlanCache(tmp_path_factory.mktemp("plans"))


def opened(name: str, folder: Path, plans: PlanCache) -> Runtime:
    """The engine on the small classifier, compiled if it needs that; skips what this host does not have."""
    model = load_model_folder(folder)
    try:
        if name in COMPILED:
            target, precision = COMPILED[name]
            pictures = pictures_of(model, None)
            build(model, pictures, target=target, precision=precision, plans=plans, limits=LIMITS)  # type: ignore[arg-type]
        return open_runtime(model.model, (name,), plans=plans)
    except EngineError as error:
        if name.startswith("onnxruntime-cpu"):
            raise
        pytest.skip(f"not on this host: {error.what}")


@pytest.fixture(params=[*ENGINES, "a chain"])
def runtime(request: pytest.FixtureRequest, folder: Path, plans: PlanCache) -> Runtime:
    if request.param == "a chain":
        return ChainRuntime(folder / "model.onnx", ("onnxruntime-cpu",), plans=plans)
    return opened(request.param, folder, plans)


@pytest.fixture
def answer(runtime: Runtime) -> Callable[[np.ndarray], np.ndarray]:
    return lambda batch: runtime.run({"faces": batch})["probabilities"]


def test_it_says_which_engine_it_is(runtime: Runtime) -> None:
    assert runtime.engine in ENGINES


def test_it_gives_every_output_by_name_and_in_float32(runtime: Runtime) -> None:
    outputs = runtime.run({"faces": faces(1)})
    assert list(outputs) == ["probabilities"]
    assert outputs["probabilities"].dtype == np.float32
    assert outputs["probabilities"].shape == (1, 2)


def test_it_answers_as_the_model_does(answer: Callable[[np.ndarray], np.ndarray], folder: Path) -> None:
    batch = faces(16, seed=5)
    wanted = open_runtime(folder / "model.onnx").run({"faces": batch})["probabilities"]
    assert answer(batch) == pytest.approx(wanted, abs=0.1)
    assert answer(batch).sum(axis=1) == pytest.approx(1, abs=1e-3)


def test_a_face_is_judged_alike_alone_and_among_others(answer: Callable[[np.ndarray], np.ndarray]) -> None:
    batch = faces(4)
    alone = np.concatenate([answer(batch[i : i + 1]) for i in range(4)])
    assert alone == pytest.approx(answer(batch), abs=0.02)


def test_the_same_face_gets_the_same_answer_again_and_again(answer: Callable[[np.ndarray], np.ndarray]) -> None:
    first, between = faces(1), faces(1, seed=9)
    answers = []
    for _ in range(4):
        answers.append(answer(first))
        answer(between)
    assert all((each == answers[0]).all() for each in answers)


def test_it_leaves_its_input_alone_and_takes_any_memory_order(answer: Callable[[np.ndarray], np.ndarray]) -> None:
    batch = faces(2)
    turned = np.asfortranarray(batch)
    assert answer(turned) == pytest.approx(answer(batch), abs=1e-6)
    assert (batch == faces(2)).all()


@pytest.mark.parametrize(
    "inputs",
    [
        {},
        {"frames": faces(1)},
        {"faces": faces(1).astype(np.float32)},
        {"faces": faces(1)[0]},
        {"faces": np.zeros((1, SIDE_PX + 1, SIDE_PX, 3), np.uint8)},
    ],
)
def test_an_input_that_does_not_fit_is_told_and_does_no_harm(runtime: Runtime, inputs: dict[str, np.ndarray]) -> None:
    with pytest.raises(InputError, match="takes"):
        runtime.run(inputs)
    assert runtime.run({"faces": faces(1)})["probabilities"].shape == (1, 2)


def test_a_provider_that_onnxruntime_exchanges_for_the_cpu_is_refused(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # As a host with onnxruntime-gpu but no working CUDA: the provider is listed, and the CPU taken with a warning.
    monkeypatch.setattr("onnxruntime.get_available_providers", lambda: ["CUDAExecutionProvider"])
    with pytest.warns(UserWarning, match="CUDAExecutionProvider"), pytest.raises(EngineError, match="could not start"):
        open_runtime(folder / "model.onnx", ("onnxruntime-cuda",))

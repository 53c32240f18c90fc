"""Opening and running a model through the Runtime seam."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
from numpy.typing import NDArray
from onnx import TensorProto, helper

from painwatch_engines.runtime import EngineError, PlanCache, open_engine, open_runtime
from painwatch_engines.runtime.selection import cpu_name


@pytest.fixture
def doubler(tmp_path: Path) -> Path:
    """A model with one input x (N, 2) and the output y = x + x."""
    shape: list[str | int | None] = ["n", 2]
    graph = helper.make_graph(
        [helper.make_node("Add", ["x", "x"], ["y"])],
        "doubler",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, shape)],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    path = tmp_path / "model.onnx"
    onnx.save(model, path)
    return path


@pytest.mark.parametrize(("side", "most"), [("h", 1), (112, 2), (160, 2), (161, 1), (224, 1)])
def test_only_small_pictures_are_taken_together(tmp_path: Path, side: int | str, most: int) -> None:
    taken = helper.make_tensor_value_info("faces", TensorProto.UINT8, ["n", side, side, 3])
    given = helper.make_tensor_value_info("y", TensorProto.UINT8, ["n", side, side, 3])
    graph = helper.make_graph([helper.make_node("Identity", ["faces"], ["y"])], "same", [taken], [given])
    path = tmp_path / "model.onnx"
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), path)
    assert open_runtime(path).most_batched == most


def test_it_computes_and_says_with_what(doubler: Path) -> None:
    runtime = open_runtime(doubler)
    assert runtime.engine == "onnxruntime-cpu"
    outputs = runtime.run({"x": np.array([[1, 2]], np.float32)})
    assert list(outputs) == ["y"]
    assert outputs["y"].tolist() == [[2.0, 4.0]]


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match=r"absent\.onnx.*no such file"):
        open_runtime(tmp_path / "absent.onnx")


@pytest.mark.parametrize("keep", [0, 10, 60])
def test_a_truncated_file_is_an_engine_error(doubler: Path, keep: int) -> None:
    doubler.write_bytes(doubler.read_bytes()[:keep])
    with pytest.raises(EngineError, match="truncated") as caught:
        open_runtime(doubler)
    assert caught.value.where == str(doubler)


@pytest.mark.parametrize(
    "inputs",
    [
        {},
        {"z": np.zeros((1, 2), np.float32)},
        {"x": np.zeros((1, 2), np.uint8)},
        {"x": np.zeros((1, 5), np.float32)},
    ],
)
def test_an_input_that_does_not_fit_says_what_would(doubler: Path, inputs: dict[str, NDArray[Any]]) -> None:
    runtime = open_runtime(doubler)
    with pytest.raises(EngineError, match=r"The model takes x tensor\(float\)"):
        runtime.run(inputs)


def test_unknown_engines_and_empty_chains_are_refused(doubler: Path) -> None:
    with pytest.raises(EngineError, match="unknown engine abacus"):
        open_runtime(doubler, chain=("onnxruntime-cpu", "abacus"))
    with pytest.raises(EngineError, match="empty"):
        open_runtime(doubler, chain=())


def test_every_engine_passed_over_is_told(tmp_path: Path) -> None:
    told: list[str] = []
    chain = ("onnxruntime-cpu-int8", "onnxruntime-cpu")
    with pytest.raises(EngineError, match="no engine of the chain"):
        open_runtime(tmp_path / "absent.onnx", chain, lambda name, error: told.append(f"{name} {error.what}"))
    assert told == [f"{name} there is no such file" for name in chain]


def test_a_live_host_needs_no_torch() -> None:
    code = "import sys, painwatch_engines.runtime, painwatch_engines.artefacts, painwatch_engines.face as f; "
    code += "sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_kind_of_cpu_is_told_with_whether_it_multiplies_bytes(tmp_path: Path) -> None:
    info = tmp_path / "cpuinfo"
    info.write_text("processor\t: 0\nmodel name\t: Some CPU\nflags\t\t: fpu avx512_vnni\n\nprocessor\t: 1\n")
    assert cpu_name(info) == "Some CPU (8-bit dot products: yes)"
    info.write_text("processor\t: 0\n")
    assert cpu_name(info) == cpu_name(tmp_path / "absent")
    assert cpu_name(info).endswith("(8-bit dot products: no)")


def test_cuda_is_asked_for_full_float32(doubler: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []
    inner = onnxruntime.InferenceSession

    def session(path: str, options: Any, providers: list[Any]) -> Any:
        asked.extend(providers)
        return inner(path, options, providers=["CPUExecutionProvider"])

    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: ["CUDAExecutionProvider"])
    monkeypatch.setattr(onnxruntime, "InferenceSession", session)
    with pytest.raises(EngineError, match="could not start CUDA"):
        open_runtime(doubler, chain=("onnxruntime-cuda",))
    assert asked[0] == ("CUDAExecutionProvider", {"use_tf32": "0"})


@pytest.mark.parametrize("threads", [1, 2])
def test_threads_are_the_callers_choice(doubler: Path, monkeypatch: pytest.MonkeyPatch, threads: int) -> None:
    asked: list[int] = []
    open_session = onnxruntime.InferenceSession

    def watched(path: str, options: onnxruntime.SessionOptions, **rest: Any) -> onnxruntime.InferenceSession:
        asked.append(options.intra_op_num_threads)
        return open_session(path, options, **rest)

    monkeypatch.setattr(onnxruntime, "InferenceSession", watched)
    runtime = open_engine("onnxruntime-cpu", doubler, PlanCache(doubler.parent), threads)
    assert runtime.run({"x": np.array([[1, 2]], np.float32)})["y"].tolist() == [[2, 4]]
    assert asked == [threads]

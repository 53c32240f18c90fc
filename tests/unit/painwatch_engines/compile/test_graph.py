"""Graphs rewritten for compilers answer as before."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import ModelProto, TensorProto

from fixtures.model_folders import write_classifier_folder
from fixtures.small_networks import SIDE_PX, faces, small_classifier
from painwatch_engines.compile.flops import floating_point_operations
from painwatch_engines.compile.graph import in_half_precision, load_graph, trunk, with_float_inputs
from painwatch_engines.compile.quantise import quantise
from painwatch_engines.errors import EngineError
from painwatch_engines.runtime.onnxruntime_session import open_cpu, open_cpu_int8


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return small_classifier(tmp_path / "model") / "model.onnx"


def answers(model: ModelProto, folder: Path) -> np.ndarray:
    onnx.save(model, str(folder / "rewritten.onnx"))
    return open_cpu(folder / "rewritten.onnx").run({"faces": faces(20)})["probabilities"]


def kinds(model: ModelProto) -> list[str]:
    return [node.op_type for node in model.graph.node]


def test_weights_stored_in_8_bits_are_expanded(model: Path, tmp_path: Path) -> None:
    graph = load_graph(model)
    assert "DequantizeLinear" not in kinds(graph)
    assert not any("int8" in tensor.name for tensor in graph.graph.initializer)
    assert answers(graph, tmp_path) == pytest.approx(open_cpu(model).run({"faces": faces(20)})["probabilities"])


def test_the_trunk_goes_from_the_first_convolution_to_the_last(model: Path) -> None:
    assert [node.op_type for node in trunk(load_graph(model))] == ["Conv", "Relu", "Conv"]


def test_half_precision_stays_inside_the_trunk(model: Path, tmp_path: Path) -> None:
    half = in_half_precision(load_graph(model))
    assert kinds(half).count("Cast") == 3  # pixels to float32, into the trunk, out of it
    weights = {tensor.name: tensor.data_type for tensor in half.graph.initializer}
    assert weights["w1_half"] == TensorProto.FLOAT16
    assert weights["head"] == TensorProto.FLOAT
    got, wanted = answers(half, tmp_path), open_cpu(model).run({"faces": faces(20)})["probabilities"]
    assert got == pytest.approx(wanted, abs=5e-3)
    assert (got != wanted).any()


def test_a_compiler_that_knows_bytes_only_as_inputs_gets_floats(model: Path, tmp_path: Path) -> None:
    graph = with_float_inputs(load_graph(model))
    using = [node.op_type for node in graph.graph.node if "faces" in node.input]
    assert using == ["Cast"]
    assert answers(graph, tmp_path) == pytest.approx(open_cpu(model).run({"faces": faces(20)})["probabilities"])


def test_tensorrt_gets_zero_points_of_0_and_no_quantised_bias(model: Path, tmp_path: Path) -> None:
    target = tmp_path / "quantised.onnx"
    quantise(model, target, list(faces(32)), "tensorrt")
    graph = onnx.load(str(target)).graph
    values = {tensor.name: onnx.numpy_helper.to_array(tensor) for tensor in graph.initializer}
    zeros = [values[node.input[2]] for node in graph.node if node.op_type == "QuantizeLinear"]
    assert zeros
    assert all(zero.dtype == np.int8 and not zero.any() for zero in zeros)
    assert not any(value.dtype == np.int32 for value in values.values())
    assert sorted(path.name for path in tmp_path.iterdir()) == ["model", "quantised.onnx"]


def test_onnxruntime_computes_in_8_bits_what_was_quantised_for_it(model: Path, tmp_path: Path) -> None:
    target = tmp_path / "quantised.onnx"
    quantise(model, target, list(faces(32)), "onnxruntime")
    wanted = open_cpu(model).run({"faces": faces(20, seed=1)})["probabilities"]
    assert open_cpu_int8(target).run({"faces": faces(20, seed=1)})["probabilities"] == pytest.approx(wanted, abs=0.03)


def test_a_model_without_convolutions_is_told(tmp_path: Path) -> None:
    model = write_classifier_folder(tmp_path / "constant") / "model.onnx"
    with pytest.raises(EngineError, match="no convolution"):
        trunk(load_graph(model))


@pytest.mark.parametrize("content", [b"", b"not a model", b"\x08\x09"])
def test_what_is_no_model_is_told(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "model.onnx").write_bytes(content)
    with pytest.raises(EngineError, match="no ONNX model"):
        load_graph(tmp_path / "model.onnx")


def test_arithmetic_is_counted(model: Path) -> None:
    pixels = SIDE_PX * SIDE_PX
    convolutions = 2 * pixels * 8 * 3 * 9 + 2 * pixels * 8 * 8 * 9
    assert floating_point_operations(model, (1, SIDE_PX, SIDE_PX, 3)) == convolutions + 2 * 8 * 2
    assert floating_point_operations(model, (4, SIDE_PX, SIDE_PX, 3)) == 4 * (convolutions + 2 * 8 * 2)

"""Which parts of a network are computed in 8 bits."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from painwatch_engines.compile.quantise import Flavour, quantise


@pytest.fixture
def heatmaps(tmp_path: Path) -> Path:
    """A keypoint network in small: two convolutions, then a head that enlarges."""
    rng = np.random.default_rng(3)
    weights = {"w1": (4, 3, 3, 3), "w2": (4, 4, 3, 3), "w3": (4, 2, 2, 2)}
    graph = helper.make_graph(
        [
            helper.make_node("Transpose", ["frames"], ["planes"], perm=[0, 3, 1, 2]),
            helper.make_node("Cast", ["planes"], ["numbers"], to=TensorProto.FLOAT),
            helper.make_node("Conv", ["numbers", "w1"], ["c1"], name="c1"),
            helper.make_node("Relu", ["c1"], ["r1"], name="r1"),
            helper.make_node("Conv", ["r1", "w2"], ["c2"], name="c2"),
            helper.make_node("Relu", ["c2"], ["r2"], name="r2"),
            helper.make_node("ConvTranspose", ["r2", "w3"], ["heatmaps"], name="c3", strides=[2, 2]),
        ],
        "heatmaps",
        [helper.make_tensor_value_info("frames", TensorProto.UINT8, ["n", "h", "w", 3])],
        [helper.make_tensor_value_info("heatmaps", TensorProto.FLOAT, ["n", 2, "y", "x"])],
        [
            numpy_helper.from_array(rng.normal(0, 0.3, shape).astype(np.float32), name)
            for name, shape in weights.items()
        ],
    )
    file = tmp_path / "heatmaps.onnx"
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9), str(file))
    return file


@pytest.mark.parametrize(("flavour", "in_8_bits"), [("onnxruntime", ["c1", "c2"]), ("tensorrt", ["c1", "c2", "c3"])])
def test_only_what_the_engine_has_an_8_bit_kernel_for_is_quantised(
    heatmaps: Path, tmp_path: Path, flavour: Flavour, in_8_bits: list[str]
) -> None:
    pictures = list(np.random.default_rng(0).integers(0, 256, (8, 12, 12, 3), np.uint8))

    quantise(heatmaps, tmp_path / "form", pictures, flavour)

    graph = onnx.load(tmp_path / "form").graph
    dequantised = {name for node in graph.node if node.op_type == "DequantizeLinear" for name in node.output}
    assert [node.name for node in graph.node if node.name.startswith("c") and set(node.input[:2]) <= dequantised] == (
        in_8_bits
    )

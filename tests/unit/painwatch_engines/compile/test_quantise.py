"""Which parts of a network are computed in 8 bits."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from painwatch_engines import zoo
from painwatch_engines.compile.graph import in_half_precision, load_graph
from painwatch_engines.compile.quantise import Flavour, quantise
from painwatch_engines.runtime.onnxruntime_session import open_cpu, open_cpu_int8
from painwatch_engines.squares import SQUARES_PX


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


@pytest.fixture
def reckoning(heatmaps: Path) -> Path:
    """One row is added below, as `height + 1 - height`, in floats: the shipped keypoint network does the like."""
    model = onnx.load(heatmaps)
    known = {"third": np.array([2]), "one": np.float32(1), "none": np.zeros(1, np.float32), "pad": np.float32(0)}
    model.graph.initializer.extend(numpy_helper.from_array(np.asarray(value), name) for name, value in known.items())
    sizes = [
        helper.make_node("Shape", ["r1"], ["shape"], name="s1"),
        helper.make_node("Gather", ["shape", "third"], ["rows"], name="s2"),
        helper.make_node("Cast", ["rows"], ["height"], name="s3", to=TensorProto.FLOAT),
        helper.make_node("Add", ["height", "one"], ["more"], name="s4"),
        helper.make_node("Cast", ["rows"], ["again"], name="s9", to=TensorProto.FLOAT),
        helper.make_node("Sub", ["more", "again"], ["below"], name="s5"),
        helper.make_node("Concat", [*["none"] * 6, "below", "none"], ["floats"], name="s6", axis=0),
        helper.make_node("Cast", ["floats"], ["pads"], name="s7", to=TensorProto.INT64),
        helper.make_node("Pad", ["r1", "pads", "pad"], ["longer"], name="s8"),
    ]
    for at, node in enumerate(sizes):
        model.graph.node.insert(4 + at, node)
    model.graph.node[4 + len(sizes)].input[0] = "longer"
    onnx.checker.check_model(model)
    onnx.save(model, str(heatmaps))
    return heatmaps


def test_sizes_that_a_network_reckons_with_stay_what_they_are(reckoning: Path, tmp_path: Path) -> None:
    draw = np.random.default_rng(0)

    quantise(reckoning, tmp_path / "form", list(draw.integers(0, 256, (16, 12, 12, 3), np.uint8)), "onnxruntime")

    expected, got = open_cpu(reckoning), open_cpu_int8(tmp_path / "form")
    for height, width in ((12, 12), (13, 16), (45, 90)):
        frames = {"frames": draw.integers(0, 256, (1, height, width, 3), np.uint8)}
        wanted = expected.run(frames)["heatmaps"]
        assert wanted.shape[2] == 2 * (height - 3)
        answered = got.run(frames)["heatmaps"]
        assert answered.shape == wanted.shape
        assert np.quantile(np.abs(answered - wanted), 0.99) < 0.05 * np.ptp(wanted)


def test_sizes_stay_whole_in_half_precision_too(reckoning: Path, tmp_path: Path) -> None:
    """In half precision 2,049 is 2,048."""
    half = in_half_precision(load_graph(reckoning))

    onnx.save(half, str(tmp_path / "half.onnx"))

    halves = {tensor.name for tensor in half.graph.initializer if tensor.data_type == TensorProto.FLOAT16}
    assert halves == {"w1_half", "w2_half", "w3_half"}
    frames = {"frames": np.random.default_rng(0).integers(0, 256, (1, 2100, 12, 3), np.uint8)}
    wanted = open_cpu(reckoning).run(frames)["heatmaps"]
    assert open_cpu(tmp_path / "half.onnx").run(frames)["heatmaps"].shape == wanted.shape


def test_a_node_that_takes_a_size_is_not_quantised(heatmaps: Path, tmp_path: Path) -> None:
    """The height of the picture is added to what the network sees: of a higher one than any measured, it is more."""
    model = onnx.load(heatmaps)
    model.graph.initializer.append(numpy_helper.from_array(np.array([2]), "third"))
    sizes = [
        helper.make_node("Shape", ["r1"], ["shape"], name="s1"),
        helper.make_node("Gather", ["shape", "third"], ["rows"], name="s2"),
        helper.make_node("Cast", ["rows"], ["height"], name="s3", to=TensorProto.FLOAT),
        helper.make_node("Add", ["r1", "height"], ["higher"], name="s4"),
    ]
    for at, node in enumerate(sizes):
        model.graph.node.insert(4 + at, node)
    model.graph.node[4 + len(sizes)].input[0] = "higher"
    onnx.save(model, str(heatmaps))

    quantise(heatmaps, tmp_path / "form", list(np.zeros((2, 12, 12, 3), np.uint8)), "onnxruntime")

    graph = onnx.load(tmp_path / "form").graph
    (added,) = (node for node in graph.node if node.name == "s4")
    assert "height" in added.input


def test_the_shipped_keypoint_network_in_8_bits_takes_every_size_that_is_asked_of_it(tmp_path: Path) -> None:
    model, draw = zoo.path("keypoints") / "model.onnx", np.random.default_rng(0)
    frames = list(draw.integers(0, 256, (3, 180, 320, 3), np.uint8))

    quantise(model, tmp_path / "form", frames, "onnxruntime")

    form = open_cpu_int8(tmp_path / "form")
    for height, width in ((180, 320), (90, 160), (213, 320), (41, 73), *((side, side) for side in SQUARES_PX)):
        poses = form.run({"frames": draw.integers(0, 256, (2, height, width, 3), np.uint8)})["poses"]
        assert poses.shape == (2, 5, 3)
        assert np.isfinite(poses).all()

"""A first convolution that takes pixels as they are gives what it gave on prepared ones."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import ModelProto, NodeProto, TensorProto, helper, numpy_helper

from fixtures.small_networks import faces, small_classifier
from painwatch_engines.compile.graph import load_graph
from painwatch_engines.compile.pixels import PIXELS, with_pixels_first
from painwatch_engines.compile.quantise import quantise
from painwatch_engines.errors import EngineError

OUT = 4
KINDS: dict[str, type[np.generic]] = {"i_": np.int64, "by": np.uint8}
"""Of constants, by how their names begin; all others are float32."""


def network(
    steps: list[NodeProto],
    known: dict[str, np.ndarray],
    *,
    size: tuple[int | str, int | str] = (12, 10),
    kind: int = TensorProto.UINT8,
    **convolution: Any,
) -> ModelProto:
    """`steps` from "faces" to "prepared", and a convolution of it; weights `w` and bias `b` unless `known` has them."""
    rng = np.random.default_rng(1)
    kernel = convolution.pop("kernel", (3, 3))
    known = {"w": rng.normal(0, 1, (OUT, 3, *kernel)), "b": rng.normal(0, 1, OUT)} | known
    nodes = [*steps, helper.make_node("Conv", ["prepared", "w", "b"], ["out"], **convolution)]
    graph = helper.make_graph(
        nodes,
        "small",
        [helper.make_tensor_value_info("faces", kind, ["n", *size, 3])],
        [helper.make_tensor_value_info("out", TensorProto.FLOAT, ["n", "c", "y", "x"])],
        [
            numpy_helper.from_array(np.asarray(value, KINDS.get(name[:2], np.float32)), name)
            for name, value in known.items()
        ],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    onnx.checker.check_model(model)
    return model


def chain(*kinds: tuple[str, list[str], dict[str, Any]]) -> list[NodeProto]:
    """Each node on the one before, from "faces" to "prepared"."""
    names = ["faces", *(f"t{number}" for number in range(1, len(kinds))), "prepared"]
    return [
        helper.make_node(kind, [names[number], *more], [names[number + 1]], **attributes)
        for number, (kind, more, attributes) in enumerate(kinds)
    ]


PLANES = ("Transpose", [], {"perm": [0, 3, 1, 2]})
FLOAT = ("Cast", [], {"to": TensorProto.FLOAT})
TURNED = ("Slice", ["i_from", "i_to", "i_axis", "i_step"], {})
TURN = {"i_from": [-1], "i_to": [np.iinfo(np.int64).min], "i_axis": [3], "i_step": [-1]}


def run(model: ModelProto, pictures: np.ndarray) -> np.ndarray:
    import onnxruntime

    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    return np.asarray(session.run(None, {"faces": pictures})[0])


@st.composite
def prepared_networks(draw: st.DrawFn) -> tuple[ModelProto, np.ndarray, int]:
    """A network whose preparation makes 0 of one whole grey value, pictures for it, and that grey value."""
    grey = draw(st.integers(0, 255))
    scale = np.array(draw(st.lists(st.floats(0.002, 3), min_size=3, max_size=3)))
    first = draw(st.sampled_from([1.0, 255.0, 0.5]))
    turned = draw(st.booleans())
    kernel = draw(st.tuples(st.integers(1, 7), st.integers(1, 7)))
    pads = draw(st.lists(st.integers(0, 3), min_size=4, max_size=4))
    strides = draw(st.sampled_from([[1, 1], [2, 2], [2, 1]]))
    height, width = draw(st.tuples(st.integers(8, 15), st.integers(8, 15)))
    fixed = draw(st.booleans())
    known = {"first": first, "mean": np.full((3, 1, 1), grey / first), "scale": scale.reshape(1, 3, 1, 1), **TURN}
    steps = chain(
        *([TURNED] if turned else []),
        PLANES,
        FLOAT,
        ("Div", ["first"], {}),
        ("Sub", ["mean"], {}),
        ("Mul", ["scale"], {}),
    )
    size: tuple[int | str, int | str] = (height, width) if fixed else ("h", "w")
    model = network(steps, known, size=size, kernel=kernel, pads=pads, strides=strides)
    pictures = np.random.default_rng(draw(st.integers(0, 99))).integers(0, 256, (2, height, width, 3), np.uint8)
    return model, pictures, grey


@settings(max_examples=60, deadline=None)
@given(prepared_networks())
def test_it_computes_the_same_to_the_very_edge(drawn: tuple[ModelProto, np.ndarray, int]) -> None:
    model, pictures, grey = drawn

    pixels = with_pixels_first(model)

    assert pixels is not None
    assert pixels.zero == grey
    wanted, got = run(model, pictures), run(pixels.model, pictures)
    assert got.shape == wanted.shape
    np.testing.assert_allclose(got, wanted, rtol=0, atol=1e-4 * (1 + np.abs(wanted).max()))


def test_colours_of_different_means_differ_at_the_edge_alone() -> None:
    mean = np.array([123.7, 116.3, 103.5]).reshape(3, 1, 1)
    model = network(chain(PLANES, FLOAT, ("Sub", ["mean"], {})), {"mean": mean}, pads=[1, 1, 1, 1])
    pictures = np.random.default_rng(0).integers(0, 256, (1, 12, 10, 3), np.uint8)

    pixels = with_pixels_first(model)

    assert pixels is not None
    apart = np.abs(run(pixels.model, pictures) - run(model, pictures))
    assert apart[..., 1:-1, 1:-1].max() < 1e-2
    assert apart[..., 0, :].max() > 1


def test_blocks_are_taken_where_size_and_steps_are_even() -> None:
    steps, known = chain(PLANES, FLOAT, ("Sub", ["mean"], {})), {"mean": np.float32(7)}

    def channels(**how: Any) -> int:
        pixels = with_pixels_first(network(steps, known, **how))
        assert pixels is not None
        return next(tensor.dims[1] for tensor in pixels.model.graph.initializer if tensor.name == "pixel_weights")

    assert channels(strides=[2, 2]) == 12
    assert channels(strides=[2, 2], size=(12, 11)) == 3
    assert channels(strides=[2, 2], size=("h", "w")) == 3
    assert channels(strides=[1, 1]) == 3
    assert channels(strides=[2, 2], dilations=[2, 2]) == 3


MEAN = {"mean": np.full((3, 1, 1), 9.0)}
SUBTRACTED = chain(PLANES, FLOAT, ("Sub", ["mean"], {}))


@pytest.mark.parametrize(
    "model",
    [
        network(chain(PLANES, FLOAT, ("Sqrt", [], {})), {}),
        network(chain(FLOAT, ("Transpose", [], {"perm": [0, 3, 2, 1]})), {}, size=(10, 10)),
        network(chain(("Sub", ["mean"], {}), PLANES), {"mean": np.full(3, 9.0)}, kind=TensorProto.FLOAT),
        network(chain(PLANES, FLOAT, ("Mul", ["mean"], {})), {"mean": np.full((3, 1, 1), 0.0)}),
        network(chain(PLANES, FLOAT, ("Sub", ["mean"], {})), {"mean": np.full((1, 12, 10), 9.0)}),
        network(chain(PLANES, ("Sub", ["bytes"], {}), FLOAT), {"bytes": np.full((3, 1, 1), 9)}),
        network(SUBTRACTED, MEAN | {"w": np.ones((3, 1, 3, 3)), "b": np.zeros(3)}, group=3),
        network(
            chain(TURNED, PLANES, FLOAT, ("Sub", ["mean"], {})),
            MEAN | {"i_from": [0], "i_to": [3], "i_axis": [3], "i_step": [1]},
        ),
    ],
    ids=[
        "another function",
        "another order",
        "no pixels",
        "nothing left",
        "by place",
        "bytes that wrap",
        "in groups",
        "colours kept",
    ],
)
def test_what_cannot_be_folded_stays_as_it_is(model: ModelProto) -> None:
    assert with_pixels_first(model) is None


def test_pixels_that_something_else_takes_too_stay_as_they_are() -> None:
    model = network(SUBTRACTED, MEAN)
    model.graph.node.append(helper.make_node("ReduceMax", ["t1"], ["brightest"]))
    model.graph.output.append(helper.make_tensor_value_info("brightest", TensorProto.UINT8, [1, 1, 1, 1]))

    assert with_pixels_first(model) is None


def test_a_network_without_a_convolution_is_refused_in_words(tmp_path: Path) -> None:
    model = network(SUBTRACTED, MEAN)
    model.graph.node[-1].CopyFrom(helper.make_node("Relu", ["prepared"], ["out"]))
    onnx.save(model, str(tmp_path / "model.onnx"))

    assert with_pixels_first(model) is None
    with pytest.raises(EngineError, match="there is no convolution"):
        quantise(tmp_path / "model.onnx", tmp_path / "form", list(faces(4)), "onnxruntime")


def test_the_8_bit_form_takes_bytes_and_makes_no_float_of_them(tmp_path: Path) -> None:
    model = small_classifier(tmp_path / "model") / "model.onnx"
    quantise(model, tmp_path / "form", list(faces(20)), "onnxruntime")

    graph = onnx.load(tmp_path / "form").graph
    assert not any(node.op_type in ("Cast", "Mul") for node in graph.node)
    (source,) = (node for node in graph.node if PIXELS in node.output)
    assert source.op_type == "DequantizeLinear"
    assert [node.op_type for node in graph.node if PIXELS in node.input] == ["Conv"]
    known = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
    assert known[source.input[1]] == 1
    # The bias counts in the product of the two scales; with another scale for pixels it would be another bias.
    first = next(node for node in graph.node if node.op_type == "Conv")
    made_by = {node.output[0]: node for node in graph.node}
    scales = [known[made_by[first.input[index]].input[1]] for index in (1, 2)]
    np.testing.assert_allclose(scales[1], scales[0], rtol=1e-6)
    assert load_graph(model).graph.input[0].name == graph.input[0].name

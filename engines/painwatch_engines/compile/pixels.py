"""Letting the first convolution take pixels as they are: what prepares them is folded into its weights.

A network turns pixels into numbers before its first convolution: the order of colours, a mean, a scale. On 224 x 224 px
that takes a sixth of the time of the whole network in 8 bits. The first convolution is linear, so it can do all of that
by other weights; and pixels are 8-bit numbers already, with a scale of 1 and a zero point.

What lies beyond the picture is 0 for the convolution: the mean of each colour for the weights as trained, the zero
point here, which is the mean of the three. At the very edge answers so differ a little; the comparison that admits a
form judges that too.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import ModelProto, NodeProto, TensorProto, helper, numpy_helper

from painwatch_engines.compile.blocks import can_take_blocks, take_blocks
from painwatch_engines.compile.graph import constants, drop_unused, with_names

PIXELS = "pixels_less_zero"
"""The tensor that the first convolution takes: pixels less the zero point, as float32."""

_PLANES = [0, 3, 1, 2]
_MOST_COLOURS = 4


@dataclass(frozen=True, slots=True)
class Pixels:
    """A graph whose first convolution takes PIXELS. `zero`: the pixel value that is its 0."""

    model: ModelProto
    zero: int


@dataclass(frozen=True, slots=True)
class _Preparation:
    """Plane c of what the convolution takes is `scale[c]` times colour `order[c]` of the pixels, plus `offset[c]`."""

    nodes: tuple[NodeProto, ...]
    order: tuple[int, ...]
    scale: NDArray[np.float64]
    offset: NDArray[np.float64]


def with_pixels_first(model: ModelProto) -> Pixels | None:
    """A copy whose first convolution takes the uint8 pixels of the model's input; None if it cannot be made to.

    It can where nothing stands between but the order of colours, NHWC to NCHW, and a sum or a product for each colour.
    Where the picture's size and the convolution's steps allow it, it takes blocks of pixels (see `blocks`).
    """
    copy = with_names(model)
    graph = copy.graph
    convolution = next((node for node in graph.node if node.op_type == "Conv"), None)
    preparation = None if convolution is None else _preparation(copy, convolution)
    if convolution is None or preparation is None:
        return None
    weights, bias, zero = _folded(convolution, preparation, constants(copy))
    dropped = {node.name for node in preparation.nodes}
    after = [node for node in graph.node if node.name not in dropped]
    before: list[NodeProto] = []
    pixels = graph.input[0].name
    if can_take_blocks(graph.input[0], convolution):
        before, weights = take_blocks(graph, convolution, weights)
        pixels = before[-1].output[0]
    made: dict[str, NDArray[Any]] = {
        "pixel_weights": weights.astype(np.float32),
        "pixel_bias": bias.astype(np.float32),
        "pixel_scale": np.array(1, np.float32),
        "pixel_zero": np.array(zero, np.uint8),
    }
    graph.initializer.extend(numpy_helper.from_array(value, name) for name, value in made.items())
    before += [
        helper.make_node("Transpose", [pixels], ["pixel_planes"], name="pixel_planes", perm=_PLANES),
        helper.make_node("DequantizeLinear", ["pixel_planes", "pixel_scale", "pixel_zero"], [PIXELS], name=PIXELS),
    ]
    del convolution.input[:], graph.node[:]
    convolution.input.extend([PIXELS, "pixel_weights", "pixel_bias"])
    graph.node.extend([*before, *after])
    drop_unused(copy)
    onnx.checker.check_model(copy)
    return Pixels(copy, zero)


def override(zero: int) -> dict[str, list[dict[str, Any]]]:
    """What the quantiser is to be told of PIXELS: not measured, but as they are."""
    return {PIXELS: [{"scale": np.array(1, np.float32), "zero_point": np.array(zero, np.uint8)}]}


def _folded(
    convolution: NodeProto, preparation: _Preparation, known: dict[str, NDArray[Any]]
) -> tuple[NDArray[np.float64], NDArray[np.float64], int]:
    """Weights and bias that take pixels less the zero point, and that zero point."""
    weights = known[convolution.input[1]].astype(np.float64)
    bias = known[convolution.input[2]].astype(np.float64) if len(convolution.input) > 2 else np.zeros(len(weights))
    zero = int(np.clip(np.round(-(preparation.offset / preparation.scale).mean()), 0, 255))
    of_pixels = np.zeros_like(weights)
    of_pixels[:, list(preparation.order)] = weights * preparation.scale[:, None, None]
    return of_pixels, bias + weights.sum(axis=(2, 3)) @ (preparation.scale * zero + preparation.offset), zero


def _preparation(model: ModelProto, convolution: NodeProto) -> _Preparation | None:
    """What is done to the pixels before `convolution`; None if it is more than can be folded into it."""
    known = constants(model)
    nodes = _chain(model, convolution.input[0])
    fixed = all(name in known for name in convolution.input[1:])
    grouped = any(attribute.name == "group" and attribute.i != 1 for attribute in convolution.attribute)
    if nodes is None or not fixed or grouped:
        return None
    colours = known[convolution.input[1]].shape[1]
    order, scale, offset = list(range(colours)), np.ones(colours), np.zeros(colours)
    planes = floats = False
    for node in nodes:
        # Sums of bytes wrap around and their quotients are cut: only numbers of floats can be folded.
        by = _for_each_colour(known.get(node.input[-1]), colours) if planes and floats else None
        match node.op_type:
            case "Slice" if not planes and _turns_colours(node, known):
                order.reverse()
            case "Transpose" if not planes and _attribute(node, "perm") == _PLANES:
                planes = True
            case "Cast" if _attribute(node, "to") == TensorProto.FLOAT:
                floats = True
            case "Add" if by is not None:
                offset = offset + by
            case "Sub" if by is not None:
                offset = offset - by
            case "Mul" if by is not None:
                scale, offset = scale * by, offset * by
            case "Div" if by is not None and by.all():
                scale, offset = scale / by, offset / by
            case _:
                return None
    return _Preparation(nodes, tuple(order), scale, offset) if planes and scale.all() else None


def _chain(model: ModelProto, end: str) -> tuple[NodeProto, ...] | None:
    """The nodes from the model's one input, of uint8, to the tensor `end`, each on the one before; None if others take
    part of it too."""
    made_by = {name: node for node in model.graph.node for name in node.output}
    nodes: list[NodeProto] = []
    while end in made_by and made_by[end].input:
        nodes.insert(0, made_by[end])
        end = made_by[end].input[0]
    source = model.graph.input[0]
    if end != source.name or source.type.tensor_type.elem_type != TensorProto.UINT8:
        return None
    between = {source.name, *(name for node in nodes for name in node.output)}
    taken = sum(name in between for node in model.graph.node for name in node.input)
    told = any(put.name in between for put in model.graph.output)
    return tuple(nodes) if taken == len(between) and not told else None


def _turns_colours(node: NodeProto, known: dict[str, NDArray[Any]]) -> bool:
    """Whether it takes the last axis of (n, height, width, colours) from its end to its beginning."""
    if len(node.input) != 5 or any(name not in known for name in node.input[1:]):
        return False
    start, end, axis, step = (known[name].tolist() for name in node.input[1:])
    return start == [-1] and end[0] < -_MOST_COLOURS and axis in ([3], [-1]) and step == [-1]


def _for_each_colour(by: NDArray[Any] | None, colours: int) -> NDArray[np.float64] | None:
    """A constant as one number for each colour of (n, colours, height, width); None if it is not that."""
    if by is None:
        return None
    if by.size == 1:
        return np.full(colours, float(by.reshape(())))
    shape = (1,) * (4 - by.ndim) + by.shape
    return by.reshape(colours).astype(np.float64) if shape == (1, colours, 1, 1) else None


def _attribute(node: NodeProto, name: str) -> Any:
    found = next((attribute for attribute in node.attribute if attribute.name == name), None)
    return None if found is None else helper.get_attribute_value(found)

"""Rewriting ONNX graphs for compilers: full weights, the trunk's bounds, half precision, float inputs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import ModelProto, NodeProto, TensorProto, helper, numpy_helper

from painwatch_engines.errors import EngineError

CONVOLUTIONS = ("Conv", "ConvTranspose")

_HALF = {
    *CONVOLUTIONS,
    *("Relu", "LeakyRelu", "Clip", "Sigmoid", "HardSigmoid", "HardSwish", "Add", "Sub", "Mul", "Concat", "Pad"),
    *("MaxPool", "AveragePool", "GlobalAveragePool", "BatchNormalization", "Transpose"),
}
"""Kinds of nodes that compute in float16 inside the trunk; around all others there are casts."""


def load_graph(path: Path) -> ModelProto:
    """The model with weights that were stored in 8 bits expanded to float32: compilers would take them for a wish.

    Raises:
        EngineError: the file is no ONNX model.
    """
    try:
        model = onnx.load(str(path))
        onnx.checker.check_model(model)
    except Exception as error:  # protobuf, the checker and the file system each have their own
        what = f"it is no ONNX model ({type(error).__name__})"
        raise EngineError(what, str(path), "Fetch or export the model again.") from error
    _expand_weights(model)
    return model


def trunk(model: ModelProto, kinds: Sequence[str] = CONVOLUTIONS) -> list[NodeProto]:
    """The nodes from the first convolution to the last, in their order: where nearly all of the arithmetic is.

    What comes before turns pixels into numbers, what comes after turns features into answers; both stay float32. So
    does whatever makes or takes sizes, with which some networks reckon in floats: rounded, they are others. `kinds`: of
    nodes that are convolutions.

    Raises:
        EngineError: the graph has no convolution.
    """
    where = [index for index, node in enumerate(model.graph.node) if node.op_type in kinds]
    if not where:
        what = "there is no convolution to be compiled"
        raise EngineError(what, model.graph.name, "Use the model as it is, by ONNX Runtime.")
    sizes = _sizes(model)
    inside = list(model.graph.node)[where[0] : where[-1] + 1]
    return [node for node in inside if not sizes & {*node.input, *node.output}]


def in_half_precision(model: ModelProto) -> ModelProto:
    """A copy whose trunk computes in float16; inputs, outputs, preparation and head stay as they are."""
    named = with_names(model)
    inside = {node.name for node in trunk(named) if node.op_type in _HALF}
    floats = _float_tensors(named)
    weights = {tensor.name: tensor for tensor in named.graph.initializer}
    outside = {name for node in named.graph.node if node.name not in inside for name in node.input}
    outside |= {put.name for put in named.graph.output}
    nodes: list[NodeProto] = []
    halves: set[str] = set()

    for node in named.graph.node:
        if node.name not in inside:
            nodes.append(node)
            continue
        for index, name in enumerate(node.input):
            if name not in floats:
                continue
            if name not in halves and name in weights:
                values = numpy_helper.to_array(weights[name]).astype(np.float16)
                named.graph.initializer.append(numpy_helper.from_array(values, _half(name)))
            elif name not in halves:
                nodes.append(_cast(name, _half(name), TensorProto.FLOAT16))
            halves.add(name)
            node.input[index] = _half(name)
        nodes.append(node)
        for index, name in enumerate(node.output):
            if name in floats:
                halves.add(name)
                node.output[index] = _half(name)
                if name in outside:
                    nodes.append(_cast(_half(name), name, TensorProto.FLOAT))

    del named.graph.node[:]
    named.graph.node.extend(nodes)
    drop_unused(named)
    onnx.checker.check_model(named)
    return named


def with_float_inputs(model: ModelProto) -> ModelProto:
    """A copy that turns each uint8 input into float32 before all else: TensorRT knows uint8 only as an input."""
    copy = with_names(model)
    taken = [put.name for put in copy.graph.input if put.type.tensor_type.elem_type == TensorProto.UINT8]
    casts = []
    for name in taken:
        for node in copy.graph.node:
            for index, wanted in enumerate(node.input):
                if wanted == name:
                    node.input[index] = f"{name}_as_float"
        casts.append(_cast(name, f"{name}_as_float", TensorProto.FLOAT))
    nodes = list(copy.graph.node)
    del copy.graph.node[:]
    copy.graph.node.extend([*casts, *nodes])
    # What was inferred of the nodes between no longer holds.
    del copy.graph.value_info[:]
    onnx.checker.check_model(copy)
    return copy


def with_names(model: ModelProto) -> ModelProto:
    """A copy in which every node has a name of its own, so that it can be spoken of."""
    copy = ModelProto()
    copy.CopyFrom(model)
    times = Counter(node.name for node in copy.graph.node)
    for index, node in enumerate(copy.graph.node):
        if not node.name or times[node.name] > 1:
            node.name = f"{node.op_type}_{index}"
    return copy


def constants(model: ModelProto) -> dict[str, NDArray[np.generic]]:
    """The values of all tensors that do not depend on the input."""
    fixed = {tensor.name: numpy_helper.to_array(tensor) for tensor in model.graph.initializer}
    for node in model.graph.node:
        value = next((attribute.t for attribute in node.attribute if attribute.name == "value"), None)
        if node.op_type == "Constant" and value is not None:
            fixed[node.output[0]] = numpy_helper.to_array(value)
    return fixed


def drop_unused(model: ModelProto) -> None:
    """Takes out of the graph what no node and no output asks for any more: weights, constants, inferred shapes."""
    graph = model.graph
    used = {name for node in graph.node for name in node.input} | {put.name for put in graph.output}
    nodes = [node for node in graph.node if node.op_type != "Constant" or used & set(node.output)]
    weights = [tensor for tensor in graph.initializer if tensor.name in used]
    del graph.node[:], graph.initializer[:], graph.value_info[:]
    graph.node.extend(nodes)
    graph.initializer.extend(weights)


def _sizes(model: ModelProto) -> set[str]:
    """The tensors that depend on the sizes of pictures alone."""
    fixed, sizes = {tensor.name for tensor in model.graph.initializer}, set[str]()
    for node in model.graph.node:
        taken = [name for name in node.input if name and name not in fixed]
        if node.op_type == "Shape" or (taken and sizes.issuperset(taken)):
            sizes.update(node.output)
        elif not taken:
            fixed.update(node.output)
    return sizes


def _float_tensors(model: ModelProto) -> set[str]:
    inferred = onnx.shape_inference.infer_shapes(model).graph
    values = [*inferred.input, *inferred.output, *inferred.value_info]
    return {value.name for value in values if value.type.tensor_type.elem_type == TensorProto.FLOAT} | {
        tensor.name for tensor in inferred.initializer if tensor.data_type == TensorProto.FLOAT
    }


def _cast(source: str, target: str, kind: int) -> NodeProto:
    return helper.make_node("Cast", [source], [target], name=f"{target}_cast", to=kind)


def _half(name: str) -> str:
    return f"{name}_half"


def _expand_weights(model: ModelProto) -> None:
    graph = model.graph
    known = {tensor.name: tensor for tensor in graph.initializer}
    kept: list[NodeProto] = []
    for node in graph.node:
        if node.op_type != "DequantizeLinear" or not all(name in known for name in node.input):
            kept.append(node)
            continue
        axis = next((attribute.i for attribute in node.attribute if attribute.name == "axis"), 1)
        parts = [numpy_helper.to_array(known[name]) for name in node.input]
        expanded = numpy_helper.from_array(_dequantised(parts, axis), node.output[0])
        graph.initializer.append(expanded)
    del graph.node[:]
    graph.node.extend(kept)
    drop_unused(model)


def _dequantised(parts: list[NDArray[np.generic]], axis: int) -> NDArray[np.float32]:
    """ONNX DequantizeLinear: (values - zero) * scale, scale and zero along `axis` unless they are single numbers."""
    values, scale = parts[0].astype(np.float32), parts[1].astype(np.float32)
    zero = parts[2].astype(np.float32) if len(parts) > 2 else np.zeros_like(scale)
    if scale.ndim:
        along = [1] * values.ndim
        along[axis] = -1
        scale, zero = scale.reshape(along), zero.reshape(along)
    return np.asarray((values - zero) * scale, np.float32)

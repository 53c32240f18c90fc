"""How much arithmetic a model takes, counted from its graph."""

from __future__ import annotations

import math
from pathlib import Path

import onnx
from onnx import GraphProto, NodeProto, helper, numpy_helper

from painwatch_engines.compile.graph import load_graph
from painwatch_engines.errors import EngineError


def floating_point_operations(model: Path, shape: tuple[int, ...]) -> int:
    """Multiplications and additions of the convolutions and matrix products for one input of `shape`.

    A multiply-add counts as two. All else (activations, pooling, pixels) is not counted: in these networks it is
    below one in a hundred.

    Raises:
        EngineError: a shape in the graph cannot be inferred.
    """
    graph = load_graph(model)
    for dimension, size in zip(graph.graph.input[0].type.tensor_type.shape.dim, shape, strict=True):
        dimension.Clear()
        dimension.dim_value = size
    del graph.graph.value_info[:]
    inferred = onnx.shape_inference.infer_shapes(graph, data_prop=True).graph
    shapes = _shapes(inferred)
    return sum(_of_node(node, shapes, str(model)) for node in inferred.node)


def _of_node(node: NodeProto, shapes: dict[str, tuple[int, ...]], where: str) -> int:
    if node.op_type not in ("Conv", "ConvTranspose", "Gemm", "MatMul"):
        return 0
    try:
        first, second, out = shapes[node.input[0]], shapes[node.input[1]], shapes[node.output[0]]
    except KeyError as error:
        mend = "Give the model's input a fixed size."
        raise EngineError(f"the size of {error} is not known", where, mend) from None
    if node.op_type == "Conv":  # weights (M, C / groups, kH, kW), one dot product for each value of the result
        return 2 * math.prod(out) * math.prod(second[1:])
    if node.op_type == "ConvTranspose":  # weights (C, M / groups, kH, kW), used once for each value of the input
        return 2 * math.prod(first) * math.prod(second[1:])
    attributes = {attribute.name: helper.get_attribute_value(attribute) for attribute in node.attribute}
    inner = first[0] if node.op_type == "Gemm" and attributes.get("transA") else first[-1]
    return 2 * math.prod(out) * inner


def _shapes(graph: GraphProto) -> dict[str, tuple[int, ...]]:
    known = {tensor.name: tuple(numpy_helper.to_array(tensor).shape) for tensor in graph.initializer}
    for value in [*graph.input, *graph.value_info, *graph.output]:
        dimensions = value.type.tensor_type.shape.dim
        if all(dimension.HasField("dim_value") for dimension in dimensions):
            known[value.name] = tuple(dimension.dim_value for dimension in dimensions)
    return known

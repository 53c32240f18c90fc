"""The first convolution over blocks of 2 x 2 pixels, where it goes by steps of two: the same sums in another order.

A block counts as one pixel of 12 colours: first the rows of the block, then its columns, then the colours. ONNX Runtime
computes an 8-bit convolution of a multiple of four colours without laying out its input anew, one of three does not.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from onnx import GraphProto, NodeProto, ValueInfoProto, helper, numpy_helper

SIDE = 2


def can_take_blocks(source: ValueInfoProto, convolution: NodeProto) -> bool:
    """Whether pictures (n, height, width, colours) have a fixed, even size and the convolution goes by steps of two."""
    sizes = [size.dim_value for size in source.type.tensor_type.shape.dim][1:3]
    even = len(sizes) == 2 and all(size > 0 and size % SIDE == 0 for size in sizes)
    given = {attribute.name: attribute for attribute in convolution.attribute}
    by_twos = "strides" in given and list(given["strides"].ints) == [SIDE, SIDE]
    dense = "dilations" not in given or set(given["dilations"].ints) == {1}
    told = "auto_pad" not in given or given["auto_pad"].s == b"NOTSET"
    return even and by_twos and dense and told


def take_blocks(
    graph: GraphProto, convolution: NodeProto, weights: NDArray[np.float64]
) -> tuple[list[NodeProto], NDArray[np.float64]]:
    """The nodes that make blocks of the graph's input, as tensor `pixel_blocks`, and the weights (out, 12, ., .) for
    them. The convolution's attributes are changed to suit."""
    source = graph.input[0]
    height, width = (size.dim_value // SIDE for size in list(source.type.tensor_type.shape.dim)[1:3])
    out, colours, *kernel = weights.shape
    pads = next((list(given.ints) for given in convolution.attribute if given.name == "pads"), [0, 0, 0, 0])
    before, after, wide = [], [], []
    for axis, size in enumerate((height, width)):
        first = -(-pads[axis] // SIDE)
        skipped = SIDE * first - pads[axis]
        taken = -(-(kernel[axis] + skipped) // SIDE)
        results = (SIDE * size + pads[axis] + pads[axis + 2] - kernel[axis]) // SIDE + 1
        before.append(first)
        after.append(results - size - first + taken - 1)
        wide.append((skipped, SIDE * taken - kernel[axis] - skipped))
    spread = np.pad(weights, ((0, 0), (0, 0), *wide))
    rows, columns = (length // SIDE for length in spread.shape[2:])
    # (out, colour, row block, row, column block, column) to (out, row, column, colour, row block, column block).
    in_blocks = spread.reshape(out, colours, rows, SIDE, columns, SIDE).transpose(0, 3, 5, 1, 2, 4)
    _set(convolution, "strides", [1, 1])
    _set(convolution, "kernel_shape", [rows, columns])
    _set(convolution, "pads", [*before, *after])
    shapes = {
        "pixel_pairs": [0, height, SIDE, width, SIDE, colours],
        "pixel_block": [0, height, width, SIDE * SIDE * colours],
    }
    graph.initializer.extend(numpy_helper.from_array(np.array(shape, np.int64), name) for name, shape in shapes.items())
    nodes = [
        helper.make_node("Reshape", [source.name, "pixel_pairs"], ["pixels_in_pairs"], name="pixels_in_pairs"),
        helper.make_node(
            "Transpose", ["pixels_in_pairs"], ["pairs_together"], name="pairs_together", perm=[0, 1, 3, 2, 4, 5]
        ),
        helper.make_node("Reshape", ["pairs_together", "pixel_block"], ["pixel_blocks"], name="pixel_blocks"),
    ]
    return nodes, in_blocks.reshape(out, SIDE * SIDE * colours, rows, columns)


def _set(convolution: NodeProto, name: str, values: list[int]) -> None:
    for given in list(convolution.attribute):
        if given.name == name:
            convolution.attribute.remove(given)
    convolution.attribute.append(helper.make_attribute(name, values))

"""Small files: weights stored in eight bits and expanded when an engine opens the model.

Only the weights are rounded; all arithmetic stays float32. ONNX Runtime folds the expansion when it opens
the file (see runtime/onnxruntime_session.py), so a run costs the same as with float32 weights.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import NodeProto, TensorProto, helper, numpy_helper

SMALLEST_TENSOR = 150_000
"""Tensors with fewer values stay float32: in ResNet-18 the first half of the layers, a fourteenth of its weights, where
rounding costs most."""


def quantise_rows(weights: NDArray[np.float32]) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """Symmetric 8-bit values and one scale for each output channel (first axis).

    Returns:
        values (same shape), scales (channels,); values * scale is within scale / 2 of the weights.
    """
    rows = weights.reshape(weights.shape[0], -1)
    scales = (np.abs(rows).max(axis=1) / 127).astype(np.float32)
    scales[scales == 0] = 1.0
    values = np.clip(np.rint(rows / scales[:, None]), -127, 127).astype(np.int8)
    return values.reshape(weights.shape), scales


def store_in_int8(source: Path, target: Path) -> int:
    """Rewrite a float32 ONNX file with its convolution weights as int8 and a DequantizeLinear before each use.

    Returns:
        How many tensors were rewritten.
    """
    model = onnx.load(source)
    graph = model.graph
    used = {node.input[1] for node in graph.node if node.op_type == "Conv"}
    kept: list[TensorProto] = []
    expansions: list[NodeProto] = []
    for tensor in graph.initializer:
        weights = numpy_helper.to_array(tensor)
        if tensor.name not in used or weights.dtype != np.float32 or weights.size < SMALLEST_TENSOR:
            kept.append(tensor)
            continue
        values, scales = quantise_rows(weights)
        names = [f"{tensor.name}_{part}" for part in ("int8", "scale", "zero")]
        parts: tuple[NDArray[Any], ...] = (values, scales, np.zeros(len(scales), np.int8))
        kept += [numpy_helper.from_array(part, name) for part, name in zip(parts, names, strict=True)]
        expansions.append(helper.make_node("DequantizeLinear", names, [tensor.name], axis=0))
    del graph.initializer[:]
    graph.initializer.extend(kept)
    nodes = list(graph.node)
    del graph.node[:]
    graph.node.extend([*expansions, *nodes])
    onnx.checker.check_model(model)
    onnx.save(model, target)
    return len(expansions)

"""8-bit arithmetic: ranges measured on pictures, written into the graph as QDQ nodes (ONNX Runtime's quantiser)."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import ModelProto

from painwatch_engines.compile.graph import CONVOLUTIONS, load_graph, trunk, with_float_inputs, with_names
from painwatch_engines.compile.pixels import override, with_pixels_first
from painwatch_engines.errors import EngineError

Flavour = Literal["onnxruntime", "tensorrt"]

_PASS_ON = ("AveragePool", "Add", "MaxPool", "GlobalAveragePool", "Relu", "Concat")

_QUANTISED: dict[Flavour, tuple[str, ...]] = {
    "onnxruntime": ("Conv", *_PASS_ON),
    "tensorrt": (*CONVOLUTIONS, *_PASS_ON),
}
"""Kinds of nodes that compute in 8 bits or pass 8-bit numbers on. ONNX Runtime has no 8-bit ConvTranspose: what comes
after the last Conv, such as the heads of a keypoint network, would be made 8-bit numbers of and be computed in float32
all the same."""


def quantise(model: Path, target: Path, pictures: Sequence[NDArray[np.uint8]], flavour: Flavour) -> None:
    """Write `model` to `target` with its trunk in 8 bits, calibrated on `pictures` (each (H, W, 3), BGR).

    Weights are int8 with a scale for each output channel. For ONNX Runtime activations are uint8 with a zero point
    of their own; TensorRT takes int8 with zero point 0 only and no quantised bias.

    Raises:
        EngineError: the graph cannot be quantised.
    """
    from onnxruntime.quantization import CalibrationMethod, QuantFormat, QuantType, quantize_static

    symmetric = flavour == "tensorrt"
    prepared = target.with_name(f"{target.name}.float32")
    logger = logging.getLogger()
    level = logger.level
    try:
        graph, overrides = _prepared(model, flavour)
        inside = trunk(graph, [kind for kind in CONVOLUTIONS if kind in _QUANTISED[flavour]])
        names = [node.name for node in inside if node.op_type in _QUANTISED[flavour]]
        onnx.save(graph, str(prepared))
        # The quantiser advises on the root logger to prepare the model by a step that its own users rarely need.
        logger.setLevel(logging.ERROR)
        quantize_static(
            prepared,
            target,
            _Pictures(graph.graph.input[0].name, pictures),
            quant_format=QuantFormat.QDQ,
            per_channel=True,
            op_types_to_quantize=list(_QUANTISED[flavour]),
            nodes_to_quantize=names,
            activation_type=QuantType.QInt8 if symmetric else QuantType.QUInt8,
            weight_type=QuantType.QInt8,
            calibrate_method=CalibrationMethod.MinMax,
            extra_options={
                "ActivationSymmetric": symmetric,
                "WeightSymmetric": True,
                "AddQDQPairToWeight": symmetric,
                "QuantizeBias": not symmetric,
                "CalibTensorRangeSymmetric": symmetric,
                "TensorQuantOverrides": overrides,
            },
        )
    except EngineError:
        raise
    except Exception as error:
        what = f"it cannot be quantised ({type(error).__name__}: {str(error)[:200]})"
        raise EngineError(what, str(model), "Use the model in float32.") from error
    finally:
        logger.setLevel(level)
        prepared.unlink(missing_ok=True)


def _prepared(model: Path, flavour: Flavour) -> tuple[ModelProto, dict[str, list[dict[str, Any]]]]:
    """The graph as the quantiser takes it, and what that is to be told of tensors instead of measuring them."""
    graph = with_names(load_graph(model))
    if flavour == "tensorrt":
        return with_float_inputs(graph), {}
    pixels = with_pixels_first(graph)
    return (graph, {}) if pixels is None else (pixels.model, override(pixels.zero))


class _Pictures:
    """The pictures as the quantiser asks for them: one batch of one at a time, None at the end."""

    def __init__(self, name: str, pictures: Sequence[NDArray[np.uint8]]) -> None:
        self._left: Iterator[dict[str, NDArray[Any]]] = ({name: picture[None]} for picture in pictures)

    def get_next(self) -> dict[str, NDArray[Any]] | None:
        return next(self._left, None)

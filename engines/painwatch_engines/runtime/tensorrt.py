"""NVIDIA TensorRT 10.3 to 11.4: finds the plan that painwatch_engines.compile built on this host and admitted."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from painwatch_engines.artefacts import file_sha256
from painwatch_engines.errors import EngineError
from painwatch_engines.runtime.cuda import Device, open_device
from painwatch_engines.runtime.engine import first_line
from painwatch_engines.runtime.plans import PlanCache, PlanKey, Precision, of_form
from painwatch_engines.runtime.tensorrt_run import TensorRt

TARGET = "tensorrt"
NAMES: dict[str, Precision] = {"tensorrt": "fp32", "tensorrt-fp16": "fp16", "tensorrt-int8": "int8"}
"""Engines of this module, as written in a chain, and the precision of their plans."""

_SUPPORTED = ((10, 3), (12, 0))


def open_tensorrt(model: Path, name: str, plans: PlanCache, device: Callable[[], Device] = open_device) -> TensorRt:
    """The admitted plan of `model` for this host's GPU.

    Args:
        model: the .onnx file.
        name: one of NAMES.

    Raises:
        EngineError: no GPU, no TensorRT of a supported version, or no plan for just these.
    """
    gpu = device()
    try:
        tensorrt = import_tensorrt()
        plan = plans.find(key_of(model, NAMES[name], gpu.name, tensorrt.__version__))
    except BaseException:
        gpu.close()
        raise
    return TensorRt(plan, name, tensorrt, gpu)


def key_of(model: Path, precision: Precision, gpu: str, version: str, shapes: str = "") -> PlanKey:
    """What a plan is bound to; without shapes, to look one up."""
    sha256 = file_sha256(model)
    return PlanKey(
        onnx_sha256=sha256,
        engine=TARGET,
        engine_version=of_form(version),
        device=gpu,
        precision=precision,
        shapes=shapes,
    )


def import_tensorrt() -> Any:
    """The `tensorrt` module. Ask for a GPU first: without a driver its Runtime ends the process.

    Raises:
        EngineError: it is not installed, cannot be loaded, or is of a version this code was not written for.
    """
    mend = "Install TensorRT 10.3 to 11.4 for this CUDA, or take tensorrt out of the worker's chain."
    try:
        tensorrt = importlib.import_module("tensorrt")
    except Exception as error:  # a missing or unfit library is an OSError or a RuntimeError, by version
        raise EngineError(f"TensorRT cannot be imported ({first_line(error)})", TARGET, mend) from error
    version = tuple(int(part) for part in str(tensorrt.__version__).split(".")[:2])
    if not _SUPPORTED[0] <= version < _SUPPORTED[1]:
        raise EngineError(f"TensorRT {tensorrt.__version__} is not supported", TARGET, mend)
    return tensorrt

"""Running a TensorRT plan on one GPU.

Calls are those of the Python API that 10.3 and 11.4 have in common (tensors by name, execute_async_v3). Each shape of
input has an execution context, memory and a CUDA graph of its own.
"""

from __future__ import annotations

import weakref
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from painwatch_engines.errors import EngineError
from painwatch_engines.runtime.cuda import Device
from painwatch_engines.runtime.engine import InputError, first_line, shown

MOST_SHAPES = 12
"""Shapes of input that are kept ready; the one kept longest makes way for a new one."""

MOST_BATCHED = 8


@dataclass(slots=True)
class _Bound:
    """An execution context with the memory for one shape of inputs. `graph`: 0 until it is recorded or if it cannot."""

    context: Any
    inputs: dict[str, int]
    outputs: dict[str, tuple[int, NDArray[Any]]]
    runs: int = 0
    graph: int = 0


class TensorRt:
    """One plan on one GPU."""

    def __init__(self, plan: Path, name: str, tensorrt: Any, device: Device) -> None:
        """Deserialise the plan; see tensorrt.open_tensorrt.

        Raises:
            EngineError: TensorRT does not take the plan, or a type in it has no counterpart in numpy.
        """
        self._path, self._name, self._device = plan, name, device
        self._bound: dict[tuple[tuple[int, ...], ...], _Bound] = {}
        # Engine, runtime, logger, as they are let go. Held elsewhere too, they would outlive the GPU's context.
        self._owned: list[Any] = []
        weakref.finalize(self, _release, device, self._bound, self._owned)
        with _told(plan, "Run `painwatch engine build` for this model again on this host."):
            device.enter()
            logger = tensorrt.Logger(tensorrt.Logger.WARNING)
            runtime = tensorrt.Runtime(logger)
            engine = runtime.deserialize_cuda_engine(plan.read_bytes())
            if engine is None:
                raise EngineError("TensorRT does not take the plan", str(plan), "Run `painwatch engine build` again.")
            self._owned += [engine, runtime, logger]
            types = _types(tensorrt)
            names = [engine.get_tensor_name(index) for index in range(engine.num_io_tensors)]
            self._types = {name: types[engine.get_tensor_dtype(name)] for name in names}
            is_input = {n: engine.get_tensor_mode(n) == tensorrt.TensorIOMode.INPUT for n in names}
            self._inputs = [name for name in names if is_input[name]]
            self._outputs = [name for name in names if not is_input[name]]

    @property
    def engine(self) -> str:
        return self._name

    @property
    def most_batched(self) -> int:
        """See Runtime.most_batched: what the plan was built for."""
        most = (self._engine.get_tensor_profile_shape(name, 0)[2][0] for name in self._inputs)
        return max(1, min(MOST_BATCHED, *map(int, most)))

    @property
    def _engine(self) -> Any:
        return self._owned[0]

    def run(self, inputs: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
        """Compute every output; see Runtime.run."""
        arrays = self._fitting(inputs)
        with _told(self._path, "See the log of the worker and the GPU's own log (dmesg)."):
            self._device.enter()
            shapes = tuple(array.shape for array in arrays.values())
            bound = self._bound.get(shapes) or self._bind(arrays)
            for name, array in arrays.items():
                self._device.upload(bound.inputs[name], array)
            self._compute(bound)
            for pointer, host in bound.outputs.values():
                self._device.download(host, pointer)
            self._device.synchronise()
            return {name: host.copy() for name, (_, host) in bound.outputs.items()}

    def _fitting(self, inputs: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
        mend = f"The plan takes {', '.join(f'{name} {np.dtype(self._types[name])}' for name in self._inputs)}."
        if sorted(inputs) != sorted(self._inputs):
            raise InputError(f"TensorRT cannot run the plan on {shown(inputs)}", str(self._path), mend)
        arrays = {name: np.ascontiguousarray(inputs[name]) for name in self._inputs}
        for name, array in arrays.items():
            least, _, most = (tuple(shape) for shape in self._engine.get_tensor_profile_shape(name, 0))
            fits = len(least) == array.ndim and all(
                low <= size <= high for low, size, high in zip(least, array.shape, most, strict=True)
            )
            if not fits or array.dtype != self._types[name]:
                what = f"TensorRT cannot run the plan on {shown(inputs)}, it was built for {least} to {most}"
                raise InputError(what, str(self._path), mend)
        return arrays

    def _bind(self, arrays: Mapping[str, NDArray[Any]]) -> _Bound:
        if len(self._bound) >= MOST_SHAPES:
            _free(self._device, self._bound.pop(next(iter(self._bound))))
        context = self._engine.create_execution_context()
        if context is None:
            raise EngineError("TensorRT gives no execution context", str(self._path), "Free memory of the GPU.")
        bound = _Bound(context, {}, {})
        try:
            for name, array in arrays.items():
                if not context.set_input_shape(name, tuple(array.shape)):
                    raise EngineError(f"TensorRT refuses the shape {array.shape}", str(self._path), "Build it anew.")
                bound.inputs[name] = self._device.allocate(array.nbytes)
            if unresolved := context.infer_shapes():
                raise EngineError(f"shapes stay open: {unresolved}", str(self._path), "Export the model anew.")
            for name in self._outputs:
                host = np.empty(tuple(context.get_tensor_shape(name)), self._types[name])
                bound.outputs[name] = (self._device.allocate(host.nbytes), host)
            for name, pointer in [*bound.inputs.items(), *((n, p) for n, (p, _) in bound.outputs.items())]:
                if not context.set_tensor_address(name, pointer):
                    raise EngineError(f"TensorRT refuses memory for {name}", str(self._path), "Build the plan anew.")
        except Exception:
            _free(self._device, bound)
            raise
        self._bound[tuple(array.shape for array in arrays.values())] = bound
        return bound

    def _compute(self, bound: _Bound) -> None:
        # TensorRT does work of its own in the first run of a shape, which must not be recorded.
        if bound.runs == 1:
            bound.graph = self._recorded(bound)
        bound.runs += 1
        if bound.graph:
            self._device.launch(bound.graph)
        elif not bound.context.execute_async_v3(self._device.stream):
            raise EngineError("TensorRT could not start the run", str(self._path), "See the log of the worker.")

    def _recorded(self, bound: _Bound) -> int:
        """A graph of one run, or 0: not every plan can be recorded; such a one is run as it is."""
        self._device.begin_capture()
        enqueued, graph = False, 0
        try:
            enqueued = bound.context.execute_async_v3(self._device.stream)
        finally:
            with suppress(EngineError):
                graph = self._device.end_capture()
        return graph if enqueued else 0


def _types(tensorrt: Any) -> dict[Any, Any]:
    kinds = tensorrt.DataType
    return {
        kinds.FLOAT: np.float32,
        kinds.HALF: np.float16,
        kinds.INT8: np.int8,
        kinds.UINT8: np.uint8,
        kinds.INT32: np.int32,
        kinds.INT64: np.int64,
        kinds.BOOL: np.bool_,
    }


class _told:
    """Whatever TensorRT or CUDA raises becomes an EngineError."""

    def __init__(self, plan: Path, mend: str) -> None:
        self._plan, self._mend = plan, mend

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        if isinstance(error, Exception) and not isinstance(error, EngineError):
            what = f"TensorRT failed ({type(error).__name__}: {first_line(error)})"
            raise EngineError(what, str(self._plan), self._mend) from error


def _free(device: Device, bound: _Bound) -> None:
    if bound.graph:
        device.forget(bound.graph)
    for pointer in [*bound.inputs.values(), *(pointer for pointer, _ in bound.outputs.values())]:
        device.free(pointer)


def _release(device: Device, bound: dict[Any, _Bound], owned: list[Any]) -> None:
    try:
        device.enter()
        for each in bound.values():
            _free(device, each)
    except EngineError:
        # A GPU that has failed takes nothing back; its driver frees the memory with the process.
        pass
    bound.clear()
    while owned:
        owned.pop(0)
    device.close()

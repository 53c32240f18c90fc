"""As much of CUDA as running a plan takes: memory, one stream, graphs; through the driver's own C interface.

`libcuda.so.1` comes with every driver and keeps its interface: no PyTorch, CuPy or CUDA toolkit is needed.
Calls are those of the CUDA Driver API reference; where a call has versions, the one of CUDA 11.4 and later.
"""

from __future__ import annotations

import ctypes
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from painwatch_engines.errors import EngineError

LIBRARY = "libcuda.so.1"

_NON_BLOCKING_STREAM = 1
_THREAD_LOCAL_CAPTURE = 1
_COMPUTE_CAPABILITY = (75, 76)
"""CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR and _MINOR."""


class Device(Protocol):
    """What runtime.tensorrt asks of a GPU. Pointers, streams and graphs are plain numbers."""

    @property
    def name(self) -> str: ...
    @property
    def stream(self) -> int: ...
    def enter(self) -> None: ...
    def allocate(self, size_bytes: int) -> int: ...
    def free(self, pointer: int) -> None: ...
    def upload(self, pointer: int, array: NDArray[np.generic]) -> None: ...
    def download(self, array: NDArray[np.generic], pointer: int) -> None: ...
    def synchronise(self) -> None: ...
    def begin_capture(self) -> None: ...
    def end_capture(self) -> int: ...
    def launch(self, graph: int) -> None: ...
    def forget(self, graph: int) -> None: ...
    def close(self) -> None: ...


@dataclass(slots=True)
class CudaDevice:
    """One GPU with its primary context and one non-blocking stream. `name` tells it from other kinds of GPU."""

    name: str
    stream: int
    _library: ctypes.CDLL
    _number: int
    _context: int
    _graphs: list[int]

    def enter(self) -> None:
        """Make this GPU the calling thread's own; a worker may have been started in another thread."""
        self._call("cuCtxSetCurrent", ctypes.c_void_p(self._context))

    def allocate(self, size_bytes: int) -> int:
        """Memory on the GPU."""
        pointer = ctypes.c_uint64()
        self._call("cuMemAlloc_v2", ctypes.byref(pointer), ctypes.c_size_t(max(1, size_bytes)))
        return int(pointer.value)

    def free(self, pointer: int) -> None:
        self._call("cuMemFree_v2", ctypes.c_uint64(pointer))

    def upload(self, pointer: int, array: NDArray[np.generic]) -> None:
        """Copy a contiguous array to the GPU, in the order of the stream."""
        self._call("cuMemcpyHtoDAsync_v2", ctypes.c_uint64(pointer), _address(array), _size(array), self._stream())

    def download(self, array: NDArray[np.generic], pointer: int) -> None:
        """Copy from the GPU into a contiguous array; it is filled after `synchronise`."""
        self._call("cuMemcpyDtoHAsync_v2", _address(array), ctypes.c_uint64(pointer), _size(array), self._stream())

    def synchronise(self) -> None:
        """Wait until the stream has done all it was given."""
        self._call("cuStreamSynchronize", self._stream())

    def begin_capture(self) -> None:
        """From here on, what is put on the stream is recorded and not run."""
        self._call("cuStreamBeginCapture_v2", self._stream(), ctypes.c_int(_THREAD_LOCAL_CAPTURE))

    def end_capture(self) -> int:
        """A graph of what was recorded, for `launch`."""
        graph, executable = ctypes.c_void_p(), ctypes.c_void_p()
        self._call("cuStreamEndCapture", self._stream(), ctypes.byref(graph))
        try:
            self._call("cuGraphInstantiateWithFlags", ctypes.byref(executable), graph, ctypes.c_ulonglong(0))
        finally:
            self._call("cuGraphDestroy", graph)
        self._graphs.append(executable.value or 0)
        return self._graphs[-1]

    def launch(self, graph: int) -> None:
        self._call("cuGraphLaunch", ctypes.c_void_p(graph), self._stream())

    def forget(self, graph: int) -> None:
        """Give back a graph that is not launched any more."""
        self._graphs.remove(graph)
        self._call("cuGraphExecDestroy", ctypes.c_void_p(graph))

    def close(self) -> None:
        """Give the stream, the graphs and the context back; memory that was allocated must be free by then."""
        for graph in self._graphs:
            self._library.cuGraphExecDestroy(ctypes.c_void_p(graph))
        self._graphs.clear()
        self._library.cuStreamDestroy_v2(self._stream())
        self._library.cuDevicePrimaryCtxRelease_v2(ctypes.c_int(self._number))

    def _stream(self) -> ctypes.c_void_p:
        return ctypes.c_void_p(self.stream)

    def _call(self, name: str, *arguments: object) -> None:
        _call(self._library, name, *arguments)


def open_device(number: int = 0, library: str = LIBRARY) -> CudaDevice:
    """The GPU with this number. Asked before TensorRT is, which ends the process where there is no driver.

    Raises:
        EngineError: no driver, no GPU, or one that does not start.
    """
    mend = "Install NVIDIA's driver, or take CUDA engines out of the worker's chain."
    try:
        cuda = ctypes.CDLL(library)
    except OSError as error:
        raise EngineError("there is no NVIDIA driver on this host", library, mend) from error
    _call(cuda, "cuInit", ctypes.c_uint(0))
    count, device, context, stream = ctypes.c_int(), ctypes.c_int(), ctypes.c_void_p(), ctypes.c_void_p()
    _call(cuda, "cuDeviceGetCount", ctypes.byref(count))
    if number >= count.value:
        raise EngineError(f"there is no GPU {number}, the driver sees {count.value}", library, mend)
    _call(cuda, "cuDeviceGet", ctypes.byref(device), ctypes.c_int(number))
    name = _name(cuda, device)
    _call(cuda, "cuDevicePrimaryCtxRetain", ctypes.byref(context), device)
    _call(cuda, "cuCtxSetCurrent", context)
    _call(cuda, "cuStreamCreate", ctypes.byref(stream), ctypes.c_uint(_NON_BLOCKING_STREAM))
    return CudaDevice(name, stream.value or 0, cuda, device.value, context.value or 0, [])


def _name(cuda: ctypes.CDLL, device: ctypes.c_int) -> str:
    text = ctypes.create_string_buffer(256)
    _call(cuda, "cuDeviceGetName", text, ctypes.c_int(len(text)), device)
    figures = []
    for attribute in _COMPUTE_CAPABILITY:
        value = ctypes.c_int()
        _call(cuda, "cuDeviceGetAttribute", ctypes.byref(value), ctypes.c_int(attribute), device)
        figures.append(str(value.value))
    return f"{text.value.decode(errors='replace')} (compute capability {'.'.join(figures)})"


def _call(cuda: ctypes.CDLL, name: str, *arguments: object) -> None:
    try:
        result = int(getattr(cuda, name)(*arguments))
    except AttributeError as error:
        mend = "Install a driver for CUDA 11.4 or later."
        raise EngineError(f"the NVIDIA driver has no {name}", LIBRARY, mend) from error
    if result != 0:
        raise EngineError(f"{name} failed ({_meaning(cuda, result)})", "CUDA", "See the driver's own log (dmesg).")


def _meaning(cuda: ctypes.CDLL, result: int) -> str:
    text = ctypes.c_char_p()
    known = cuda.cuGetErrorName(ctypes.c_int(result), ctypes.byref(text)) == 0 and text.value
    return text.value.decode() if known and text.value else f"error {result}"


def _address(array: NDArray[np.generic]) -> ctypes.c_void_p:
    return ctypes.c_void_p(array.ctypes.data)


def _size(array: NDArray[np.generic]) -> ctypes.c_size_t:
    return ctypes.c_size_t(array.nbytes)

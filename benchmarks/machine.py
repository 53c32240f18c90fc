"""The machine that is measured on: what it is, how busy others keep it, and what it can do at best."""

from __future__ import annotations

import os
import platform
import resource
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import psutil
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from painwatch_engines.runtime.selection import cpu_name

LIBRARIES = (
    "numpy",
    "onnxruntime",
    "torch",
    "opencv-python-headless",
    "av",
    "deeplabcut-live",
    "influxdb-client",
    "pyzmq",
)
BEST_OF = 15
"""A peak is a property of the machine, and what slows it is not: the best of so many looks."""


@dataclass(frozen=True, slots=True)
class State:
    """What the machine is and how it stood. `load`: mean number of processes that wanted to run in the last minute."""

    processor: str
    cores: int
    memory_gib: float
    system: str
    python: str
    libraries: dict[str, str]
    commit: str
    at: str
    load: float


@dataclass(slots=True)
class Company:
    """How much of the machine others used since this was made."""

    began: tuple[float, float, float]

    def others(self) -> float:
        """Fraction of all cores, 0..1, that went to processes that are neither this one nor ended children of it."""
        wall_s, busy_s, own_s = (now - then for now, then in zip(_used(), self.began, strict=True))
        return max(0.0, (busy_s - own_s) / max(1e-9, wall_s * (os.cpu_count() or 1)))


def state() -> State:
    return State(
        processor=cpu_name(),
        cores=os.cpu_count() or 1,
        memory_gib=round(psutil.virtual_memory().total / 2**30, 1),
        system=f"{platform.system()} {platform.release()}",
        python=platform.python_version(),
        libraries={name: _version(name) for name in LIBRARIES},
        commit=_commit(),
        at=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        load=round(os.getloadavg()[0], 2),
    )


def company() -> Company:
    return Company(_used())


@cache
def gflops(kind: str, threads: int = 1) -> float:
    """The most arithmetic a second that ONNX Runtime does here, 10^9 operations; a multiply-add is two.

    Args:
        kind: `float32` or `int8` (as the compiled classifier computes); the best of matrix products and convolutions.
    """
    shapes = ((64, 56), (128, 28), (256, 14), (512, 7))
    best = 0.0
    for channels, side in shapes:
        run = _convolution(kind, channels, side, threads)
        best = max(best, 2 * 9 * channels**2 * side**2 / _least_s(run) / 1e9)
    return max(best, 2 * 1024**3 / _least_s(_product(kind, 1024, threads)) / 1e9)


@cache
def copies_gb_s(count: int, size: int) -> float:
    """10^9 bytes a second that memcpy moves from `count` buffers of `size` bytes to as many others, in turn."""
    sources = [np.full(size, 1, np.uint8) for _ in range(count)]
    targets = [np.zeros(size, np.uint8) for _ in range(count)]

    def run() -> None:
        for source, target in zip(sources, targets, strict=True):
            np.copyto(target, source)

    return count * size / _least_s(run) / 1e9


def decode_ms(clip: Path) -> float:
    """Processor time to decode a frame of `clip` with one thread and nothing else, ms: the best of three passes."""
    import av

    best = float("inf")
    for _ in range(3):
        with av.open(str(clip)) as container:
            stream = container.streams.video[0]
            stream.codec_context.thread_count = 1
            begun = time.process_time()
            frames = sum(1 for _ in container.decode(stream))
            best = min(best, (time.process_time() - begun) / frames)
    return 1e3 * best


def _least_s(run: Callable[[], object]) -> float:
    run()
    best = float("inf")
    for _ in range(BEST_OF):
        begun = time.perf_counter()
        run()
        best = min(best, time.perf_counter() - begun)
    return best


def _product(kind: str, side: int, threads: int) -> Callable[[], object]:
    rng = np.random.default_rng(0)
    if kind == "float32":
        weights: NDArray[Any] = rng.standard_normal((side, side)).astype(np.float32)
        node = helper.make_node("MatMul", ["x", "w"], ["y"])
        return _session([node], {"w": weights}, weights, TensorProto.FLOAT, threads)
    weights = rng.integers(-127, 127, (side, side)).astype(np.int8)
    node = helper.make_node("MatMulInteger", ["x", "w"], ["y"])
    pixels = rng.integers(0, 255, (side, side)).astype(np.uint8)
    return _session([node], {"w": weights}, pixels, TensorProto.INT32, threads)


def _convolution(kind: str, channels: int, side: int, threads: int) -> Callable[[], object]:
    rng = np.random.default_rng(0)
    size, shape = (channels, channels, 3, 3), (1, channels, side, side)
    if kind == "float32":
        floats = {"w": (rng.standard_normal(size) / 48).astype(np.float32)}
        node = helper.make_node("Conv", ["x", "w"], ["y"], pads=[1, 1, 1, 1])
        return _session([node], floats, rng.standard_normal(shape).astype(np.float32), TensorProto.FLOAT, threads)
    parts: dict[str, NDArray[Any]] = {
        "xs": np.float32(0.02).reshape(()),
        "xz": np.uint8(128).reshape(()),
        "w": rng.integers(-127, 127, size).astype(np.int8),
        "ws": np.full(channels, 0.001, np.float32),
        "wz": np.zeros(channels, np.int8),
        "ys": np.float32(0.05).reshape(()),
        "yz": np.uint8(128).reshape(()),
    }
    node = helper.make_node("QLinearConv", ["x", *parts], ["y"], pads=[1, 1, 1, 1])
    return _session([node], parts, rng.integers(0, 255, shape).astype(np.uint8), TensorProto.UINT8, threads)


def _session(
    nodes: list[onnx.NodeProto], weights: dict[str, NDArray[Any]], given: NDArray[Any], gives: int, threads: int
) -> Callable[[], object]:
    taken = helper.np_dtype_to_tensor_dtype(given.dtype)
    graph = helper.make_graph(
        nodes,
        "peak",
        [helper.make_tensor_value_info("x", taken, list(given.shape))],
        [helper.make_tensor_value_info("y", gives, None)],
        [numpy_helper.from_array(values, name) for name, values in weights.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
    # Else its threads go on spinning beside what is measured next.
    options.add_session_config_entry("session.force_spinning_stop", "1")
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    return lambda: session.run(["y"], {"x": given})


def _used() -> tuple[float, float, float]:
    """Seconds: by the clock, of all cores busy, and of this process and its ended children."""
    times = psutil.cpu_times()
    idle = times.idle + getattr(times, "iowait", 0.0)
    own = sum(
        used.ru_utime + used.ru_stime
        for used in (resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN))
    )
    guest = getattr(times, "guest", 0.0) + getattr(times, "guest_nice", 0.0)
    return time.monotonic(), sum(times) - idle - guest, own


def _commit() -> str:
    asked = ["git", "-C", str(Path(__file__).parent), "describe", "--always", "--dirty", "--abbrev=8"]
    try:
        return subprocess.run(asked, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return "unknown"


def _version(name: str) -> str:
    try:
        return version(name)
    except ImportError:
        return "none"

"""Latency and throughput of every engine in one interleaved run, beside the machine's own peak."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import onnx
import onnxruntime
from numpy.typing import NDArray
from onnx import TensorProto, helper

from painwatch_engines.artefacts import ModelFolder
from painwatch_engines.compile.cold import Cold, cold_start
from painwatch_engines.compile.flops import floating_point_operations
from painwatch_engines.compile.parity import Limits, Parity, parity
from painwatch_engines.compile.pictures import Picture
from painwatch_engines.errors import EngineError
from painwatch_engines.runtime import PlanCache, Runtime
from painwatch_engines.runtime.onnxruntime_session import CPU, CPU_INT8, CUDA, open_cpu, open_cpu_int8, open_cuda
from painwatch_engines.runtime.selection import int8_key
from painwatch_engines.runtime.tensorrt import NAMES, open_tensorrt

EAGER = "torch eager"

GEMM_SIDE = 1024


class Eager(Protocol):
    """The network in PyTorch itself: from a batch of pictures to the model's outputs by name."""

    def __call__(self, batch: NDArray[np.uint8], threads: int, /) -> dict[str, NDArray[Any]]: ...


@dataclass(frozen=True, slots=True)
class Timing:
    """One engine on one batch. Milliseconds of a run: median, 5th and 95th percentile; `gflops`: at the median."""

    engine: str
    batch: int
    threads: int
    runs: int
    median_ms: float
    p5_ms: float
    p95_ms: float
    pictures_per_s: float
    gflops: float
    of_peak: float


@dataclass(frozen=True, slots=True)
class Start:
    """What one engine costs to start, and how its answers differ; None where it was not measured."""

    engine: str
    cold: Cold | None
    parity: Parity | None


@dataclass(frozen=True, slots=True)
class Bench:
    """All that one run measured. `peak_gflops`: of a float32 matrix product, by threads. `left_out`: engine and why."""

    model: str
    gflop_per_picture: float
    peak_gflops: dict[int, float]
    timings: tuple[Timing, ...]
    starts: tuple[Start, ...]
    left_out: dict[str, str]


def bench(
    folder: ModelFolder,
    pictures: Sequence[Picture],
    plans: PlanCache,
    *,
    batches: Sequence[int] = (1, 4, 16),
    threads: Sequence[int] = (1, 2),
    rounds: int = 30,
    eager: Eager | None = None,
    no_eager: str = "",
    progress: Callable[[str], None] = lambda _: None,
) -> Bench:
    """Measure every engine that works here, in turn within each round, so that a busy moment is shared by all.

    Args:
        pictures: all of one size.
        eager: the network in PyTorch; without one `no_eager` says why.

    Raises:
        EngineError: the model itself cannot be run.
    """
    name = folder.card.input.name
    stack = np.stack(pictures)
    work = floating_point_operations(folder.model, (1, *stack.shape[1:]))
    left_out = {} if eager else {EAGER: no_eager}
    timings: list[Timing] = []
    peaks: dict[int, float] = {}
    for count in threads:
        runtimes = _runtimes(folder.model, plans, count, left_out)
        runners = {each: _runner(runtime, name) for each, runtime in runtimes.items()}
        if eager is not None:
            runners[EAGER] = _on(eager, count)
        product = _matrix_product(count)
        for batch in batches:
            progress(f"batches of {batch}, {count} threads")
            inputs = np.ascontiguousarray(np.resize(stack, (batch, *stack.shape[1:])))
            measured, gemm_s = _interleaved(runners, inputs, product, rounds, left_out)
            # The best of all looks: the peak is a property of the machine, what slows it is not.
            peaks[count] = max(peaks.get(count, 0.0), 2 * GEMM_SIDE**3 / gemm_s / 1e9)
            timings += [_timing(each, batch, count, times, work) for each, times in measured.items()]
    kept = [_of_peak(each, peaks[each.threads]) for each in timings]
    starts = _starts(folder, pictures, plans, list(dict.fromkeys(each.engine for each in kept)), progress)
    return Bench(
        model=f"{folder.card.name} {folder.card.version}",
        gflop_per_picture=work / 1e9,
        peak_gflops=peaks,
        timings=tuple(kept),
        starts=tuple(starts),
        left_out=left_out,
    )


def _runtimes(model: Path, plans: PlanCache, threads: int, left_out: dict[str, str]) -> dict[str, Runtime]:
    openers: dict[str, Callable[[], Runtime]] = {
        CPU: lambda: open_cpu(model, threads),
        CPU_INT8: lambda: open_cpu_int8(plans.find(int8_key(model)), threads),
        CUDA: lambda: open_cuda(model, threads),
        **{name: partial(open_tensorrt, model, name, plans) for name in NAMES},
    }
    opened = {}
    for name, opener in openers.items():
        try:
            opened[name] = opener()
        except EngineError as error:
            if name == CPU:
                raise
            left_out[name] = error.what
    return opened


def _on(eager: Eager, threads: int) -> Callable[[NDArray[np.uint8]], object]:
    return lambda batch: eager(batch, threads)


def _runner(runtime: Runtime, name: str) -> Callable[[NDArray[np.uint8]], object]:
    return lambda batch: runtime.run({name: batch})


def _interleaved(
    runners: Mapping[str, Callable[[NDArray[np.uint8]], object]],
    inputs: NDArray[np.uint8],
    product: Callable[[], object],
    rounds: int,
    left_out: dict[str, str],
) -> tuple[dict[str, list[float]], float]:
    times: dict[str, list[float]] = {name: [] for name in runners}
    best = float("inf")
    for turn in range(rounds + 2):
        for name, run in runners.items():
            if name not in times:
                continue
            begun = time.perf_counter()
            try:
                run(inputs)
            except EngineError as error:
                # Such as a plan that was built for smaller batches.
                left_out[f"{name}, batches of {len(inputs)}"] = error.what
                del times[name]
                continue
            # The first two rounds warm caches, and let TensorRT record its graph.
            if turn >= 2:
                times[name].append(time.perf_counter() - begun)
        begun = time.perf_counter()
        product()
        best = min(best, time.perf_counter() - begun)
    return times, best


def _timing(engine: str, batch: int, threads: int, times: list[float], work: int) -> Timing:
    p5, median, p95 = (float(value) for value in np.quantile(times, [0.05, 0.5, 0.95]))
    gflops = work * batch / median / 1e9
    return Timing(engine, batch, threads, len(times), median * 1e3, p5 * 1e3, p95 * 1e3, batch / median, gflops, 0.0)


def _of_peak(timing: Timing, peak: float) -> Timing:
    return replace(timing, of_peak=timing.gflops / peak)


def _starts(
    folder: ModelFolder,
    pictures: Sequence[Picture],
    plans: PlanCache,
    engines: Sequence[str],
    progress: Callable[[str], None],
) -> list[Start]:
    reference, name = open_cpu(folder.model), folder.card.input.name
    opened = _runtimes(folder.model, plans, 1, {})
    found = []
    for engine in engines:
        progress(f"starting {engine} anew")
        cold, parted = None, None
        with suppress(EngineError):
            if engine in opened:
                cold = cold_start(engine, folder.model, plans.folder, name, (1, *pictures[0].shape))
            if engine in opened and engine != CPU:
                parted = parity(reference, opened[engine], pictures, folder.card, Limits())
        found.append(Start(engine, cold, parted))
    return found


def _matrix_product(threads: int) -> Callable[[], object]:
    """A float32 matrix product of GEMM_SIDE by ONNX Runtime's own kernels on as many threads."""
    side = GEMM_SIDE
    values = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [side, side]) for name in ("a", "b", "c")]
    graph = helper.make_graph([helper.make_node("MatMul", ["a", "b"], ["c"])], "gemm", values[:2], values[2:])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
    # Else its threads go on spinning beside the engine that is timed next.
    options.add_session_config_entry("session.force_spinning_stop", "1")
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    matrix = np.random.default_rng(0).standard_normal((side, side), dtype=np.float32)
    return lambda: session.run(["c"], {"a": matrix, "b": matrix})

"""From the name of an engine to an opened model."""

from __future__ import annotations

import os
import platform
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeAlias

import onnxruntime

from painwatch_engines.artefacts import file_sha256
from painwatch_engines.errors import EngineError
from painwatch_engines.runtime import onnxruntime_session, tensorrt
from painwatch_engines.runtime.engine import Runtime
from painwatch_engines.runtime.plans import PlanCache, PlanKey, default_plan_dir, of_form

DEFAULT_CHAIN: tuple[str, ...] = (onnxruntime_session.CPU,)

Opener: TypeAlias = Callable[[Path, PlanCache, int], Runtime]
"""Opens a model, with so many threads of arithmetic where the engine computes on the CPU."""
Passed: TypeAlias = Callable[[str, EngineError], None]
"""Told of each engine that cannot be used and why, so that no fallback stays silent."""


def _int8(model: Path, plans: PlanCache, threads: int) -> Runtime:
    return onnxruntime_session.open_cpu_int8(plans.find(int8_key(model)), threads)


def _tensorrt(name: str) -> Opener:
    return lambda model, plans, _: tensorrt.open_tensorrt(model, name, plans)


ENGINES: dict[str, Opener] = {
    **{name: _tensorrt(name) for name in tensorrt.NAMES},
    onnxruntime_session.CUDA: lambda model, _, threads: onnxruntime_session.open_cuda(model, threads),
    onnxruntime_session.CPU_INT8: _int8,
    onnxruntime_session.CPU: lambda model, _, threads: onnxruntime_session.open_cpu(model, threads),
}
"""Every engine by its name in a chain."""

COMPILED = frozenset({*tensorrt.NAMES, onnxruntime_session.CPU_INT8})
"""Those of them that run a form which was compiled on this host; the others run the model itself."""


def open_runtime(
    path: Path,
    chain: Sequence[str] = DEFAULT_CHAIN,
    passed_over: Passed | None = None,
    plans: PlanCache | None = None,
) -> Runtime:
    """Open a model with the first engine of the chain that can, for good: see chain.ChainRuntime for a live watch.

    Args:
        path: the .onnx file.
        chain: names of engines, best first.
        passed_over: told of each engine that failed and why.
        plans: where compiled forms lie; the default folder if None.

    Raises:
        EngineError: if a name is unknown, the chain is empty, or every engine failed (with all their
            reasons).
    """
    check_chain(path, chain)
    cache = plans or PlanCache(default_plan_dir(os.environ))
    failures: list[EngineError] = []
    for name in chain:
        try:
            return open_engine(name, path, cache)
        except EngineError as failure:
            failures.append(failure)
            if passed_over is not None:
                passed_over(name, failure)
    raise no_engine(path, dict(zip(chain, failures, strict=True)))


def open_engine(name: str, path: Path, plans: PlanCache, threads: int = 1) -> Runtime:
    """Open a model with one engine.

    Args:
        threads: of arithmetic within one run, for engines that compute on the CPU.

    Raises:
        EngineError: whatever the reason.
    """
    if not path.is_file():
        raise EngineError("there is no such file", str(path), "Check the path of the model folder.")
    try:
        return ENGINES[name](path, plans, threads)
    except EngineError:
        raise
    except Exception as error:
        what = f"it cannot be opened ({type(error).__name__}: {error})"
        raise EngineError(what, name, "Take it out of the worker's chain, or verify it.") from error


def check_chain(path: Path, chain: Sequence[str]) -> None:
    """That every engine of the chain exists and there is one.

    Raises:
        EngineError: else.
    """
    unknown = [name for name in chain if name not in ENGINES]
    if unknown or not chain:
        raise EngineError(
            f"unknown engine {', '.join(unknown)}" if unknown else "the chain of engines is empty",
            str(path),
            f"Known engines: {', '.join(ENGINES)}.",
        )


def no_engine(path: Path, failures: dict[str, EngineError]) -> EngineError:
    """One error from those of all engines of a chain."""
    last = list(failures.values())[-1]
    if len(failures) == 1:
        return last
    reasons = "; ".join(f"{name}: {failure.what}" for name, failure in failures.items())
    return EngineError(f"no engine of the chain can compute the model ({reasons})", str(path), last.mend)


def int8_key(model: Path, shapes: str = "") -> PlanKey:
    """What a CPU's 8-bit form is bound to: also the kind of CPU, because without VNNI its sums saturate."""
    return PlanKey(
        onnx_sha256=file_sha256(model),
        engine="onnxruntime",
        engine_version=of_form(onnxruntime.__version__),
        device=cpu_name(),
        precision="int8",
        shapes=shapes,
    )


def cpu_name(info: Path = Path("/proc/cpuinfo")) -> str:
    """The kind of this host's CPU, and whether it has 8-bit dot products (VNNI)."""
    try:
        lines = info.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        lines = []
    facts = {key.strip(): value.strip() for key, _, value in (line.partition(":") for line in lines)}
    name = facts.get("model name") or platform.machine()
    return f"{name} (8-bit dot products: {'yes' if 'vnni' in facts.get('flags', '') else 'no'})"

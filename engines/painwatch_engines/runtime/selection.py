"""From the name of an engine to an opened model, falling along a configured chain."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from painwatch_engines.errors import EngineError
from painwatch_engines.runtime import onnxruntime_cpu
from painwatch_engines.runtime.engine import Runtime

DEFAULT_CHAIN: tuple[str, ...] = (onnxruntime_cpu.NAME,)


def open_runtime(
    path: Path,
    chain: Sequence[str] = DEFAULT_CHAIN,
    passed_over: Callable[[str, EngineError], None] | None = None,
) -> Runtime:
    """Open a model with the first engine of the chain that can.

    Args:
        path: the .onnx file.
        chain: names of engines, best first.
        passed_over: told of each engine that failed and why, so that no fallback stays silent.

    Raises:
        EngineError: if a name is unknown, the chain is empty, or every engine failed (with all their
            reasons).
    """
    engines: dict[str, Callable[[Path], Runtime]] = {onnxruntime_cpu.NAME: onnxruntime_cpu.OnnxRuntimeCpu}
    unknown = [name for name in chain if name not in engines]
    if unknown or not chain:
        raise EngineError(
            f"unknown engine {', '.join(unknown)}" if unknown else "the chain of engines is empty",
            str(path),
            f"Known engines: {', '.join(engines)}.",
        )
    failures: list[EngineError] = []
    for name in chain:
        try:
            return engines[name](path)
        except EngineError as failure:
            failures.append(failure)
            if passed_over is not None:
                passed_over(name, failure)
    if len(failures) == 1:
        raise failures[0]
    reasons = "; ".join(f"{name}: {failure.what}" for name, failure in zip(chain, failures, strict=True))
    raise EngineError(f"no engine of the chain can open the model ({reasons})", str(path), failures[-1].mend)

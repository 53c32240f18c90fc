"""A model on the best engine of a chain that works now: it falls to the next and climbs back, and says so."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from painwatch_engines.errors import EngineError
from painwatch_engines.runtime.engine import InputError, Runtime
from painwatch_engines.runtime.plans import PlanCache, default_plan_dir
from painwatch_engines.runtime.selection import Passed, check_chain, no_engine, open_engine

log = logging.getLogger(__name__)

FIRST_RETRY_S = 30.0
LAST_RETRY_S = 1800.0
"""A failed engine is tried again after the first of these, each time twice as late up to the second: to open one takes
up to seconds, in which the worker sees nothing."""

Open = Callable[[str, Path, PlanCache], Runtime]


@dataclass(slots=True)
class _Rung:
    """One engine of the chain. `fault`: why it is not used, None if it works or was never tried."""

    name: str
    runtime: Runtime | None = None
    fault: EngineError | None = None
    retry_at_s: float = 0.0
    pause_s: float = FIRST_RETRY_S


class ChainRuntime:
    """A Runtime that computes with the first engine of its chain that works, at every run.

    An engine fails if it cannot be opened, raises, or gives numbers that are not finite. It is then left aside and
    opened anew after a pause. An input that does not fit one engine goes to the next without blame. If no engine can
    compute an input the error is raised, and the engines stay as they were: it may be the input's fault.
    """

    def __init__(
        self,
        path: Path,
        chain: Sequence[str],
        *,
        passed_over: Passed | None = None,
        plans: PlanCache | None = None,
        open_with: Open = open_engine,
        clock_s: Callable[[], float] = time.monotonic,
    ) -> None:
        """Open the first engine that can be.

        Args:
            passed_over: told of every engine that fails, now or later, and why; each reason once in a row.
            clock_s: monotonic seconds.

        Raises:
            EngineError: a name is unknown, the chain is empty, or no engine can open the model.
        """
        check_chain(path, chain)
        self._path, self._open, self._clock_s = path, open_with, clock_s
        self._passed_over = passed_over or (lambda _name, _failure: None)
        self._plans = plans or PlanCache(default_plan_dir(os.environ))
        self._rungs = [_Rung(name) for name in dict.fromkeys(chain)]
        for rung in self._rungs:
            if self._ready(rung) is not None:
                self._used = rung
                return
        raise no_engine(path, self._faults())

    @property
    def engine(self) -> str:
        """What computed last; and which engines of the chain before it did not."""
        before = [rung.name for rung in self._rungs[: self._rungs.index(self._used)]]
        return f"{self._used.name} (instead of {', '.join(before)})" if before else self._used.name

    def run(self, inputs: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
        """Compute every output with the first engine that can; see Runtime.run."""
        failed: dict[str, EngineError] = {}
        for rung in self._rungs:
            if (runtime := self._ready(rung)) is None:
                continue
            try:
                outputs = _finite(runtime.run(inputs), rung.name)
            except Exception as error:
                failed[rung.name] = _as_engine_error(error, rung.name)
                continue
            self._used, rung.pause_s = rung, FIRST_RETRY_S
            # Only now is it known that these failed where another did not.
            for name, failure in failed.items():
                if not isinstance(failure, InputError):
                    self._set_aside(self._rung(name), failure)
            return outputs
        return self._last_resort(inputs, failed)

    def _last_resort(
        self, inputs: Mapping[str, NDArray[Any]], failed: dict[str, EngineError]
    ) -> dict[str, NDArray[Any]]:
        """Opens anew, at most once a pause, what was open and failed: the input may be well and all engines broken."""
        for name, failure in failed.items():
            rung, now_s = self._rung(name), self._clock_s()
            if isinstance(failure, InputError) or now_s < rung.retry_at_s:
                continue
            rung.retry_at_s = now_s + FIRST_RETRY_S
            log.warning("%s failed (%s) and is opened anew", name, failure.what)
            try:
                fresh = self._open(name, self._path, self._plans)
                outputs = _finite(fresh.run(inputs), name)
            except Exception as error:
                failed[name] = _as_engine_error(error, name)
                continue
            rung.runtime, self._used = fresh, rung
            return outputs
        faults = self._faults() | failed
        if len(failed) == 1 and isinstance(next(iter(failed.values())), InputError):
            raise next(iter(failed.values()))
        raise no_engine(self._path, {rung.name: faults[rung.name] for rung in self._rungs if rung.name in faults})

    def _ready(self, rung: _Rung) -> Runtime | None:
        """The opened engine of this rung; opened anew if its pause is over. None while it is set aside."""
        if rung.runtime is not None:
            return rung.runtime
        if rung.fault is not None and self._clock_s() < rung.retry_at_s:
            return None
        try:
            rung.runtime = self._open(rung.name, self._path, self._plans)
        except EngineError as failure:
            self._set_aside(rung, failure)
            return None
        if rung.fault is not None:
            log.info("%s is opened again", rung.name)
        rung.fault = None
        return rung.runtime

    def _set_aside(self, rung: _Rung, failure: EngineError) -> None:
        if rung.fault is None or rung.fault.what != failure.what:
            self._passed_over(rung.name, failure)
        rung.runtime, rung.fault = None, failure
        rung.retry_at_s = self._clock_s() + rung.pause_s
        rung.pause_s = min(2 * rung.pause_s, LAST_RETRY_S)

    def _rung(self, name: str) -> _Rung:
        return next(rung for rung in self._rungs if rung.name == name)

    def _faults(self) -> dict[str, EngineError]:
        return {rung.name: rung.fault for rung in self._rungs if rung.fault is not None}


def _finite(outputs: dict[str, NDArray[Any]], engine: str) -> dict[str, NDArray[Any]]:
    for name, values in outputs.items():
        if values.dtype.kind == "f" and not np.isfinite(values).all():
            raise EngineError(f"{name} is not finite", engine, "Verify it with `painwatch engine verify`.")
    return outputs


def _as_engine_error(error: Exception, engine: str) -> EngineError:
    if isinstance(error, EngineError):
        return error
    return EngineError(f"it failed ({type(error).__name__}: {error})", engine, "See the log of the worker.")

"""A model on the best engine of a chain that works now: it falls to the next and climbs back, and says so."""

from __future__ import annotations

import logging
import math
import os
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from contextlib import suppress
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
"""A failed engine is tried again after the first of these, each time twice as late up to the second. An engine that
failed at several pictures at once is given them one at a time for the first of these."""

Inputs = Mapping[str, NDArray[Any]]
Outputs = Mapping[str, NDArray[Any]]
Check = Callable[[Inputs, Outputs], None]
"""Raises EngineError for outputs that cannot be an answer to these inputs, though they are numbers."""
Open = Callable[[str, Path, PlanCache], Runtime]
Aside = Callable[[Callable[[], None]], None]
"""Does a piece of work without keeping its caller waiting."""


@dataclass(slots=True)
class _Rung:
    """One engine of the chain. `fault`: why it is not used, None if it works or was never tried.

    `opening`: it is being opened anew, aside. `misfit_told`: that it leaves inputs to the others has been logged.
    `alone_until_s`: till then it is given one picture at a time.
    """

    name: str
    runtime: Runtime | None = None
    fault: EngineError | None = None
    retry_at_s: float = 0.0
    pause_s: float = FIRST_RETRY_S
    opening: Future[Runtime] | None = None
    misfit_told: bool = False
    alone_until_s: float = -math.inf


def _in_a_thread(work: Callable[[], None]) -> None:
    # None that ends with the process: to be cut off within a library's own code would abort it.
    threading.Thread(target=work, name="opening an engine").start()


class ChainRuntime:
    """A Runtime that computes with the first engine of its chain that works, at every run.

    An engine fails if it cannot be opened, raises, or gives numbers that are not finite or do not pass `check`. It is
    then left aside, and after a pause opened anew and tried on an input of that moment, in a thread: runs go on with
    the next engine meanwhile. Only an engine that was never tried is opened within a run: where one before it has
    just failed. An input that does not fit one engine goes to the next without blame. If no engine can compute an
    input the error is raised, and the engines stay as they were, as it may be the input's fault; they too are opened
    anew aside.

    Several pictures at once are computed by the engine whose turn it is, or not at all: whether it is to blame shows
    when they are given one by one, as who asked for them does then.
    """

    def __init__(
        self,
        path: Path,
        chain: Sequence[str],
        *,
        passed_over: Passed | None = None,
        plans: PlanCache | None = None,
        check: Check | None = None,
        open_with: Open = open_engine,
        clock_s: Callable[[], float] = time.monotonic,
        aside: Aside = _in_a_thread,
    ) -> None:
        """Open the first engine that can be.

        Args:
            passed_over: told of every engine that fails, now or later, and why; each reason once in a row.
            check: asked of the outputs of every run.
            clock_s: monotonic seconds.

        Raises:
            EngineError: a name is unknown, the chain is empty, or no engine can open the model.
        """
        check_chain(path, chain)
        self._path, self._open, self._clock_s, self._aside = path, open_with, clock_s, aside
        self._passed_over = passed_over or (lambda _name, _failure: None)
        self._check = check or (lambda _inputs, _outputs: None)
        self._plans = plans or PlanCache(default_plan_dir(os.environ))
        self._rungs = [_Rung(name) for name in dict.fromkeys(chain)]
        for rung in self._rungs:
            if self._first_opened(rung) is not None:
                self._used = rung
                return
        raise no_engine(path, self._faults())

    @property
    def engine(self) -> str:
        """What computed last; and which engines of the chain before it did not."""
        before = [rung.name for rung in self._rungs[: self._rungs.index(self._used)]]
        return f"{self._used.name} (instead of {', '.join(before)})" if before else self._used.name

    @property
    def most_batched(self) -> int:
        """That of the engine that computed last; see Runtime.most_batched."""
        used = self._used
        return 1 if used.runtime is None or self._clock_s() < used.alone_until_s else used.runtime.most_batched

    def run(self, inputs: Inputs) -> dict[str, NDArray[Any]]:
        """Compute every output with the first engine that can; see Runtime.run."""
        if any(len(array) > 1 for array in inputs.values()):
            return self._run_together(inputs)
        failed: dict[str, EngineError] = {}
        for rung in self._rungs:
            if (runtime := self._ready(rung, inputs)) is None:
                continue
            try:
                outputs = self._computed(runtime, inputs, rung.name)
            except Exception as error:
                failed[rung.name] = _said(error, rung.name)
                continue
            self._used, rung.pause_s = rung, FIRST_RETRY_S
            # Only now is it known that these failed where another did not.
            for name, failure in failed.items():
                self._outdone(self._rung(name), failure)
            return outputs
        raise self._none_works(inputs, failed)

    def _run_together(self, inputs: Inputs) -> dict[str, NDArray[Any]]:
        for rung in self._rungs:
            if (runtime := self._ready(rung, inputs)) is None:
                continue
            try:
                outputs = self._computed(runtime, inputs, rung.name)
            except Exception as error:
                rung.alone_until_s = self._clock_s() + FIRST_RETRY_S
                raise _said(error, rung.name) from None
            self._used = rung
            return outputs
        raise self._none_works(inputs, {})

    def _computed(self, runtime: Runtime, inputs: Inputs, engine: str) -> dict[str, NDArray[Any]]:
        outputs = _finite(runtime.run(inputs), engine)
        self._check(inputs, outputs)
        return outputs

    def _outdone(self, rung: _Rung, failure: EngineError) -> None:
        if not isinstance(failure, InputError):
            self._set_aside(rung, failure)
        elif not rung.misfit_told:
            rung.misfit_told = True
            log.warning("%s leaves an input to %s: %s", rung.name, self._used.name, failure)

    def _none_works(self, inputs: Inputs, failed: dict[str, EngineError]) -> EngineError:
        """What to raise. The input may be well and all engines broken: they are opened anew, at most once a pause."""
        for name, failure in failed.items():
            rung, now_s = self._rung(name), self._clock_s()
            if not isinstance(failure, InputError) and now_s >= rung.retry_at_s:
                rung.retry_at_s = now_s + FIRST_RETRY_S
                log.warning("%s failed (%s) and is opened anew", name, failure.what)
                self._open_aside(rung, inputs)
        if len(failed) == 1 and isinstance(only := next(iter(failed.values())), InputError):
            return only
        faults = self._faults() | failed
        return no_engine(self._path, {rung.name: faults[rung.name] for rung in self._rungs if rung.name in faults})

    def _ready(self, rung: _Rung, inputs: Inputs) -> Runtime | None:
        """The opened engine of this rung; None while it is set aside."""
        if rung.opening is not None and rung.opening.done():
            self._settle(rung, rung.opening)
        if rung.runtime is not None:
            return rung.runtime
        if rung.fault is None:
            return self._first_opened(rung)
        if self._clock_s() >= rung.retry_at_s:
            self._open_aside(rung, inputs)
        return None

    def _first_opened(self, rung: _Rung) -> Runtime | None:
        try:
            rung.runtime = self._open(rung.name, self._path, self._plans)
        except Exception as error:
            self._set_aside(rung, _said(error, rung.name))
        return rung.runtime

    def _open_aside(self, rung: _Rung, inputs: Inputs) -> None:
        if rung.opening is not None:
            return
        opening = rung.opening = Future[Runtime]()

        def work() -> None:
            try:
                fresh = self._open(rung.name, self._path, self._plans)
                # The first run of an engine can take as long as to open it, or be what fails.
                with suppress(InputError):
                    self._computed(fresh, {key: array[:1] for key, array in inputs.items()}, rung.name)
            except Exception as error:
                opening.set_exception(_said(error, rung.name))
            else:
                opening.set_result(fresh)

        self._aside(work)

    def _settle(self, rung: _Rung, opening: Future[Runtime]) -> None:
        rung.opening, failure = None, opening.exception()
        if failure is None:
            rung.runtime, rung.fault = opening.result(), None
            log.info("%s is opened again", rung.name)
        elif rung.runtime is None:
            self._set_aside(rung, _said(failure, rung.name))
        else:
            log.warning("%s could not be opened anew: %s", rung.name, failure)

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


def _said(error: BaseException, engine: str) -> EngineError:
    """What was raised, anew: the one that was raised holds every frame it came through, and by them the failed engine
    with all its memory, which the one that is to be opened in its place may need."""
    if isinstance(error, EngineError):
        return type(error)(error.what, error.where, error.mend)
    return EngineError(f"it failed ({type(error).__name__}: {error})", engine, "See the log of the worker.")

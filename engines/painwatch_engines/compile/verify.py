"""Asking every engine that works on this host whether it answers as the model does."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from painwatch_engines.artefacts import ModelFolder
from painwatch_engines.compile.parity import Limits, Parity, parity
from painwatch_engines.compile.pictures import Picture, halves
from painwatch_engines.errors import EngineError
from painwatch_engines.runtime import DEFAULT_CHAIN, ENGINES, PlanCache
from painwatch_engines.runtime.onnxruntime_session import open_cpu
from painwatch_engines.runtime.selection import open_engine


@dataclass(frozen=True, slots=True)
class Verified:
    """One engine. `parity` is None where it could not be asked; `fault` then says why."""

    engine: str
    parity: Parity | None
    fault: str = ""


def verify(folder: ModelFolder, pictures: Sequence[Picture], plans: PlanCache, limits: Limits) -> Iterator[Verified]:
    """Compare every engine but the reference itself on the half of the pictures that builds are checked with.

    Raises:
        EngineError: the model itself cannot be run.
    """
    reference, check = open_cpu(folder.model), halves(pictures).check
    for name in ENGINES:
        if name in DEFAULT_CHAIN:
            continue
        try:
            compiled = open_engine(name, folder.model, plans)
        except EngineError as error:
            yield Verified(name, None, error.what)
            continue
        try:
            found = parity(reference, compiled, check, folder.card, limits)
        except EngineError as error:
            yield Verified(name, Parity({}, {}, (error.what,)))
            continue
        yield Verified(name, found)

"""Recorded inputs to the points and minutes they gave when they came in, bit for bit."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from painwatch.core.messages import Message
from painwatch.core.types import CameraState, FusedPoint, MinuteSummary, Prediction, Tick
from painwatch.fuse.cage import CageFold, Event, Fused
from painwatch.fuse.cameras import CageSetup


@dataclass(frozen=True, slots=True)
class Replayed:
    """Results in the order in which they came about."""

    points: tuple[FusedPoint, ...]
    minutes: tuple[MinuteSummary, ...]
    late: int


def folds_for(event: Event, folds: dict[str, CageFold]) -> Sequence[CageFold]:
    """The cages that an input concerns: a Tick all of them, anything else its own, if that is known."""
    if isinstance(event, Tick):
        return tuple(folds.values())
    fold = folds.get(event.cage)
    return (fold,) if fold is not None and event.camera in fold.setup.cameras else ()


def replay(messages: Iterable[Message], setups: Iterable[CageSetup]) -> Replayed:
    """Folds recorded messages from an empty state; messages that do not concern fusion are passed over."""
    folds = {setup.cage: CageFold(setup) for setup in setups}
    results: list[Fused] = [
        fold.take(message)
        for message in messages
        if isinstance(message, Prediction | CameraState | Tick)
        for fold in folds_for(message, folds)
    ]
    return Replayed(
        points=tuple(point for result in results for point in result.points),
        minutes=tuple(minute for result in results for minute in result.minutes),
        late=sum(fold.late for fold in folds.values()),
    )

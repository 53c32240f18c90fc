"""One site from its inputs to points, minutes and alarms; live and replay use this and nothing else. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from msgspec.structs import replace

from painwatch.alarm.book import AlarmBook
from painwatch.alarm.readings import ReadingFold
from painwatch.config.models import Config
from painwatch.core.alarms import AlarmLive, AlarmMemory, Mark, Reading, Request, Transition
from painwatch.core.messages import Message
from painwatch.core.types import CameraState, FusedPoint, MinuteSummary, Prediction, ProcessState, Tick
from painwatch.fuse.cage import CageFold, Fused
from painwatch.fuse.setup import setup_of


@dataclass(frozen=True, slots=True)
class Judged:
    """A minute, a reading, a mark or a request, and what it did to the alarms: stored together or not at all."""

    of: MinuteSummary | Mark | None
    transitions: tuple[Transition, ...]
    memories: tuple[AlarmMemory, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an input brought about, each in order. `refused`: why a request was not done; empty if it was.

    `readings`: all that the alarms were given, whether that changed anything or not.
    """

    points: tuple[FusedPoint, ...] = ()
    judged: tuple[Judged, ...] = ()
    refused: str = ""
    readings: tuple[Reading, ...] = ()


class SiteFold:
    """Takes inputs in the order they came; the same outcomes for the same inputs."""

    def __init__(self, config: Config) -> None:
        self.cages = {cage.name: CageFold(setup_of(cage)) for cage in config.cages}
        self._config, self._readings = config, ReadingFold(config)
        self._book = AlarmBook(config)
        self._closed: list[MinuteSummary] = []

    @property
    def late(self) -> int:
        """Looks that came too late, out of order or twice, and were not used."""
        return sum(fold.late for fold in self.cages.values())

    def alarms(self) -> tuple[AlarmLive, ...]:
        """Every alarm that is not inactive, the worst first."""
        return self._book.live()

    def resume_cage(self, cage: str, last_minute_ns: int | None, points: Iterable[FusedPoint]) -> None:
        """Goes on from what was stored of a cage: see CageFold.resume. Comes before `resume_alarms`, which gives the
        minutes that this closes: alarms must know first where they stood.
        """
        self._closed += self.cages[cage].resume(last_minute_ns, points).minutes

    def resume_alarms(
        self,
        memories: Iterable[AlarmMemory],
        minutes: Iterable[MinuteSummary],
        now_ns: int,
        marks: Iterable[Mark] = (),
    ) -> Outcome:
        """Goes on from what was remembered of alarms, in place of all they have come to since. `minutes`: the last ones
        that were stored, in order of time; those that an alarm has seen do nothing. `now_ns`: the hub's clock (UTC).
        `marks`: all that were stored.
        """
        self._book = AlarmBook(self._config)
        taken = self._book.resume(memories, now_ns, marks)
        first = Judged(None, taken.transitions, taken.memories)
        rest = (Judged(None, judged.transitions, judged.memories) for judged in map(self._minute, minutes))
        judged = tuple(judged for judged in (first, *rest) if judged.transitions or judged.memories)
        closed, self._closed = sorted(self._closed, key=lambda minute: minute.start_ns), []
        return Outcome(judged=(*judged, *map(self._minute, closed)), refused=taken.refused)

    def take(self, message: Message) -> Outcome:
        """One input."""
        match message:
            case Prediction():
                self._readings.take(message)
                return self._fused(self.cages[message.cage].take(message))
            case CameraState():
                self._readings.take(message)
                return self._fused(self.cages[message.cage].take(message))
            case ProcessState():
                self._readings.take(message)
                return Outcome()
            case Tick():
                return self._tick(message)
            case Reading():
                return Outcome(judged=tuple(self._judge(message)), readings=(message,))
            case Request():
                return self._request(message)
            case _:
                return Outcome()

    def _tick(self, tick: Tick) -> Outcome:
        outcomes = [self._fused(fold.take(tick)) for fold in self.cages.values()]
        readings = self._readings.take(tick)
        judged = [judged for reading in readings for judged in self._judge(reading)]
        return Outcome(
            points=tuple(point for outcome in outcomes for point in outcome.points),
            judged=(
                *(judged for outcome in outcomes for judged in outcome.judged),
                *judged,
                *self._judge(tick),
            ),
            readings=readings,
        )

    def _fused(self, fused: Fused) -> Outcome:
        for point in fused.points:
            self._readings.take(point)
        return Outcome(fused.points, tuple(map(self._minute, fused.minutes)))

    def _minute(self, minute: MinuteSummary) -> Judged:
        taken = self._book.take(minute)
        return Judged(minute, taken.transitions, taken.memories)

    def _request(self, request: Request) -> Outcome:
        taken = self._book.take(request)
        if taken.refused:
            return Outcome(refused=taken.refused)
        # A request brings one mark at most, stored together with what it did to the baselines.
        mark = replace(taken.marks[0], request=request.id) if taken.marks else None
        return Outcome(judged=(Judged(mark, taken.transitions, taken.memories),))

    def _judge(self, message: Reading | Tick) -> Iterator[Judged]:
        taken = self._book.take(message)
        if taken.transitions or taken.memories:
            yield Judged(None, taken.transitions, taken.memories)


@dataclass(frozen=True, slots=True)
class Replayed:
    """Results in the order in which they came about."""

    points: tuple[FusedPoint, ...]
    minutes: tuple[MinuteSummary, ...]
    transitions: tuple[Transition, ...]
    late: int


def replay(messages: Iterable[Message], config: Config) -> Replayed:
    """Folds recorded inputs from an empty state: what the hub told when they came in, bit for bit.

    A recording begins with a Tick that is no input: it says when the hub began.
    """
    site, inputs = SiteFold(config), iter(messages)
    began = next(inputs, None)
    outcomes: list[Outcome] = []
    if isinstance(began, Tick):
        outcomes.append(site.resume_alarms((), (), began.time_ns))
    elif began is not None:
        outcomes.append(site.take(began))
    outcomes += [site.take(message) for message in inputs]
    judged = [judged for outcome in outcomes for judged in outcome.judged]
    return Replayed(
        points=tuple(point for outcome in outcomes for point in outcome.points),
        minutes=tuple(one.of for one in judged if isinstance(one.of, MinuteSummary)),
        transitions=tuple(transition for one in judged for transition in one.transitions),
        late=site.late,
    )

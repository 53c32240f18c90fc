"""One cage from its inputs to its points and minutes; live and replay use this and nothing else."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from painwatch.core.types import CameraPhase, CameraState, FusedPoint, MinuteSummary, Prediction, Tick
from painwatch.fuse.cameras import CageSetup, Fuser
from painwatch.fuse.minutes import LONGEST_HOLE_NS, MinuteBook

Event = Prediction | CameraState | Tick
"""All that moves a cage; Ticks come once a second of wall time, to every cage."""

QUIET_TICKS = 3
"""Ticks without a look after which a camera that says it has ended is believed: its last frames are still under way
through inference when its capture process ends."""


@dataclass(frozen=True, slots=True)
class Fused:
    """What an input brought about, each in order of time."""

    points: tuple[FusedPoint, ...] = ()
    minutes: tuple[MinuteSummary, ...] = ()


class CageFold:
    """One cage: takes inputs in the order they came, gives points and minutes; the same for the same inputs."""

    def __init__(self, setup: CageSetup) -> None:
        self.setup = setup
        self._fuser = Fuser(setup)
        self._book = self._new_book()
        self._resumed = False
        self._quiet: dict[str, int] = {}

    @property
    def late(self) -> int:
        """Looks that came too late, out of order or twice, and were not used."""
        return self._fuser.late

    @property
    def pending(self) -> int:
        """Looks that wait for their moment to close."""
        return self._fuser.pending

    @property
    def settled_ns(self) -> int:
        """No later point will have a time before this one; -1 while nothing can be said."""
        return self._fuser.settled_ns

    def resume(self, last_minute_ns: int | None, points: Iterable[FusedPoint]) -> Fused:
        """Goes on from what was stored: the start of the last closed minute, and the points after it in order.

        The minutes it gives are those that could have been closed by these points alone.
        """
        if last_minute_ns is not None:
            self._book.resume_after(last_minute_ns)
        known = tuple(points)
        minutes = tuple(minute for point in known for minute in self._book.point(point))
        if self.setup.lateness_ns is None:
            self._resumed = True
        elif known:
            self._fuser.resume(known[-1])
        return Fused(minutes=minutes)

    def take(self, event: Event) -> Fused:
        """One input of this cage."""
        match event:
            case Prediction():
                if event.camera in self._quiet:
                    self._quiet[event.camera] = 0
                points = self._fuser.look(event)
                self._other_recording(points)
            case CameraState():
                self._phase(event)
                points = ()
            case Tick():
                points = self._fuser.tick(event.time_ns) + self._ended()
        minutes = tuple(minute for point in points for minute in self._book.point(point))
        if isinstance(event, Tick) and self.setup.lateness_ns is not None:
            minutes += self._begin(event.time_ns)
        return Fused(points, minutes + self._settle())

    def _new_book(self) -> MinuteBook:
        return MinuteBook(self.setup.cage, self.setup.expected)

    def _other_recording(self, points: tuple[FusedPoint, ...]) -> None:
        """A recording read as fast as it can be scored may be watched a second time, or be an older one than the last:
        nothing of it is too late. Minutes that were stored before keep their value there.
        """
        if points and self._resumed:
            self._resumed = False
            if points[0].time_ns <= self._book.reached_ns:
                self._book = self._new_book()

    def _begin(self, time_ns: int) -> tuple[MinuteSummary, ...]:
        """The cage is watched at `time_ns`; gives what a clock that was set back far leaves behind."""
        left: tuple[MinuteSummary, ...] = ()
        if time_ns < self._book.reached_ns - LONGEST_HOLE_NS:
            left, self._book = self._book.finish(), self._new_book()
        if not self._fuser.finished:
            self._book.begin(time_ns)
        return left

    def _phase(self, state: CameraState) -> None:
        over = state.phase is CameraPhase.ENDED
        if self.setup.lateness_ns is None:
            # Nothing else would ever let go of a recording that cannot be read.
            over = over or state.phase is CameraPhase.LOST
        if over:
            self._quiet.setdefault(state.camera, 0)
        else:
            self._quiet.pop(state.camera, None)

    def _ended(self) -> tuple[FusedPoint, ...]:
        points: tuple[FusedPoint, ...] = ()
        for camera in self._quiet:
            self._quiet[camera] += 1
            if self._quiet[camera] == QUIET_TICKS:
                points += self._fuser.end(camera)
        return points

    def _settle(self) -> tuple[MinuteSummary, ...]:
        if self._fuser.finished:
            return self._book.finish()
        settled_ns = self._fuser.settled_ns
        return self._book.settled(settled_ns) if settled_ns >= 0 else ()

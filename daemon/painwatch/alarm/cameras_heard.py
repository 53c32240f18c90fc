"""What was heard of one camera, and of one cage, and the readings that come of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from painwatch.config.sources import FileSource, SourceConfig
from painwatch.core.alarms import Reading
from painwatch.core.minutes import MINUTE_NS
from painwatch.core.signals import Signal
from painwatch.core.stand_ins import stand_ins
from painwatch.core.types import CameraPhase, CameraState, Prediction, Status

_NO_PICTURE = (Status.NO_FRAME, Status.STALE)

SET_BACK_NS = 24 * 60 * MINUTE_NS
"""Points from further back than this are of a clock that was set back: a cage's minutes then begin anew (fuse)."""


@dataclass(slots=True)
class CameraHeard:
    """One camera. `keeps_time`: its looks are stamped by the clock of its host, not by a recording."""

    keeps_time: bool
    source: SourceConfig
    picture_ns: int = 0
    picture: tuple[int, int] | None = None
    age_ns: int = 0
    sent_ns: int | None = None
    engine: str = ""
    phase: CameraPhase | None = None
    said: str = ""

    @property
    def over(self) -> bool:
        """A recording that has ended. A camera that says so is one all the same."""
        return isinstance(self.source, FileSource) and self.phase is CameraPhase.ENDED

    def look(self, look: Prediction, passed_ns: int) -> None:
        if look.engine and look.status is not Status.ENGINE_ERROR:
            self.engine = look.engine
        if look.status in _NO_PICTURE or (look.seq, look.time_ns) == self.picture:
            return
        self.picture, self.picture_ns = (look.seq, look.time_ns), passed_ns
        self.age_ns = max(0, round(look.age_ms * 1e6)) if self.keeps_time else 0
        self.sent_ns = look.time_ns + self.age_ns if self.keeps_time else None

    def state(self, state: CameraState) -> None:
        self.phase, self.said = state.phase, "; ".join(filter(None, (state.fault, state.detail)))

    def readings(self, name: str, time_ns: int, before_ns: int, passed_ns: int) -> Iterator[Reading]:
        """At a Tick; the last one was at `before_ns`."""
        if self.over:
            yield Reading(Signal.CAMERA_AGE_S, name, time_ns, None, "the recording is over")
        else:
            # What a look says of its age holds from when it was sent; until the first one the watch itself is meant.
            age_s = (passed_ns - self.picture_ns + self.age_ns) / 1e9
            lost = self.said if self.phase is CameraPhase.LOST else ""
            yield Reading(Signal.CAMERA_AGE_S, name, time_ns, age_s, lost)
        if self.sent_ns is not None and not isinstance(self.source, FileSource):
            # It was heard between the two Ticks: only what lies outside is off for certain.
            off_ns = max(0, self.sent_ns - max(time_ns, before_ns), min(time_ns, before_ns) - self.sent_ns)
            yield Reading(Signal.CLOCK_OFFSET_S, name, time_ns, off_ns / 1e9)
        if self.engine:
            pairs = [f"{used} in place of {others}" for used, others in stand_ins(self.engine)]
            yield Reading(Signal.ENGINE_FALLEN, name, time_ns, 1.0 if pairs else 0.0, "; ".join(pairs))
        # Each look is told of once: without another one there is nothing new to say.
        self.sent_ns, self.engine = None, ""


@dataclass(slots=True)
class CageHeard:
    """One cage. Of one that is watched live only points later than all before count: a clock that was set back brings
    looks, but no minute until it has caught up. Of recordings any look counts.
    """

    keeps_time: bool
    cameras: tuple[tuple[str, str], ...]
    heard_ns: int = 0
    newest_ns: int = -1

    def look(self, passed_ns: int) -> None:
        if not self.keeps_time:
            self.heard_ns = passed_ns

    def point(self, time_ns: int, passed_ns: int) -> None:
        if time_ns > self.newest_ns or time_ns < self.newest_ns - SET_BACK_NS:
            self.newest_ns, self.heard_ns = time_ns, passed_ns

    def readings(self, name: str, time_ns: int, passed_ns: int, *, over: bool) -> Iterator[Reading]:
        """At a Tick. `over`: all its cameras are recordings that have ended."""
        age_s = None if over else (passed_ns - self.heard_ns) / 1e9
        yield Reading(Signal.CAGE_AGE_S, name, time_ns, age_s, "the recordings are over" if over else "")

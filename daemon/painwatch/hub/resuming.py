"""Going on from the history when the hub starts, also if it can be read only later.

Until then the alarms stand in no relation to what they were. They are judged from nothing and told to people, since a
watch that says nothing would be worse; but neither what became of them nor what they remember is stored, where it would
take the place of what is there. Once the history can be read, alarms go on from it over the minutes since.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from msgspec.structs import replace

from painwatch.alarm.baseline import REACH_MINUTES
from painwatch.core.alarms import AlarmMemory, Mark
from painwatch.core.clock import Stamp
from painwatch.core.errors import StoreError
from painwatch.core.live import StoreLive
from painwatch.core.types import FusedPoint, MinuteSummary
from painwatch.fuse.minutes import LONGEST_HOLE_NS, MINUTE_NS
from painwatch.store.history import END_OF_TIME_NS, History, open_history

log = logging.getLogger(__name__)

TOLD_AGAIN_NS = REACH_MINUTES * MINUTE_NS
"""Minutes of the history that alarms are told again after a start: those of a group wait for one another, and a
baseline may yet be marked in them."""

LONGEST_PAUSE_NS = 30_000_000_000


@dataclass(frozen=True, slots=True)
class CageStored:
    """What was stored of a cage: its last minutes, and the points after them."""

    last_minute_ns: int | None
    last_scored_ns: int | None
    minutes: tuple[MinuteSummary, ...]
    points: tuple[FusedPoint, ...]


@dataclass(frozen=True, slots=True)
class Stored:
    """All that a hub goes on from."""

    cages: Mapping[str, CageStored]
    memories: tuple[AlarmMemory, ...]
    marks: tuple[Mark, ...]

    def minutes(self) -> tuple[MinuteSummary, ...]:
        """The last minutes of all cages, in order of time."""
        return _in_order(minute for cage in self.cages.values() for minute in cage.minutes)


def read_stored(database: Path, cages: Mapping[str, bool], now: Stamp) -> Stored:
    """All of it, or nothing. `cages`: whether each is watched live; what was stored of such a one under a clock that
    was far ahead is passed over.

    Raises:
        StoreError: the history, or a part of it, cannot be read.
    """
    with open_history(database) as history:
        return Stored(
            {name: _cage(name, history, now, live=live) for name, live in cages.items()},
            history.alarm_memories(),
            history.marks(None, 0, END_OF_TIME_NS),
        )


class Resuming:
    """Reads what was stored at the first try that succeeds; between two tries is a second at first, later half a
    minute. `blank` until then.
    """

    def __init__(self, began: Stamp, read: Callable[[Stamp], Stored]) -> None:
        self.began_ns, self.blank, self.why = began.wall_ns, True, ""
        self._read = read
        self._pause_ns, self._due_ns = 1_000_000_000, began.mono_ns
        self._held: dict[str, deque[MinuteSummary]] = {}

    def stored(self, now: Stamp) -> Stored | None:
        """What was stored, once; None if it is not time to look, or nothing can be read."""
        if not self.blank or now.mono_ns < self._due_ns:
            return None
        try:
            stored = self._read(now)
        except StoreError as error:
            if str(error) != self.why:
                log.error("the history cannot be read: until then alarms are judged anew and not stored: %s", error)
            self.why = str(error)
            self._due_ns = now.mono_ns + self._pause_ns
            self._pause_ns = min(LONGEST_PAUSE_NS, 2 * self._pause_ns)
            return None
        self.blank = False
        return stored

    def hold(self, minute: MinuteSummary) -> None:
        """A minute that was closed while nothing could be read: no alarm of before has seen it."""
        self._held.setdefault(minute.cage, deque(maxlen=REACH_MINUTES)).append(minute)

    def held(self) -> tuple[MinuteSummary, ...]:
        """The minutes that were held, in order of time."""
        return _in_order(minute for minutes in self._held.values() for minute in minutes)

    def told(self, health: StoreLive) -> StoreLive:
        """The state of the history: one that cannot be read is at fault."""
        if not self.blank or not self.why or health.fault:
            return health
        return replace(health, fault=f"cannot be read: {self.why}", fault_since_ns=self.began_ns)


def _cage(name: str, history: History, now: Stamp, *, live: bool) -> CageStored:
    to_ns = now.wall_ns + LONGEST_HOLE_NS if live else END_OF_TIME_NS
    last_ns = history.last_minute_ns(name, to_ns)
    minutes = () if last_ns is None else history.minutes(name, last_ns - TOLD_AGAIN_NS, last_ns + 1)
    open_from_ns = 0 if last_ns is None else last_ns + MINUTE_NS
    points = history.points(name, open_from_ns, to_ns, limit=1_000_000)
    return CageStored(last_ns, history.last_scored_ns(name, to_ns), minutes, points)


def _in_order(minutes: Iterable[MinuteSummary]) -> tuple[MinuteSummary, ...]:
    return tuple(sorted(minutes, key=lambda minute: minute.start_ns))

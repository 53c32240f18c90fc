"""What was stored, for the page, the API and a hub that starts again. Ranges are half-open: from_ns <= t < to_ns."""

from __future__ import annotations

import contextlib
import sqlite3
import threading
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from painwatch.core.alarms import AlarmMemory, Mark, Transition
from painwatch.core.types import CameraPhase, FusedPoint, MinuteSummary, ProcessPhase
from painwatch.store import rows
from painwatch.store.audit import ENTRY, AuditEntry, AuditHead, head_of
from painwatch.store.faults import IN_A_ROW, IN_SQLITE, damaged, unreadable
from painwatch.store.schema import open_for_reading

Made = TypeVar("Made")

END_OF_TIME_NS = 2**63 - 1
"""Later than any time that can be stored."""


@dataclass(frozen=True, slots=True)
class CameraEvent:
    """A camera's change of phase or fault (a SourceFault value or empty)."""

    camera: str
    time_ns: int
    cage: str
    phase: CameraPhase
    fault: str
    detail: str


@dataclass(frozen=True, slots=True)
class ProcessEvent:
    """A supervised child's change of phase."""

    name: str
    time_ns: int
    phase: ProcessPhase
    restarts: int
    reason: str


@dataclass(frozen=True, slots=True)
class RefusedLine:
    """A line that a sink refused for good at `refused_ns` (UTC); `kind` is the record's, such as minute."""

    refused_ns: int
    kind: str
    line: bytes
    why: str


def open_history(path: Path) -> History:
    """The history at `path`, read-only; close it when done.

    Raises:
        StoreError: there is none yet, it is damaged, not ours, or of another version.
    """
    return History(path, open_for_reading(path))


class History:
    """Reads one history; any thread may ask. Every question raises StoreError if the file has become unreadable."""

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self._path, self._connection, self._lock = path, connection, threading.Lock()

    def close(self) -> None:
        with self._lock:
            self._connection.close()

    def __enter__(self) -> History:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def cages(self) -> tuple[str, ...]:
        """Names of the cages of which there are minutes or points, also ones no longer configured."""
        with self._asking() as connection:
            tables = ("minutes", "points")
            return tuple(sorted({cage for table in tables for cage in rows.series_in(connection, table, "cage")}))

    def minutes(self, cage: str, from_ns: int, to_ns: int) -> tuple[MinuteSummary, ...]:
        """Closed minutes that begin in the range, in order of time."""
        return self._made(rows.minute_of_row, self._all(*_range("minutes", rows.MINUTE, cage, from_ns, to_ns)))

    def points(self, cage: str, from_ns: int, to_ns: int, limit: int = 20_000) -> tuple[FusedPoint, ...]:
        """The newest `limit` points in the range, in order of time."""
        query, values = _range("points", rows.POINT, cage, from_ns, to_ns)
        newest_first = self._all(f"{query} DESC LIMIT ?", (*values, limit))
        return self._made(rows.point_of, reversed(newest_first))

    def camera_events(self, camera: str, from_ns: int, to_ns: int) -> tuple[CameraEvent, ...]:
        """Changes of a camera's state in the range, in order of time."""
        found = self._all(*_range("camera_events", rows.CAMERA_EVENT, camera, from_ns, to_ns))
        return self._made(_camera_event, found)

    def process_events(self, name: str, from_ns: int, to_ns: int) -> tuple[ProcessEvent, ...]:
        """Changes of a child's state in the range, in order of time."""
        found = self._all(*_range("process_events", rows.PROCESS_EVENT, name, from_ns, to_ns))
        return self._made(_process_event, found)

    def first_and_last(self, cage: str) -> tuple[int, int] | None:
        """Start of the earliest stored minute or point of a cage, and of the latest; None if there is none."""
        found = [
            end
            for table, column in (("minutes", "start_ns"), ("points", "time_ns"))
            for order in ("", "DESC")
            for end in self._times(
                f"SELECT {column} FROM {table} WHERE cage = ? ORDER BY {column} {order} LIMIT 1", cage
            )
        ]
        return (min(found), max(found)) if found else None

    def last_minute_ns(self, cage: str, before_ns: int = END_OF_TIME_NS) -> int | None:
        """Start of the cage's last closed minute that began before `before_ns`."""
        query = "SELECT start_ns FROM minutes WHERE cage = ? AND start_ns < ? ORDER BY start_ns DESC LIMIT 1"
        return next(iter(self._times(query, cage, before_ns)), None)

    def last_scored_ns(self, cage: str, before_ns: int = END_OF_TIME_NS) -> int | None:
        """Capture time of the cage's last stored point with a score before `before_ns`, at least to the minute; None if
        never.
        """
        minute = self._times(
            "SELECT start_ns FROM minutes WHERE cage = ? AND start_ns < ? AND pain + no_pain > 0"
            " ORDER BY start_ns DESC LIMIT 1",
            cage,
            before_ns,
        )
        last = minute[0] if minute else None
        point = self._times(
            "SELECT time_ns FROM points WHERE cage = ? AND time_ns >= ? AND time_ns < ? AND pain IS NOT NULL"
            " ORDER BY time_ns DESC LIMIT 1",
            cage,
            last or 0,
            before_ns,
        )
        return point[0] if point else last

    def alarm_memories(self) -> tuple[AlarmMemory, ...]:
        """What the alarms have to go on from, one for each rule and subject."""
        return tuple(AlarmMemory(*row) for row in self._all(f"SELECT {rows.MEMORY} FROM alarm_memories"))

    def transitions(
        self,
        from_ns: int,
        to_ns: int,
        *,
        subjects: Collection[str] | None = None,
        rule: str | None = None,
        limit: int = 10_000,
    ) -> tuple[Transition, ...]:
        """The newest `limit` transitions in the range, in order of time and, within one moment, as they happened.

        Args:
            subjects: only of these, such as a cage and its cameras.
            rule: only of this one.
        """
        asked = "time_ns >= ? AND time_ns < ?"
        values: list[Any] = [from_ns, to_ns]
        if subjects is not None:
            asked, values = f"{asked} AND subject IN ({', '.join('?' * len(subjects))})", [*values, *subjects]
        if rule is not None:
            asked, values = f"{asked} AND rule = ?", [*values, rule]
        query = f"SELECT {rows.TRANSITION} FROM transitions WHERE {asked} ORDER BY time_ns DESC, id DESC LIMIT ?"
        return self._made(rows.transition_of, reversed(self._all(query, (*values, limit))))

    def marks(self, cage: str | None, from_ns: int, to_ns: int) -> tuple[Mark, ...]:
        """Marks that lie in the range, also those that only reach into it, in order of time; of one cage or of all."""
        query = (
            f"SELECT {rows.MARK} FROM marks WHERE (?1 IS NULL OR cage = ?1) AND time_ns < ?3"
            " AND (time_ns >= ?2 OR end_ns > ?2) ORDER BY time_ns, cage, name"
        )
        return self._made(rows.mark_of, self._all(query, (cage, from_ns, to_ns)))

    def audit(self, from_seq: int = 1, limit: int = 1000) -> tuple[AuditEntry, ...]:
        """Entries of the audit log from number `from_seq` on."""
        query = f"SELECT {ENTRY} FROM audit WHERE seq >= ? ORDER BY seq LIMIT ?"
        return tuple(AuditEntry(*row) for row in self._all(query, (from_seq, limit)))

    def audit_head(self) -> AuditHead:
        """The last entry's number and hash; number 0 if nothing was entered yet."""
        with self._asking() as connection:
            return head_of(connection)

    def refused(self, sink: str, limit: int = 100) -> tuple[RefusedLine, ...]:
        """The last lines that a sink refused for good, newest first."""
        query = "SELECT refused_ns, kind, line, why FROM dead WHERE sink = ? ORDER BY id DESC LIMIT ?"
        return tuple(RefusedLine(*row) for row in self._all(query, (sink, limit)))

    def _times(self, query: str, *values: Any) -> tuple[int, ...]:
        return self._made(_time, self._all(query, values))

    def _all(self, query: str, values: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
        with self._asking() as connection:
            return connection.execute(query, values).fetchall()

    def _made(self, make: Callable[[tuple[Any, ...]], Made], found: Iterable[tuple[Any, ...]]) -> tuple[Made, ...]:
        """What the rows are of; a row that cannot be made into it was not written by us as it stands."""
        try:
            return tuple(map(make, found))
        except IN_A_ROW as error:
            raise damaged(error, self._path) from error

    @contextlib.contextmanager
    def _asking(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            try:
                yield self._connection
            except IN_SQLITE as error:
                raise unreadable(error, self._path) from error


def _time(row: tuple[Any, ...]) -> int:
    if not isinstance(row[0], int):
        raise TypeError("a time that is no number")
    return row[0]


def _camera_event(row: tuple[Any, ...]) -> CameraEvent:
    camera, time_ns, cage, phase, *words = row
    return CameraEvent(camera, time_ns, cage, CameraPhase(phase), *words)


def _process_event(row: tuple[Any, ...]) -> ProcessEvent:
    name, time_ns, phase, *more = row
    return ProcessEvent(name, time_ns, ProcessPhase(phase), *more)


def _range(table: str, columns: str, series: str, from_ns: int, to_ns: int) -> tuple[str, tuple[Any, ...]]:
    key, time = columns.split(", ")[:2]
    query = f"SELECT {columns} FROM {table} WHERE {key} = ? AND {time} >= ? AND {time} < ? ORDER BY {time}"
    return query, (series, from_ns, to_ns)

"""One transaction: records into their tables, into the audit log, and into the outbox of every sink."""

from __future__ import annotations

import logging
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import Enum

from painwatch.core.alarms import AlarmMemory, AuditNote, Mark, Notice, Reading, Transition
from painwatch.core.types import CameraState, MinuteSummary, ProcessState
from painwatch.core.vitals import Vitals
from painwatch.store import audit
from painwatch.store.rows import MEMORY, Passing, Record, as_json, row_of
from painwatch.store.transaction import in_transaction

log = logging.getLogger(__name__)

Told = MinuteSummary | Transition | Mark
"""Records that are told to others only once they are on disk."""

Lines = Callable[[Record, str], bytes | None]
"""What a record is for the sink named second: one line, or None if the sink gets nothing of it."""


class Kept(Enum):
    """What became of a record: stored now, stored before with the same value, or its key taken by another value."""

    NEW = "new"
    BEFORE = "before"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Refused:
    """A person's request of which a record is not stored, and never will be."""

    request: str
    why: str


@dataclass(frozen=True, slots=True)
class Written:
    """What became of a transaction's records. `told`: those now on disk as they were given, in order."""

    lost: int = 0
    conflicts: int = 0
    told: tuple[Told, ...] = ()
    refused: tuple[Refused, ...] = ()


def refused_of(records: Iterable[Record], why: str) -> tuple[Refused, ...]:
    """The requests that `records` came by, which are not stored because of `why`."""
    asked = {record.request: None for record in records if isinstance(record, Transition | Mark) and record.request}
    return tuple(Refused(request, why) for request in asked)


def no_lines(_record: Record, _sink: str) -> bytes | None:
    """For a history of which no sink is told."""
    return None


def is_durable(record: Record) -> bool:
    """Whether a transaction with this record is synced to the disk; the others are few, and follow soon."""
    return not isinstance(record, Passing | CameraState | ProcessState)


def commit(
    connection: sqlite3.Connection, records: tuple[Record, ...], *, sinks: tuple[str, ...], lines: Lines, now_ns: int
) -> Written:
    """Writes the records in a transaction of their own, synced if it must be."""

    def work(within: sqlite3.Connection) -> Written:
        return write(within, records, sinks=sinks, lines=lines, now_ns=now_ns)

    return in_transaction(connection, work, durable=any(map(is_durable, records)))


def write(
    connection: sqlite3.Connection, records: Iterable[Record], *, sinks: tuple[str, ...], lines: Lines, now_ns: int
) -> Written:
    """Writes the records within the transaction that is open. `now_ns`: UTC, for the audit log and the outbox."""
    lost = conflicts = 0
    told: list[Told] = []
    refused: list[Refused] = []
    queued: Counter[str] = Counter()
    for record in records:
        connection.execute("SAVEPOINT record")
        try:
            kept = store(connection, record, now_ns)
        except (
            sqlite3.IntegrityError,
            sqlite3.DataError,
            sqlite3.ProgrammingError,
            OverflowError,
            ValueError,
        ) as error:
            # One record that no table takes must not hold up all others for ever.
            connection.execute("ROLLBACK TO record")
            connection.execute("RELEASE record")
            log.error("not stored: %s (%s)", record, error)
            lost += 1
            refused += refused_of([record], "no table takes it as it is")
            continue
        connection.execute("RELEASE record")
        if kept is Kept.OTHER:
            conflicts += 1
            log.warning("kept what was stored before, not %s", record)
            _note_conflict(connection, record, now_ns)
            refused += refused_of([record], "another stands in its place already")
            continue
        if isinstance(record, Told):
            told.append(record)
        if kept is Kept.NEW:
            for sink in sinks:
                queued[sink] += _queue(connection, record, sink, lines, now_ns)
    for sink, count in queued.items():
        connection.execute(
            "INSERT INTO sinks (name, waiting) VALUES (?1, ?2) ON CONFLICT DO UPDATE SET waiting = waiting + ?2",
            (sink, count),
        )
    return Written(lost, conflicts, tuple(told), tuple(refused))


def store(connection: sqlite3.Connection, record: Record, now_ns: int) -> Kept:
    """Stores one record. A value that is there stays; only an alarm's memory is replaced."""
    match record:
        case AlarmMemory():
            connection.execute(
                f"INSERT INTO alarm_memories ({MEMORY}) VALUES (?, ?, ?, ?)"
                " ON CONFLICT DO UPDATE SET time_ns = excluded.time_ns, body = excluded.body",
                (record.rule, record.subject, record.time_ns, record.body),
            )
            return Kept.BEFORE
        case Vitals() | Reading():
            return Kept.NEW
        case AuditNote():
            audit.enter(connection, record, now_ns)
            return Kept.NEW
        case Notice():
            # A target is told of a key once, whatever it is told.
            inserted = connection.execute(
                "INSERT INTO notices (target, key, time_ns, body) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
                (record.target, record.key, now_ns, as_json(record)),
            ).rowcount
            return Kept.NEW if inserted else Kept.BEFORE
    row = row_of(record)
    if connection.execute(row.insert, row.values).rowcount == 1:
        if isinstance(record, Transition | Mark):
            audit.enter(connection, record, now_ns)
        return Kept.NEW
    found = connection.execute(row.select, row.values[: row.key]).fetchone()
    return Kept.BEFORE if found == row.values else Kept.OTHER


def _note_conflict(connection: sqlite3.Connection, record: Record, now_ns: int) -> None:
    """Alarms that came of a minute are stored and told also where another value of it was stored before, since nobody
    would hear of them again: the log says what they were judged by.
    """
    if isinstance(record, MinuteSummary | Transition):
        what = "another value was stored before, and stays; alarms may have come of this one"
        audit.enter(connection, AuditNote(what, now_ns, {"not stored": audit.body_of(record)}), now_ns)


def _queue(connection: sqlite3.Connection, record: Record, sink: str, lines: Lines, now_ns: int) -> int:
    try:
        line = lines(record, sink)
    except Exception:
        log.exception("sink %s is not told of %s", sink, record)
        return 0
    if line is None:
        return 0
    kind = str(record.__struct_config__.tag)
    connection.execute("INSERT INTO outbox (sink, time_ns, kind, line) VALUES (?, ?, ?, ?)", (sink, now_ns, kind, line))
    return 1

"""What the rooms hand over, as rows and back."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import msgspec

from painwatch.core.alarms import AlarmMemory, AuditNote, Mark, Notice, Reading, Transition
from painwatch.core.types import (
    CameraShare,
    CameraState,
    FusedPoint,
    MinuteSummary,
    ProcessState,
    Status,
    UnitScore,
)
from painwatch.core.vitals import Vitals

Record = (
    FusedPoint
    | MinuteSummary
    | CameraState
    | ProcessState
    | Transition
    | Mark
    | AlarmMemory
    | AuditNote
    | Notice
    | Vitals
    | Reading
)
"""What is stored. Of the states of cameras and processes, the changes; of an alarm's memory, the last; of vitals and
readings nothing but what the sinks have still to take.
"""

Passing = FusedPoint | Vitals | Reading
"""Records of single moments: one of them may be lost by itself, where there is no room for all."""

POINT = "cage, time_ns, status, pain_probability, pain, shares, units, model"
MINUTE = (
    "cage, start_ns, pain, no_pain, skipped, expected, coverage, pain_probability, by_status, faces, units, models, "
    "repeated"
)
CAMERA_EVENT = "camera, time_ns, cage, phase, fault, detail"
PROCESS_EVENT = "name, time_ns, phase, restarts, reason"
TRANSITION = "key, time_ns, rule, subject, body"
MARK = "cage, time_ns, name, end_ns, words, who"
MEMORY = "rule, subject, time_ns, body"


@dataclass(frozen=True, slots=True)
class Row:
    """A row to be: its first `key` columns name it."""

    table: str
    columns: str
    values: tuple[Any, ...]
    key: int = 2

    @property
    def insert(self) -> str:
        marks = ", ".join("?" * len(self.values))
        return f"INSERT INTO {self.table} ({self.columns}) VALUES ({marks}) ON CONFLICT DO NOTHING"

    @property
    def select(self) -> str:
        named = " AND ".join(f"{column} = ?" for column in self.columns.split(", ")[: self.key])
        return f"SELECT {self.columns} FROM {self.table} WHERE {named}"


def row_of(record: FusedPoint | MinuteSummary | CameraState | ProcessState | Transition | Mark) -> Row:
    """The row that keeps `record`."""
    match record:
        case FusedPoint() as p:
            pain = None if p.pain is None else int(p.pain)
            score = (p.status.value, p.pain_probability, pain, _shares_as_json(p), as_json(p.units), p.model)
            return Row("points", POINT, (p.cage, p.time_ns, *score))
        case MinuteSummary() as m:
            counts = (m.pain, m.no_pain, m.skipped, m.expected, m.coverage, m.pain_probability, as_json(m.by_status))
            values = (m.cage, m.start_ns, *counts, m.faces, as_json(m.units), as_json(m.models), m.repeated)
            return Row("minutes", MINUTE, values)
        case CameraState() as c:
            event = (c.camera, c.time_ns, c.cage, c.phase.value, c.fault, c.detail)
            return Row("camera_events", CAMERA_EVENT, event)
        case ProcessState() as s:
            return Row("process_events", PROCESS_EVENT, (s.name, s.time_ns, s.phase.value, s.restarts, s.reason))
        case Transition() as t:
            return Row("transitions", TRANSITION, (t.key, t.time_ns, t.rule, t.subject, as_json(t)), key=1)
        case Mark() as k:
            return Row("marks", MARK, (k.cage, k.time_ns, k.name, k.end_ns, k.words, k.who), key=3)


def point_of(row: tuple[Any, ...]) -> FusedPoint:
    """The point in a row of the columns POINT."""
    cage, time_ns, status, probability, pain, shares, units, model = row
    return FusedPoint(
        cage=cage,
        time_ns=time_ns,
        status=Status(status),
        shares=msgspec.json.decode(shares, type=tuple[CameraShare, ...]),
        pain_probability=probability,
        pain=None if pain is None else bool(pain),
        units=msgspec.json.decode(units, type=tuple[UnitScore, ...]),
        model=model,
    )


def minute_of_row(row: tuple[Any, ...]) -> MinuteSummary:
    """The minute in a row of the columns MINUTE."""
    fields = dict(zip(MINUTE.split(", "), row, strict=True))
    decoded = {
        "by_status": msgspec.json.decode(fields["by_status"], type=dict[str, int]),
        "units": msgspec.json.decode(fields["units"], type=tuple[UnitScore, ...]),
        "models": msgspec.json.decode(fields["models"], type=tuple[str, ...]),
    }
    return MinuteSummary(**fields | decoded)


def transition_of(row: tuple[Any, ...]) -> Transition:
    """The transition in a row of the columns TRANSITION."""
    return msgspec.json.decode(row[-1], type=Transition)


def mark_of(row: tuple[Any, ...]) -> Mark:
    """The mark in a row of the columns MARK."""
    cage, time_ns, name, end_ns, words, who = row
    return Mark(cage, name, time_ns, end_ns, words, who)


def series_in(connection: sqlite3.Connection, table: str, column: str) -> Iterator[str]:
    """The different values of a table's first key column, found by skipping from one to the next.

    DISTINCT would read the whole table, which is millions of points.

    Raises:
        sqlite3.DatabaseError: also if a name does not come after the one before: in a damaged file SQLite can go in a
            circle, and this would never end.
    """
    name = ""
    while found := connection.execute(
        f"SELECT {column} FROM {table} WHERE {column} > ? ORDER BY {column} LIMIT 1", (name,)
    ).fetchone():
        if (following := str(found[0])) <= name:
            error = sqlite3.DatabaseError(f"the {column}s of {table} are out of order")
            error.sqlite_errorname = "SQLITE_CORRUPT"
            raise error
        yield (name := following)


def _shares_as_json(point: FusedPoint) -> str:
    """`repeated` only where it is so: a point told again must be the same text as one stored before there was such."""
    shares = msgspec.to_builtins(point.shares)
    told = [{name: value for name, value in share.items() if value or name != "repeated"} for share in shares]
    return msgspec.json.encode(told).decode()


def as_json(value: Any) -> str:
    """JSON that is the same text for the same value."""
    return msgspec.json.encode(value, order="deterministic").decode()

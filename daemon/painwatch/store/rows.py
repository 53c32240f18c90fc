"""What the rooms hand over, as rows and back."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import msgspec

from painwatch.core.types import CameraShare, CameraState, FusedPoint, MinuteSummary, ProcessState, Status

Record = FusedPoint | MinuteSummary | CameraState | ProcessState
"""What is stored. Of the states of cameras and processes, the changes."""

POINT = "cage, time_ns, status, pain_probability, pain, shares"
MINUTE = "cage, start_ns, pain, no_pain, skipped, expected, coverage, pain_probability, by_status"
CAMERA_EVENT = "camera, time_ns, cage, phase, fault, detail"
PROCESS_EVENT = "name, time_ns, phase, restarts, reason"


@dataclass(frozen=True, slots=True)
class Row:
    """A row to be: its first two columns are its key."""

    table: str
    columns: str
    values: tuple[Any, ...]

    @property
    def insert(self) -> str:
        marks = ", ".join("?" * len(self.values))
        return f"INSERT INTO {self.table} ({self.columns}) VALUES ({marks}) ON CONFLICT DO NOTHING"

    @property
    def select(self) -> str:
        series, time = self.columns.split(", ")[:2]
        return f"SELECT {self.columns} FROM {self.table} WHERE {series} = ? AND {time} = ?"


def row_of(record: Record) -> Row:
    """The row that keeps `record`."""
    match record:
        case FusedPoint():
            pain = None if record.pain is None else int(record.pain)
            shares = _json(record.shares)
            values = (record.cage, record.time_ns, record.status.value, record.pain_probability, pain, shares)
            return Row("points", POINT, values)
        case MinuteSummary() as m:
            counts = (m.pain, m.no_pain, m.skipped, m.expected, m.coverage, m.pain_probability)
            return Row("minutes", MINUTE, (m.cage, m.start_ns, *counts, _json(m.by_status)))
        case CameraState() as c:
            event = (c.camera, c.time_ns, c.cage, c.phase.value, c.fault, c.detail)
            return Row("camera_events", CAMERA_EVENT, event)
        case ProcessState() as p:
            return Row("process_events", PROCESS_EVENT, (p.name, p.time_ns, p.phase.value, p.restarts, p.reason))


def point_of(row: tuple[Any, ...]) -> FusedPoint:
    """The point in a row of the columns POINT."""
    cage, time_ns, status, probability, pain, shares = row
    return FusedPoint(
        cage=cage,
        time_ns=time_ns,
        status=Status(status),
        shares=msgspec.json.decode(shares, type=tuple[CameraShare, ...]),
        pain_probability=probability,
        pain=None if pain is None else bool(pain),
    )


def minute_of_row(row: tuple[Any, ...]) -> MinuteSummary:
    """The minute in a row of the columns MINUTE."""
    fields = dict(zip(MINUTE.split(", "), row, strict=True))
    return MinuteSummary(**fields | {"by_status": msgspec.json.decode(fields["by_status"], type=dict[str, int])})


def series_in(connection: sqlite3.Connection, table: str, column: str) -> Iterator[str]:
    """The different values of a table's first key column, found by skipping from one to the next.

    DISTINCT would read the whole table, which is millions of points.
    """
    name = ""
    while found := connection.execute(
        f"SELECT {column} FROM {table} WHERE {column} > ? ORDER BY {column} LIMIT 1", (name,)
    ).fetchone():
        name = str(found[0])
        yield name


def store(connection: sqlite3.Connection, record: Record) -> bool:
    """Inserts the record unless its key is taken; False if it is taken by another value, which stays."""
    row = row_of(record)
    if connection.execute(row.insert, row.values).rowcount == 1:
        return True
    found = connection.execute(row.select, row.values[:2]).fetchone()
    return bool(found == row.values)


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()

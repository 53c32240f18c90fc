"""Deletes what may go when there is no room: single moments first, the oldest of all cages, then what explains holes.

Minutes, alarms, marks and the audit log never go, nor anything of the last minutes: a hub that starts again needs it.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from painwatch.store.rows import series_in

NEWEST_NS = 600_000_000_000
"""What is less than 10 min older than the newest of its series stays."""

SLICE_NS = 3_600_000_000_000
"""Points go by the hour, so that all cages keep about the same span."""

CHUNK = 5000
"""Rows of one series deleted at a time, so that the writer is never away for long."""


@dataclass(frozen=True, slots=True)
class Pruned:
    """Rows deleted. `lines`: of points, vitals and readings, that a sink had not taken yet."""

    points: int = 0
    events: int = 0
    lines: int = 0

    def __bool__(self) -> bool:
        return bool(self.points or self.events or self.lines)


def prune(connection: sqlite3.Connection, now_ns: int) -> Pruned:
    """Deletes the next slice of what may go, within the transaction that is open; nothing if nothing may.

    First points; then events of cameras and processes; then lines of moments, events, vitals and readings that a sink
    refused (those of minutes, alarms and marks stay); last of all the lines of points, vitals and readings that a sink
    has not taken, which are in the outbox alone by then.
    """
    if points := _oldest(connection, (("points", "cage"),), now_ns):
        return Pruned(points=points)
    if events := _oldest(connection, (("camera_events", "camera"), ("process_events", "name")), now_ns):
        return Pruned(events=events)
    dead = connection.execute(
        "DELETE FROM dead WHERE id IN (SELECT id FROM dead WHERE kind NOT IN ('minute', 'transition', 'mark') LIMIT ?)",
        (CHUNK,),
    ).rowcount
    if dead:
        return Pruned(events=dead)
    return Pruned(lines=_oldest_lines(connection, now_ns))


def _oldest(connection: sqlite3.Connection, tables: tuple[tuple[str, str], ...], now_ns: int) -> int:
    """Deletes the oldest hour there is of all series in the tables; the rows deleted."""
    spans = [
        (table, series, name, oldest_ns, min(newest_ns, now_ns) - NEWEST_NS)
        for table, series in tables
        for name in series_in(connection, table, series)
        for oldest_ns, newest_ns in (_ends(connection, table, series, name),)
    ]
    may_go = [span for span in spans if span[3] < span[4]]
    if not may_go:
        return 0
    before_ns = min(oldest_ns for *_, oldest_ns, _ in may_go) + SLICE_NS
    return sum(
        connection.execute(
            f"DELETE FROM {table} WHERE {series} = ?1 AND time_ns IN"
            f" (SELECT time_ns FROM {table} WHERE {series} = ?1 AND time_ns < ?2 ORDER BY time_ns LIMIT ?3)",
            (name, min(before_ns, keep_from_ns), CHUNK),
        ).rowcount
        for table, series, name, _, keep_from_ns in may_go
    )


def _ends(connection: sqlite3.Connection, table: str, series: str, name: str) -> tuple[int, int]:
    query = f"SELECT time_ns FROM {table} WHERE {series} = ? ORDER BY time_ns"
    (first,) = connection.execute(f"{query} LIMIT 1", (name,)).fetchone()
    (last,) = connection.execute(f"{query} DESC LIMIT 1", (name,)).fetchone()
    return first, last


def _oldest_lines(connection: sqlite3.Connection, now_ns: int) -> int:
    """Deletes the oldest lines of points, vitals and readings in the outbox; the rows deleted."""
    deleted = connection.execute(
        "DELETE FROM outbox WHERE id IN (SELECT id FROM outbox WHERE kind IN ('fused_point', 'vitals', 'reading')"
        " AND (time_ns < ?1 OR time_ns > ?2) ORDER BY id LIMIT ?3) RETURNING sink",
        (now_ns - NEWEST_NS, now_ns + NEWEST_NS, CHUNK),
    ).fetchall()
    for sink in {sink for (sink,) in deleted}:
        gone = sum(name == sink for (name,) in deleted)
        connection.execute("UPDATE sinks SET waiting = waiting - ? WHERE name = ?", (gone, sink))
    return len(deleted)

"""Deletes what is older than it must be kept."""

from __future__ import annotations

import sqlite3

from painwatch.store.rows import series_in

DAY_NS = 86_400_000_000_000

KEEP_EVENTS_DAYS = 400
"""Changes of cameras and processes explain the holes in a study's minutes; they are few."""

CHUNK = 5000
"""Rows deleted in one transaction, so that the writer is never away for long."""


def sweep(connection: sqlite3.Connection, keep_points_days: float) -> int:
    """Deletes points more than `keep_points_days` before their cage's newest, and old events; minutes are kept.

    Age is measured from the newest of the same series, not from now: a recording made years ago can be looked
    through like any other, and what is left of a cage that was taken out of the configuration stays.

    Returns:
        Rows deleted.
    """
    return (
        _sweep(connection, "points", "cage", keep_points_days)
        + _sweep(connection, "camera_events", "camera", KEEP_EVENTS_DAYS)
        + _sweep(connection, "process_events", "name", KEEP_EVENTS_DAYS)
    )


def _sweep(connection: sqlite3.Connection, table: str, series: str, keep_days: float) -> int:
    deleted = 0
    for name in tuple(series_in(connection, table, series)):
        (newest_ns,) = connection.execute(f"SELECT max(time_ns) FROM {table} WHERE {series} = ?", (name,)).fetchone()
        before_ns = newest_ns - round(keep_days * DAY_NS)
        while True:
            done = connection.execute(
                f"DELETE FROM {table} WHERE {series} = ?1 AND time_ns IN"
                f" (SELECT time_ns FROM {table} WHERE {series} = ?1 AND time_ns < ?2 ORDER BY time_ns LIMIT ?3)",
                (name, before_ns, CHUNK),
            ).rowcount
            deleted += done
            if done < CHUNK:
                break
    return deleted

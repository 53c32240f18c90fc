"""Deletes what is older than it must be kept. Minutes, alarms, marks and the audit log are kept for ever."""

from __future__ import annotations

import sqlite3

from painwatch.store.rows import series_in

DAY_NS = 86_400_000_000_000

KEEP_EVENTS_DAYS = 400
"""Changes of cameras and processes explain the holes in a study's minutes; they are few."""

KEEP_DEAD_DAYS = 400
"""Lines that a sink refused are looked at by a person, some time."""

KEEP_NOTICES_DAYS = 90
"""Delivered notices; until then the same one is not sent again."""

CHUNK = 5000
"""Rows of one series deleted at a time, so that the writer is never away for long."""


def sweep(connection: sqlite3.Connection, keep_points_days: float, now_ns: int) -> bool:
    """Deletes points more than `keep_points_days` before their cage's newest, old events, notices and refused lines.

    Age is measured from the newest of the same series, not from now: a recording made years ago can be looked
    through like any other, and what is left of a cage that was taken out of the configuration stays. What lies after
    `now_ns` (UTC) was written under a wrong clock and makes nothing old.

    Returns:
        Whether it may not be all yet: no more than CHUNK rows of a series are deleted in one call.
    """
    return any(
        [
            _sweep(connection, "points", "cage", keep_points_days, now_ns),
            _sweep(connection, "camera_events", "camera", KEEP_EVENTS_DAYS, now_ns),
            _sweep(connection, "process_events", "name", KEEP_EVENTS_DAYS, now_ns),
            _sweep_done(connection, "dead", "refused_ns", KEEP_DEAD_DAYS, now_ns),
            _sweep_done(connection, "notices", "delivered_ns", KEEP_NOTICES_DAYS, now_ns),
        ]
    )


def _sweep(connection: sqlite3.Connection, table: str, series: str, keep_days: float, now_ns: int) -> bool:
    more = False
    for name in tuple(series_in(connection, table, series)):
        (newest_ns,) = connection.execute(f"SELECT max(time_ns) FROM {table} WHERE {series} = ?", (name,)).fetchone()
        before_ns = min(newest_ns, now_ns) - round(keep_days * DAY_NS)
        deleted = connection.execute(
            f"DELETE FROM {table} WHERE {series} = ?1 AND time_ns IN"
            f" (SELECT time_ns FROM {table} WHERE {series} = ?1 AND time_ns < ?2 ORDER BY time_ns LIMIT ?3)",
            (name, before_ns, CHUNK),
        ).rowcount
        more = more or deleted == CHUNK
    return more


def _sweep_done(connection: sqlite3.Connection, table: str, when: str, keep_days: float, now_ns: int) -> bool:
    (newest_ns,) = connection.execute(f"SELECT max({when}) FROM {table}").fetchone()
    if newest_ns is None:
        return False
    before_ns = min(newest_ns, now_ns) - round(keep_days * DAY_NS)
    deleted = connection.execute(
        f"DELETE FROM {table} WHERE id IN (SELECT id FROM {table} WHERE {when} < ? LIMIT ?)", (before_ns, CHUNK)
    ).rowcount
    return deleted == CHUNK

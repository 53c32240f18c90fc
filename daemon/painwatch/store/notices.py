"""What a target has still to be told: notices, each until it is delivered."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import msgspec

from painwatch.core.alarms import Notice
from painwatch.core.clock import Clock, SystemClock
from painwatch.store.reading import Reader
from painwatch.store.writer import Writer

_NEWEST_SHARE = 5


@dataclass(frozen=True, slots=True)
class Queued:
    """A notice that waits. `time_ns`: when it was stored (UTC); `attempts` failed so far, the last one for `why`."""

    id: int
    notice: Notice
    time_ns: int
    attempts: int
    why: str


class NoticeQueue:
    """The notices for one target; put there as records of type Notice. Faults and threads as with Outbox."""

    def __init__(self, path: Path, writer: Writer, target: str, *, clock: Clock | None = None) -> None:
        self._reader, self._writer, self.target = Reader(path), writer, target
        self._clock = clock or SystemClock()

    def close(self) -> None:
        """Ends the reading; the writer is not touched."""
        self._reader.close()

    def head(self, limit: int) -> tuple[Queued, ...]:
        """At most `limit` notices that wait, oldest first. Where more wait: the newest, a fifth of `limit`, and of the
        others those that were tried least often, so that what a target refuses for good hides nothing else for ever.
        """
        newest = limit // _NEWEST_SHARE
        rows = self._reader.all(
            "WITH waits AS (SELECT id, attempts FROM notices WHERE target = ?1 AND delivered_ns IS NULL),"
            " newest AS (SELECT id FROM waits ORDER BY id DESC LIMIT ?2),"
            " others AS (SELECT id FROM waits WHERE id NOT IN newest ORDER BY attempts, id LIMIT ?3)"
            " SELECT id, body, time_ns, attempts, why FROM notices WHERE id IN newest OR id IN others ORDER BY id",
            (self.target, newest, limit - newest),
        )
        return tuple(Queued(id, msgspec.json.decode(body, type=Notice), *rest) for id, body, *rest in rows)

    def done(self, ids: Iterable[int]) -> None:
        """The target was told these; they are kept for 90 days, so that it is not told again."""
        now_ns = self._clock.now().wall_ns
        self._update("delivered_ns = ?", (now_ns,), ids, durable=True)

    def failed(self, ids: Iterable[int], why: str) -> None:
        """The target could not be told these; they wait on. `why` holds no credential."""
        self._update("attempts = attempts + 1, why = ?", (why,), ids, durable=False)

    def waiting(self) -> tuple[int, int | None]:
        """How many wait, and when the oldest of them was stored (UTC ns), None if none waits."""
        waits = "FROM notices WHERE target = ? AND delivered_ns IS NULL"
        (count,) = self._reader.all(f"SELECT count(*) {waits}", (self.target,))[0]
        oldest = self._reader.all(f"SELECT time_ns {waits} ORDER BY id LIMIT 1", (self.target,))
        return count, oldest[0][0] if oldest else None

    def delivered_ns(self, since_ns: int) -> tuple[int, ...]:
        """When messages were noted as delivered after `since_ns`, UTC ns, oldest first; one message may hold several
        notices.
        """
        rows = self._reader.all(
            "SELECT DISTINCT delivered_ns FROM notices WHERE delivered_ns > ? AND target = ? ORDER BY delivered_ns",
            (since_ns, self.target),
        )
        return tuple(at_ns for (at_ns,) in rows)

    def _update(self, change: str, values: tuple[object, ...], ids: Iterable[int], *, durable: bool) -> None:
        rows = tuple((*values, id, self.target) for id in ids)
        query = f"UPDATE notices SET {change} WHERE id = ? AND target = ? AND delivered_ns IS NULL"

        def work(connection: sqlite3.Connection) -> None:
            self._reader.check()
            connection.executemany(query, rows)

        if rows:
            self._writer.do(work, durable=durable)

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
        """The oldest notices that wait, at most `limit`, oldest first; the same ones until they are done."""
        rows = self._reader.all(
            "SELECT id, body, time_ns, attempts, why FROM notices WHERE target = ? AND delivered_ns IS NULL"
            " ORDER BY id LIMIT ?",
            (self.target, limit),
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

    def _update(self, change: str, values: tuple[object, ...], ids: Iterable[int], *, durable: bool) -> None:
        rows = tuple((*values, id, self.target) for id in ids)
        query = f"UPDATE notices SET {change} WHERE id = ? AND target = ? AND delivered_ns IS NULL"

        def work(connection: sqlite3.Connection) -> None:
            connection.executemany(query, rows)

        if rows:
            self._writer.do(work, durable=durable)

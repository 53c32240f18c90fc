"""What a sink has still to take: lines in the order in which they were stored, each until it is taken or buried."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from painwatch.core.clock import Clock, SystemClock
from painwatch.store.reading import Reader
from painwatch.store.writer import Writer

HOUR_NS = 3_600_000_000_000


class Waiting(NamedTuple):
    """One line that waits. `time_ns`: when it was stored here (UTC)."""

    id: int
    line: bytes
    time_ns: int


@dataclass(frozen=True, slots=True)
class OutboxState:
    """`waiting`: lines. `oldest_ns`: when the oldest of them was stored (UTC), None if none waits.

    `refused`: lines the sink refused for good, in all; `refused_last_hour` of them within the last hour.
    """

    waiting: int
    oldest_ns: int | None
    refused: int
    refused_last_hour: int


class Outbox:
    """The outbox of one sink. Reads on a connection of its own, writes by the writer's thread; any thread may ask.

    Every method raises StoreError if the history cannot be read or written; StoreBlocked (a StoreError) if that may
    pass: nothing was changed then, and the same call may be made again, but for one about lines of a file that was
    replaced since: those are read anew. Calls made twice do no harm.
    """

    def __init__(self, path: Path, writer: Writer, sink: str, *, clock: Clock | None = None) -> None:
        self._reader, self._writer, self.sink = Reader(path), writer, sink
        self._clock = clock or SystemClock()

    def close(self) -> None:
        """Ends the reading; the writer is not touched."""
        self._reader.close()

    def head(self, limit: int) -> tuple[Waiting, ...]:
        """The oldest lines that wait, at most `limit`, oldest first; the same ones until they are done or buried."""
        query = "SELECT id, line, time_ns FROM outbox WHERE sink = ? ORDER BY id LIMIT ?"
        return tuple(Waiting(*row) for row in self._reader.all(query, (self.sink, limit)))

    def tail(self, limit: int) -> tuple[Waiting, ...]:
        """The newest lines that wait, at most `limit`, oldest first."""
        query = "SELECT id, line, time_ns FROM outbox WHERE sink = ? ORDER BY id DESC LIMIT ?"
        return tuple(Waiting(*row) for row in reversed(self._reader.all(query, (self.sink, limit))))

    def done(self, ids: Iterable[int]) -> None:
        """The sink has taken these lines: they leave the outbox."""
        taken = tuple(ids)
        if taken:
            self._do(lambda connection: _remove(connection, self.sink, taken))

    def bury(self, id: int, why: str) -> None:
        """The sink refuses this line for good: it leaves the outbox for the table `dead`."""
        now_ns = self._clock.now().wall_ns
        self._do(lambda connection: _bury(connection, self.sink, id, why, now_ns), durable=True)

    def state(self) -> OutboxState:
        """How much waits and was refused; cheap however much waits."""
        counts = self._reader.all("SELECT waiting, refused FROM sinks WHERE name = ?", (self.sink,))
        oldest = self._reader.all("SELECT time_ns FROM outbox WHERE sink = ? ORDER BY id LIMIT 1", (self.sink,))
        since_ns = self._clock.now().wall_ns - HOUR_NS
        recent = self._reader.all("SELECT count(*) FROM dead WHERE sink = ? AND refused_ns >= ?", (self.sink, since_ns))
        waiting, refused = counts[0] if counts else (0, 0)
        return OutboxState(waiting, oldest[0][0] if oldest else None, refused, recent[0][0])

    def _do(self, work: Callable[[sqlite3.Connection], object], *, durable: bool = False) -> None:
        def in_the_same_file(connection: sqlite3.Connection) -> None:
            self._reader.check()
            work(connection)

        self._writer.do(in_the_same_file, durable=durable)


def _remove(connection: sqlite3.Connection, sink: str, ids: tuple[int, ...]) -> int:
    removed = connection.executemany(
        "DELETE FROM outbox WHERE id = ? AND sink = ?", ((id, sink) for id in ids)
    ).rowcount
    connection.execute("UPDATE sinks SET waiting = waiting - ? WHERE name = ?", (removed, sink))
    return removed


def _bury(connection: sqlite3.Connection, sink: str, id: int, why: str, now_ns: int) -> None:
    connection.execute(
        "INSERT INTO dead (sink, time_ns, kind, line, why, refused_ns)"
        " SELECT sink, time_ns, kind, line, ?, ? FROM outbox WHERE id = ? AND sink = ?",
        (why, now_ns, id, sink),
    )
    buried = _remove(connection, sink, (id,))
    connection.execute("UPDATE sinks SET refused = refused + ? WHERE name = ?", (buried, sink))

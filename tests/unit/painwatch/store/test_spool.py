"""Nothing that is stored is lost on its way to a sink, whatever fails, in whatever order."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fixtures.looks import NOON
from fixtures.stored import memory, minute, point
from painwatch.core.types import FusedPoint, MinuteSummary
from painwatch.store import ledger
from painwatch.store.faults import StoreBlocked
from painwatch.store.outbox import Outbox
from painwatch.store.rows import Record
from painwatch.store.schema import open_for_writing
from painwatch.store.transaction import in_transaction

SINKS = ("near", "far")


class Killed(Exception):
    """The process ended here."""


def line_of(record: Record, sink: str) -> bytes | None:
    match record:
        case FusedPoint():
            return b"%s point %d %.1f" % (sink.encode(), record.time_ns - NOON, record.pain_probability)
        case MinuteSummary():
            return b"%s minute %d %d" % (sink.encode(), record.start_ns - NOON, record.pain)
    return None


def key_of(line: bytes) -> bytes:
    return line.rpartition(b" ")[0]


@dataclass
class World:
    """A history, a stand-in for its writer, and what the sinks got."""

    path: Path
    connection: sqlite3.Connection
    fate: str = "well"
    due: dict[str, list[bytes]] = field(default_factory=lambda: {sink: [] for sink in SINKS})
    got: dict[str, list[bytes]] = field(default_factory=lambda: {sink: [] for sink in SINKS})
    left: dict[str, list[bytes]] = field(default_factory=lambda: {sink: [] for sink in SINKS})

    def put(self, records: tuple[Record, ...], fate: str) -> None:
        """A transaction that comes to its end, is cut off, or after which the process is killed."""

        def work(connection: sqlite3.Connection) -> None:
            ledger.write(connection, records, sinks=SINKS, lines=line_of, now_ns=NOON)
            if fate == "killed before":
                raise Killed

        try:
            in_transaction(self.connection, work)
        except Killed:
            self.restart()
            return
        for sink in SINKS:
            known = set(map(key_of, self.due[sink]))
            for record in records:
                line = line_of(record, sink)
                if line is not None and key_of(line) not in known:
                    known.add(key_of(line))
                    self.due[sink].append(line)
        if fate == "killed after":
            self.restart()

    def restart(self) -> None:
        self.connection.close()
        self.connection = open_for_writing(self.path)

    def do(self, work: Callable[[sqlite3.Connection], Any], *, durable: bool = False) -> Any:
        """As the writer does it, unless it is not to go well."""
        if self.fate == "blocked":
            raise StoreBlocked("the disk is full")
        if self.fate == "killed before":
            raise Killed
        result = in_transaction(self.connection, work, durable=durable)
        if self.fate == "killed after":
            raise Killed
        return result

    def drain(self, sink: str, limit: int, fate: str) -> None:
        """As a sink's thread does it: what is sent may arrive without the answer coming back; the third is poison."""
        outbox = Outbox(self.path, self, sink)  # type: ignore[arg-type]
        try:
            head = outbox.head(limit)
            self.fate = fate
            if fate == "unreachable":
                return
            poison = [each for each in head if each.line.endswith(b" 3")]
            good = [each for each in head if each not in poison]
            self.got[sink] += [each.line for each in good]
            if fate == "no answer":
                return
            outbox.done(each.id for each in good)
            self.left[sink] += [each.line for each in good]
            for each in poison:
                outbox.bury(each.id, "poison")
                self.left[sink].append(each.line)
        except StoreBlocked:
            pass
        except Killed:
            self.restart()
        finally:
            outbox.close()

    def waiting(self, sink: str) -> int:
        return int(self.connection.execute("SELECT count(*) FROM outbox WHERE sink = ?", (sink,)).fetchone()[0])


numbers = st.integers(0, 12)
records = st.one_of(
    st.builds(lambda at, value: point(NOON + at, value / 10), numbers, st.integers(0, 4)),
    st.builds(lambda at, pain: minute(NOON + at, pain=pain), numbers, st.integers(0, 4)),
    st.builds(memory, numbers),
)
steps = st.one_of(
    st.tuples(
        st.just("put"),
        st.lists(records, min_size=1, max_size=6).map(tuple),
        st.sampled_from(["well", "well", "killed before", "killed after"]),
    ),
    st.tuples(
        st.sampled_from(SINKS),
        st.integers(1, 5),
        st.sampled_from(["well", "no answer", "unreachable", "blocked", "killed before", "killed after"]),
    ),
)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.lists(steps, max_size=25))
def test_every_committed_record_leaves_the_outbox_once_in_order_with_its_first_value(
    tmp_path_factory: pytest.TempPathFactory, script: list[tuple[Any, Any, str]]
) -> None:
    path = tmp_path_factory.mktemp("spool") / "history.sqlite"
    world = World(path, open_for_writing(path))
    for what, with_what, fate in script:
        if what == "put":
            world.put(with_what, fate)
        else:
            world.drain(what, with_what, fate)
        for sink in SINKS:
            counted = world.connection.execute("SELECT waiting FROM sinks WHERE name = ?", (sink,)).fetchone()
            assert world.waiting(sink) == (counted[0] if counted else 0), "the count is that of the rows"
    for sink in SINKS:
        while world.waiting(sink):
            world.drain(sink, 4, "well")
        dead = [row[0] for row in world.connection.execute("SELECT line FROM dead WHERE sink = ? ORDER BY id", (sink,))]
        assert dead == [line for line in world.due[sink] if line.endswith(b" 3")]
        first_time = list(dict.fromkeys(world.got[sink]))
        assert first_time == [line for line in world.due[sink] if not line.endswith(b" 3")], "all of them, in order"
        assert set(world.got[sink]).isdisjoint(dead)
        assert len(world.left[sink]) == len(set(world.left[sink])), "none was answered for twice"
    world.connection.close()

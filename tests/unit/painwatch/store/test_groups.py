"""Groups are written as a whole, told once they are on disk, and nobody waits for ever."""

from __future__ import annotations

import sqlite3
import threading
from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace

from fixtures.looks import MINUTE, NOON
from fixtures.stored import mark, memory, minute, note, notice, point, transition, write, writer_at
from fixtures.waiting import wait_until
from painwatch.core.alarms import AuditNote, Mark
from painwatch.core.errors import StoreError
from painwatch.core.types import MinuteSummary
from painwatch.store import ledger, schema
from painwatch.store.faults import StoreBlocked
from painwatch.store.history import END_OF_TIME_NS, open_history
from painwatch.store.rows import Record
from painwatch.store.transaction import in_transaction


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "history.sqlite"


def test_everything_of_alarms_comes_back_as_it_was(path: Path) -> None:
    both = transition(NOON), transition(NOON + MINUTE, subject="left", rule="camera")
    marks = mark(NOON, end_ns=NOON + MINUTE), mark(NOON + 1, name="new animal", cage="other")
    write(path, *both, *marks, memory(NOON, "1"), memory(NOON, "2", subject="other"), memory(NOON + 9, "3"))
    with open_history(path) as history:
        assert history.transitions(0, END_OF_TIME_NS) == both
        assert history.transitions(NOON, NOON + MINUTE) == both[:1]
        assert history.transitions(0, END_OF_TIME_NS, limit=1) == both[1:]
        assert history.transitions(0, END_OF_TIME_NS, subjects=("left", "right")) == both[1:]
        assert history.transitions(0, END_OF_TIME_NS, subjects=()) == ()
        assert history.transitions(0, END_OF_TIME_NS, rule="pain") == both[:1]
        assert history.marks("cage", NOON + 5, NOON + 6) == marks[:1], "it reaches into the range"
        assert history.marks("cage", NOON + MINUTE, END_OF_TIME_NS) == ()
        assert history.marks(None, 0, END_OF_TIME_NS) == marks
        assert history.alarm_memories() == (memory(NOON + 9, "3"), memory(NOON, "2", subject="other"))


def test_transitions_of_one_moment_keep_their_order(path: Path) -> None:
    order = [transition(NOON, rule=rule) for rule in ("z", "a", "m")]
    write(path, *order)
    with open_history(path) as history:
        assert [each.rule for each in history.transitions(0, END_OF_TIME_NS)] == ["z", "a", "m"]


def test_what_is_told_is_on_disk_and_in_order(path: Path) -> None:
    told = [minute(NOON), transition(), mark()]
    writer = writer_at(path)
    assert writer.committed() == ()
    writer.put(point(NOON), told[0], memory(), told[1], notice("a"), note())
    writer.put(told[2])
    found: list[Record] = []
    wait_until(lambda: found.extend(writer.committed()) or len(found) >= 3, what="the three")
    assert found == told
    with open_history(path) as history:
        assert history.minutes("cage", 0, END_OF_TIME_NS) == (told[0],)
        assert history.transitions(0, END_OF_TIME_NS) == (told[1],)
        assert history.marks(None, 0, END_OF_TIME_NS) == (told[2],)
    writer.put(minute(NOON, pain=4), transition(words="another"), mark(end_ns=NOON + 1))
    writer.put(minute(NOON))
    writer.close()
    assert writer.conflicts == 3
    assert writer.committed() == (minute(NOON),), "told again what was stored; never what was not"


def test_of_a_minute_that_is_not_stored_alarms_are_and_the_log_says_of_what(path: Path) -> None:
    write(path, minute(NOON, pain=3))
    writer = writer_at(path)
    writer.put(minute(NOON, pain=4), transition(), memory(), notice("a"))
    writer.close()
    assert writer.health.conflicts == 1
    assert writer.committed() == (transition(),)
    with open_history(path) as history:
        assert history.minutes("cage", 0, END_OF_TIME_NS) == (minute(NOON, pain=3),)
        assert history.transitions(0, END_OF_TIME_NS) == (transition(),)
        assert history.alarm_memories() == (memory(),)
        said, told = history.audit()
    assert told.kind == "transition"
    facts = msgspec.json.decode(said.body, type=AuditNote).facts
    assert msgspec.json.decode(facts["not stored"], type=MinuteSummary) == minute(NOON, pain=4)


def test_requests_whose_records_will_never_be_stored_are_told(path: Path) -> None:
    def asked(request: str, **facts: object) -> Mark:
        return replace(mark(), request=request, **facts)

    writer = writer_at(path)
    writer.put(asked("first"))
    writer.put(asked("another", words="right flank"))
    writer.put(asked("unheard of", time_ns=2**70))
    writer.put(transition())
    writer.close()
    assert [(one.request, one.why) for one in writer.refused()] == [
        ("another", "another stands in its place already"),
        ("unheard of", "no table takes it as it is"),
    ]
    assert writer.refused() == ()


def test_a_request_for_which_there_is_no_room_is_told(path: Path) -> None:
    def full(path: Path) -> sqlite3.Connection:
        raise StoreBlocked("the disk is full", where=str(path))

    writer = writer_at(path, limit=2, connect=full)
    for at in range(4):
        writer.put(minute(NOON + at * MINUTE))
    writer.put(replace(mark(), request="late"), memory())
    (refused,) = writer.refused()
    assert (refused.request, "too much waits" in refused.why) == ("late", True)
    writer.close()


def test_a_transition_told_twice_is_stored_once(path: Path) -> None:
    write(path, transition(), transition(), mark(), mark())
    writer = write(path, transition())
    assert (writer.conflicts, writer.health.lost) == (0, 0)
    with open_history(path) as history:
        assert history.transitions(0, END_OF_TIME_NS) == (transition(),)
        assert [entry.kind for entry in history.audit()] == ["transition", "mark"]


def test_a_group_is_written_whole_or_not_at_all(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = ledger.store

    def fails(connection: sqlite3.Connection, record: Record, now_ns: int) -> ledger.Kept:
        if record == memory():
            raise RuntimeError("unheard of")
        return store(connection, record, now_ns)

    with monkeypatch.context() as patched:
        patched.setattr(ledger, "store", fails)
        writer = writer_at(path, sinks=("sink",), lines=lambda record, sink: b"line")
        writer.put(minute(NOON), transition(), memory())
        wait_until(lambda: "unheard of" in writer.health.fault, what="the fault")
        assert writer.health.fault_since_ns is not None
        assert writer.committed() == ()
        with open_history(path) as history:
            assert history.minutes("cage", 0, END_OF_TIME_NS) == ()
            assert history.audit() == ()
    writer.close()
    assert writer.committed() == (minute(NOON), transition())
    with open_history(path) as history:
        assert len(history.audit()) == 1
        assert history.alarm_memories() == (memory(),)


def test_a_group_is_never_split_over_two_transactions(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[int] = []
    write_all = ledger.write

    def counted(connection: sqlite3.Connection, records: tuple[Record, ...], **settings: object) -> ledger.Written:
        written.append(len(records))
        return write_all(connection, records, **settings)  # type: ignore[arg-type]

    monkeypatch.setattr(ledger, "write", counted)
    monkeypatch.setattr("painwatch.store.writer.BATCH", 4)
    writer = writer_at(path)
    for count in (3, 2, 9, 1):
        writer.put(*(point(NOON + sum(written) * 100 + count * 10 + at) for at in range(count)))
    writer.close()
    assert written == [3, 2, 9, 1]


@pytest.mark.parametrize("durable", [minute(NOON), transition(), mark(), memory(), note(), notice("a")], ids=repr)
def test_what_must_outlast_a_power_cut_is_synced(path: Path, monkeypatch: pytest.MonkeyPatch, durable: Record) -> None:
    synced: list[bool] = []

    def watched(connection: sqlite3.Connection, work: object, *, durable: bool = False) -> object:
        result = in_transaction(connection, work, durable=durable)  # type: ignore[arg-type]
        synced.append(connection.execute("PRAGMA synchronous").fetchone() == (2,))
        return result

    monkeypatch.setattr("painwatch.store.ledger.in_transaction", watched)
    writer = writer_at(path)
    writer.put(point(NOON))
    wait_until(lambda: synced, what="the point to be written")
    writer.put(point(NOON + 1), durable)
    writer.close()
    assert synced == [False, True]


def test_work_of_other_threads_is_done_at_once_and_errors_are_theirs(path: Path) -> None:
    writer = writer_at(path)

    def count(connection: sqlite3.Connection) -> int:
        connection.execute("INSERT INTO meta VALUES ('a', 'b')")
        return int(connection.execute("SELECT count(*) FROM meta").fetchone()[0])

    def fails(connection: sqlite3.Connection) -> None:
        connection.execute("DELETE FROM meta")
        raise KeyError("mine")

    assert writer.do(count) == 2
    with pytest.raises(KeyError, match="mine"):
        writer.do(fails)
    with pytest.raises(StoreError, match="no such table"):
        writer.do(lambda connection: connection.execute("DELETE FROM elsewhere"))
    assert writer.do(lambda connection: connection.execute("SELECT count(*) FROM meta").fetchone()) == (2,)
    writer.close()
    with pytest.raises(StoreError, match="being closed"):
        writer.do(count)


def test_work_for_a_blocked_history_fails_with_the_reason(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schema, "_BUSY_TIMEOUT_S", 0.01)
    writer = writer_at(path)
    other = schema.open_for_writing(path)
    other.execute("BEGIN EXCLUSIVE")
    with pytest.raises(StoreBlocked, match="another program"):
        writer.do(lambda connection: connection.execute("DELETE FROM meta"))
    other.execute("ROLLBACK")
    other.close()
    writer.do(lambda connection: connection.execute("DELETE FROM meta"))
    wait_until(lambda: not writer.health.fault, what="the fault to pass")
    writer.close()


def test_nobody_waits_for_ever_on_a_writer_that_is_closed(path: Path) -> None:
    writer = writer_at(path)
    answers: list[str] = []

    def keep_asking() -> None:
        try:
            while True:
                writer.do(lambda connection: connection.execute("SELECT 1").fetchone())
        except StoreError as error:
            answers.append(error.what)

    threads = [threading.Thread(target=keep_asking) for _ in range(4)]
    for thread in threads:
        thread.start()
    writer.close()
    for thread in threads:
        thread.join()
    assert answers == ["is being closed"] * 4

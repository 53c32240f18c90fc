"""The audit log grows and is not edited; whatever is done to it behind its back shows."""

from __future__ import annotations

import contextlib
import hashlib
import json
import shutil
import sqlite3
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fixtures.looks import NOON
from fixtures.stored import mark, minute, note, transition, write, writer_at
from fixtures.waiting import wait_until
from painwatch.core.errors import StoreError
from painwatch.store.audit import NOTHING_BEFORE, AuditEntry, AuditHead, hash_of
from painwatch.store.audit_check import as_line, entries_in, verify, verify_entries
from painwatch.store.history import open_history

COUNT = 12
GUARDS = ("audit_only_grows", "audit_is_not_edited", "audit_is_not_deleted")


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("written") / "history.sqlite"
    records = [transition(NOON + at) if at % 2 else mark(NOON + at, name="Übung") for at in range(COUNT - 1)]
    write(path, note("rules in force", hash="ab" * 32, cage="cage"), *records)
    return path


@pytest.fixture
def path(written: Path, tmp_path: Path) -> Path:
    return shutil.copy(written, tmp_path / "history.sqlite")


def entries_of(path: Path) -> tuple[AuditEntry, ...]:
    with open_history(path) as history:
        return history.audit()


def head_of(path: Path) -> str:
    with open_history(path) as history:
        return str(history.audit_head())


def run(path: Path, *statements: str, guarded: bool = False) -> None:
    """What somebody does who has the file, with the triggers out of the way unless `guarded`."""
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as connection:
        guards = dict(connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall())
        for name in () if guarded else guards:
            connection.execute(f"DROP TRIGGER {name}")
        for statement in statements:
            connection.execute(statement)
        for name in () if guarded else guards:
            connection.execute(guards[name])


def forge(path: Path, entries: list[AuditEntry], *, keep_from: int) -> None:
    """Writes these entries in place of all, with every hash from `keep_from` on worked out anew."""
    previous = NOTHING_BEFORE
    rows = []
    for seq, entry in enumerate(entries, 1):
        fields = (seq, entry.time_ns, entry.kind, entry.body, previous)
        previous = entry.hash if seq < keep_from else hash_of(*fields)
        rows.append((*fields, previous))
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as connection:
        guards = dict(connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall())
        for name in guards:
            connection.execute(f"DROP TRIGGER {name}")
        connection.execute("DELETE FROM audit")
        connection.executemany("INSERT INTO audit VALUES (?, ?, ?, ?, ?, ?)", rows)
        for sql in guards.values():
            connection.execute(sql)


def test_an_untouched_log_is_whole(path: Path) -> None:
    verdict = verify(path, head_of(path))
    assert (verdict.entries, verdict.head.seq, verdict.faults) == (COUNT, COUNT, ())
    assert str(verdict.head) == head_of(path)


def test_what_is_entered_says_it_all_and_its_hash_can_be_worked_out_by_anybody(path: Path) -> None:
    entries = entries_of(path)
    assert [entry.kind for entry in entries[:3]] == ["audit_note", "mark", "transition"]
    assert json.loads(entries[0].body)["facts"] == {"cage": "cage", "hash": "ab" * 32}
    told = json.loads(entries[2].body)
    assert (told["subject"], told["evidence"]["threshold"], told["evidence"]["faces"]) == ("cage", 0.6, 50)
    assert list(told) == sorted(told)
    previous = "0" * 64
    for entry in entries:
        assert entry.previous == previous
        text = json.dumps(list(entry[:5]), separators=(",", ":"), ensure_ascii=False)
        previous = hashlib.sha256(text.encode()).hexdigest()
        assert entry.hash == previous


def test_an_empty_log_is_whole_and_minutes_do_not_go_into_it(tmp_path: Path) -> None:
    write(tmp_path / "history.sqlite", minute(NOON))
    verdict = verify(tmp_path / "history.sqlite", f"0:{NOTHING_BEFORE}")
    assert (verdict.entries, verdict.faults) == (0, ())


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit SET body = 'other' WHERE seq = 3",
        "UPDATE OR REPLACE audit SET seq = 4 WHERE seq = 3",
        "DELETE FROM audit WHERE seq = 3",
        "DELETE FROM audit",
        "INSERT OR REPLACE INTO audit VALUES (3, 0, 'mark', '{}', '', '')",
        "REPLACE INTO audit VALUES (3, 0, 'mark', '{}', '', '')",
        "INSERT INTO audit VALUES (3, 0, 'mark', '{}', '', '') ON CONFLICT DO UPDATE SET body = 'other'",
        "INSERT INTO audit VALUES (99, 0, 'mark', '{}', '', '')",
        "INSERT INTO audit (seq, time_ns, kind, body, previous, hash) VALUES (NULL, 0, 'mark', '{}', '', '')",
        "INSERT INTO audit VALUES (-1, 0, 'mark', '{}', '', '')",
    ],
)
def test_the_file_itself_refuses_changes(path: Path, statement: str) -> None:
    before = entries_of(path)
    with pytest.raises(sqlite3.IntegrityError, match="audit log"):
        run(path, statement, guarded=True)
    assert entries_of(path) == before


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    seq=st.integers(1, COUNT),
    column=st.sampled_from(["time_ns", "kind", "body", "previous", "hash"]),
    value=st.one_of(st.integers(0, 10**18), st.text("0123456789abcdef", min_size=64, max_size=64)),
)
def test_any_edit_shows_where_it_was_made(
    tmp_path_factory: pytest.TempPathFactory, written: Path, seq: int, column: str, value: int | str
) -> None:
    path = shutil.copy(written, tmp_path_factory.mktemp("edited") / "history.sqlite")
    stored = 7 if column == "time_ns" and isinstance(value, str) else value
    run(path, f"UPDATE audit SET {column} = '{stored}' WHERE seq = {seq}")
    verdict = verify(path)
    assert verdict.entries == seq - 1
    assert f"entry {seq} was edited" in verdict.faults[0]


@pytest.mark.parametrize(
    ("statement", "fault", "whole"),
    [
        ("DELETE FROM audit WHERE seq = 5", "entry 5 was removed", 4),
        ("DELETE FROM audit WHERE seq BETWEEN 5 AND 7", "entries 5 to 7 were removed", 4),
        ("DELETE FROM audit WHERE seq = 1", "entry 1 was removed", 0),
        ("UPDATE audit SET seq = 99 WHERE seq = 12", "entries 12 to 98 were removed", 11),
        ("INSERT INTO audit SELECT 0, time_ns, kind, body, previous, hash FROM audit WHERE seq = 1", "entry 0", 0),
        ("INSERT INTO audit SELECT 13, time_ns, kind, body, previous, hash FROM audit WHERE seq = 2", "edited", 12),
    ],
)
def test_what_is_taken_out_or_put_in_shows(path: Path, statement: str, fault: str, whole: int) -> None:
    run(path, statement)
    verdict = verify(path)
    assert fault in verdict.faults[0]
    assert verdict.entries == whole


def test_an_entry_put_in_with_a_hash_of_its_own_breaks_the_chain_after_it(path: Path) -> None:
    entries = list(entries_of(path))
    forged = entries[4]._replace(body='{"made":"up"}')
    forged = forged._replace(hash=hash_of(*forged[:5]))
    verdict = verify_entries([*entries[:4], forged, *entries[5:]])
    assert "entry 6 does not follow" in verdict.faults[0]
    assert verdict.entries == 5


def test_what_is_cut_off_at_the_end_shows_by_a_head_that_was_written_down(path: Path) -> None:
    head = head_of(path)
    run(path, f"DELETE FROM audit WHERE seq > {COUNT - 2}")
    assert verify_entries(entries_of(path)).faults == (), "the chain cannot tell"
    assert all("the table" in fault for fault in verify(path).faults), "but its copies can, if nobody thought of them"
    for known in (head, head.partition(":")[2]):
        (fault,) = verify(path, known).faults
        assert "missing" in fault
        assert f"ends with entry {COUNT - 2}" in fault


def test_a_log_that_was_made_anew_shows_by_a_head_that_was_written_down(path: Path) -> None:
    head = head_of(path)
    entries = list(entries_of(path))
    entries[3] = entries[3]._replace(body='{"made":"up"}')
    forge(path, entries, keep_from=4)
    assert verify_entries(entries_of(path)).faults == (), "the chain cannot tell"
    assert all("the table" in fault for fault in verify(path).faults), "but its copies can, if nobody thought of them"
    (fault,) = verify(path, head).faults
    assert f"entry {COUNT} is not the one that was written down" in fault
    assert verify(path, head.partition(":")[2]).faults != ()


def test_an_earlier_head_holds_while_the_log_grows(path: Path) -> None:
    head = head_of(path)
    write(path, note("later"))
    verdict = verify(path, head)
    assert (verdict.entries, verdict.faults) == (COUNT + 1, ())
    assert verify(path, head.partition(":")[2].upper()).faults == ()


@pytest.mark.parametrize("name", GUARDS)
def test_a_trigger_that_is_gone_shows(path: Path, name: str) -> None:
    run(path, f"DROP TRIGGER {name}", guarded=True)
    (fault,) = verify(path).faults
    assert name in fault
    assert "removed" in fault
    run(path, f"CREATE TRIGGER {name} BEFORE DELETE ON audit BEGIN SELECT 1; END", guarded=True)
    assert "changed" in verify(path).faults[0]


@pytest.mark.parametrize("head", ["", "12", "xyz", "a" * 63, "x:" + "a" * 64, "-1:" + "a" * 64])
def test_a_head_that_is_none_is_told(path: Path, head: str) -> None:
    with pytest.raises(StoreError, match="not a head"):
        verify(path, head)


def test_an_exported_log_can_be_checked_without_the_history(path: Path, tmp_path: Path) -> None:
    entries = entries_of(path)
    file = tmp_path / "audit.jsonl"
    file.write_bytes(b"".join(map(as_line, entries)))
    assert tuple(entries_in(file)) == entries
    assert verify_entries(entries_in(file), head_of(path)).faults == ()
    file.write_text(file.read_text().replace("left flank", "right flank", 1))
    assert "was edited" in verify_entries(entries_in(file)).faults[0]
    file.write_bytes(b'{"seq": 1}\n')
    with pytest.raises(StoreError, match=r"audit\.jsonl:1.*not an entry"):
        tuple(entries_in(file))
    with pytest.raises(StoreError, match="cannot be read"):
        tuple(entries_in(tmp_path / "nowhere"))


@pytest.mark.parametrize(
    ("statement", "fault"),
    [
        ("UPDATE transitions SET body = replace(body, '0.81', '0.18') WHERE id = 1", "does not say what entry 3 says"),
        ("UPDATE transitions SET key = 'x' || key WHERE id = 2", "does not say what entry 5 says"),
        ("DELETE FROM transitions", "of such entries there are 5"),
        (
            "UPDATE marks SET words = 'right flank' WHERE time_ns = (SELECT min(time_ns) FROM marks)",
            "what entry 2 says",
        ),
        ("UPDATE marks SET end_ns = time_ns + 1", "of such entries there are 6"),
        (
            "INSERT INTO marks VALUES ('cage', 1, 'sham', NULL, '', 'nobody')",
            "holds cage/1/sham, which was never entered",
        ),
        (
            "INSERT INTO transitions (key, time_ns, rule, subject, body) VALUES ('made up', 1, 'pain', 'cage', '{}')",
            "holds made up, which was never entered",
        ),
    ],
)
def test_tables_that_say_otherwise_than_the_log_show(path: Path, statement: str, fault: str) -> None:
    assert verify(path).faults == ()
    run(path, statement)
    verdict = verify(path)
    assert fault in verdict.faults[0]
    assert verdict.entries == COUNT


def test_progress_is_told(path: Path) -> None:
    told: list[tuple[int, int]] = []
    verify(path, progress=lambda done, of: told.append((done, of)))
    assert told == [(COUNT, COUNT)]


def test_the_writer_knows_the_head_and_logs_it_at_start(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    head = head_of(path)
    with contextlib.closing(writer_at(path)) as writer:
        wait_until(lambda: writer.audit_head, what="the head")
        assert isinstance(writer.audit_head, AuditHead)
        assert str(writer.audit_head) == head
        wait_until(lambda: head in caplog.text, what="it to be logged")
        writer.put(note())
        wait_until(lambda: str(writer.audit_head) != head, what="the next head")
        assert str(writer.audit_head) == head_of(path)

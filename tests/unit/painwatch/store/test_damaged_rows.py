"""A history in which bytes were exchanged within rows, where SQLite itself finds nothing wrong."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from fixtures.looks import NOON
from fixtures.stored import mark, minute, point, transition, write
from painwatch.core.errors import StoreError
from painwatch.core.types import CameraPhase, CameraState
from painwatch.store.audit_check import verify
from painwatch.store.faults import told
from painwatch.store.history import END_OF_TIME_NS, History, open_history
from painwatch.store.rows import series_in
from painwatch.store.schema import open_for_writing

ALL = (0, END_OF_TIME_NS)


@pytest.mark.parametrize(
    ("change", "ask"),
    [
        ("UPDATE points SET status = 'o'", lambda h: h.points("cage", *ALL)),
        ("UPDATE points SET shares = '[{]'", lambda h: h.points("cage", *ALL)),
        ("UPDATE minutes SET units = 'x'", lambda h: h.minutes("cage", *ALL)),
        ("UPDATE minutes SET models = '[1]'", lambda h: h.minutes("cage", *ALL)),
        ("UPDATE transitions SET body = '{}'", lambda h: h.transitions(*ALL)),
        ("UPDATE camera_events SET phase = 'gone'", lambda h: h.camera_events("left", *ALL)),
        ("UPDATE marks SET words = CAST(x'ff' AS TEXT)", lambda h: h.marks(None, *ALL)),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_row_that_cannot_be_what_was_written_is_damage(
    tmp_path: Path, change: str, ask: Callable[[History], object]
) -> None:
    path = tmp_path / "history.sqlite"
    state = CameraState("cage", "left", CameraPhase.LIVE, NOON, NOON)
    write(path, point(NOON), minute(NOON), transition(), mark(), state)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(change)
    with open_history(path) as history, pytest.raises(StoreError, match=r"history\.sqlite: ") as caught:
        ask(history)
    assert caught.value.mend


def test_a_time_that_is_no_number_is_damage(tmp_path: Path) -> None:
    path = tmp_path / "history.sqlite"
    write(path, minute(NOON))
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("PRAGMA writable_schema = ON")
        connection.execute("UPDATE sqlite_master SET sql = replace(sql, 'start_ns INTEGER', 'start_ns BLOB')")
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE minutes SET start_ns = x'00'")
    with open_history(path) as history, pytest.raises(StoreError, match="is damaged"):
        history.first_and_last("cage")


def test_an_entry_of_the_audit_log_whose_words_are_bytes_was_edited(tmp_path: Path) -> None:
    path = tmp_path / "history.sqlite"
    write(path, transition())
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("DROP TRIGGER audit_is_not_edited")
        connection.execute("PRAGMA writable_schema = ON")
        connection.execute("UPDATE sqlite_master SET sql = replace(sql, 'body TEXT', 'body BLOB') WHERE name = 'audit'")
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE audit SET body = CAST(body AS BLOB)")
    assert any("was edited" in fault for fault in verify(path).faults)


def test_an_alarm_that_was_emptied_is_found_by_the_audit_log(tmp_path: Path) -> None:
    path = tmp_path / "history.sqlite"
    write(path, transition())
    assert not verify(path).faults
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("PRAGMA writable_schema = ON")
        connection.execute("UPDATE sqlite_master SET sql = replace(sql, 'body TEXT NOT NULL', 'body TEXT')")
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE transitions SET body = NULL")
    assert any("transitions does not say" in fault for fault in verify(path).faults)


def test_names_out_of_order_are_damage_and_not_without_end() -> None:
    with closing(sqlite3.connect(":memory:")) as connection:
        # Another order than that of the names stands for an index that no longer fits its table.
        connection.execute("CREATE TABLE points (cage TEXT COLLATE NOCASE)")
        connection.executemany("INSERT INTO points VALUES (?)", [("b",), ("C",)])
        with pytest.raises(sqlite3.DatabaseError, match="out of order") as caught:
            list(series_in(connection, "points", "cage"))
    assert told(caught.value, Path("history.sqlite")).what.startswith("is damaged")


def test_words_of_sqlite_that_are_no_text_are_told_all_the_same(tmp_path: Path) -> None:
    path = tmp_path / "history.sqlite"
    write(path, point(NOON))
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")
    data = path.read_bytes()
    assert b"sqlite_autoindex_notices_1" in data
    path.write_bytes(data.replace(b"sqlite_autoindex_notices_1", b"sqlite_autoin\xfcex_notices_1"))
    for opened in (open_history, open_for_writing):
        with pytest.raises(StoreError, match="is damaged"):
            opened(path)

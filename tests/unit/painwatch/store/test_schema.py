"""Files that are not a history say so, and are left as they are."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from fixtures.stored import minute, transition, write
from painwatch.core.errors import StoreError
from painwatch.core.types import CameraShare, FusedPoint, MinuteSummary, Status
from painwatch.store import schema
from painwatch.store.faults import StoreBlocked, told
from painwatch.store.history import open_history
from painwatch.store.migrations import MIGRATIONS, Migration
from painwatch.store.schema import open_for_reading, open_for_writing

OPENERS = (open_for_writing, open_for_reading)
Opener = Callable[[Path], sqlite3.Connection]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "history.sqlite"


def make(path: Path) -> None:
    open_for_writing(path).close()


def run(path: Path, statement: str) -> None:
    with contextlib.closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(statement)


def test_a_history_is_made_once_and_opened_again(path: Path) -> None:
    make(path)
    make(path)
    with contextlib.closing(open_for_reading(path)) as connection:
        versions = connection.execute("SELECT version, what FROM painwatch_migrations").fetchall()
        tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master")}
    assert versions == [(number, migration.what) for number, migration in enumerate(MIGRATIONS, 1)]
    assert {"minutes", "points", "camera_events", "process_events", "meta"} <= tables


def test_a_history_is_for_its_users_eyes_alone(path: Path) -> None:
    before = os.umask(0o022)
    try:
        with contextlib.closing(open_for_writing(path)) as connection:
            connection.execute("INSERT INTO meta VALUES ('a', 'b')")
            modes = {each.name: each.stat().st_mode & 0o777 for each in (path.parent, *path.parent.iterdir())}
    finally:
        os.umask(before)
    files = dict.fromkeys((path.name, f"{path.name}-wal", f"{path.name}-shm"), 0o600)
    assert modes == {"data": 0o700} | files


def test_a_history_that_others_were_let_read_stays_so(path: Path) -> None:
    make(path)
    path.chmod(0o640)
    make(path)
    assert path.stat().st_mode & 0o777 == 0o640


def test_readers_cannot_write(path: Path) -> None:
    make(path)
    with contextlib.closing(open_for_reading(path)) as connection, pytest.raises(sqlite3.Error) as caught:
        connection.execute("INSERT INTO meta VALUES ('a', 'b')")
    fault = told(caught.value, path)
    assert "may not be written" in fault.what
    assert "write access" in fault.mend
    assert not isinstance(fault, StoreBlocked)


def test_before_the_first_run_there_is_no_history(path: Path) -> None:
    with pytest.raises(StoreError, match="no history yet"):
        open_for_reading(path)


@pytest.mark.parametrize("opener", OPENERS)
def test_a_file_that_is_no_database_is_told_and_kept(path: Path, opener: Opener) -> None:
    path.parent.mkdir()
    path.write_bytes(b"a lab book, not a database. " * 100)
    before = path.read_bytes()
    with pytest.raises(StoreError, match="not a painwatch history") as caught:
        opener(path)
    assert caught.value.mend
    assert str(path) in str(caught.value)
    assert path.read_bytes() == before


@pytest.mark.parametrize("opener", OPENERS)
def test_another_programs_database_is_told_and_kept(path: Path, opener: Opener) -> None:
    path.parent.mkdir()
    run(path, "CREATE TABLE bookmarks (url TEXT)")
    before = path.read_bytes()
    with pytest.raises(StoreError, match="not painwatch's"):
        opener(path)
    assert path.read_bytes() == before


@pytest.mark.parametrize("opener", OPENERS)
def test_a_damaged_history_is_told(path: Path, opener: Opener) -> None:
    make(path)
    data = bytearray(path.read_bytes())
    data[100:2000] = b"\xff" * 1900
    path.write_bytes(data)
    with pytest.raises(StoreError, match="is damaged") as caught:
        opener(path)
    assert "restore" in caught.value.mend


@pytest.mark.parametrize("opener", OPENERS)
def test_a_history_of_a_newer_painwatch_is_told(path: Path, opener: Opener) -> None:
    make(path)
    run(path, "INSERT INTO painwatch_migrations VALUES (999, 'from the future')")
    with pytest.raises(StoreError, match="schema 999") as caught:
        opener(path)
    assert "newer painwatch" in caught.value.mend


def test_a_history_that_is_only_being_made_is_none_yet(path: Path) -> None:
    path.parent.mkdir()
    path.touch()
    with pytest.raises(StoreError, match="no history yet"):
        open_for_reading(path)


def test_the_hub_brings_an_older_history_up_to_date(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make(path)
    run(path, "INSERT INTO meta VALUES ('kept', 'yes')")
    column = Migration("a new column", ("ALTER TABLE minutes ADD COLUMN note TEXT",))
    monkeypatch.setattr(schema, "MIGRATIONS", (*MIGRATIONS, column))
    with pytest.raises(StoreError, match="older painwatch"):
        open_for_reading(path)
    make(path)
    with contextlib.closing(open_for_reading(path)) as connection:
        assert connection.execute("SELECT note FROM minutes").fetchall() == []
        assert connection.execute("SELECT value FROM meta").fetchall() == [("yes",)]


def test_a_history_of_the_first_version_is_brought_up_to_date_and_read(path: Path) -> None:
    path.parent.mkdir()
    with contextlib.closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE painwatch_migrations (version INTEGER PRIMARY KEY, what TEXT NOT NULL) STRICT")
        for statement in MIGRATIONS[0].statements:
            connection.execute(statement)
        connection.execute("INSERT INTO painwatch_migrations VALUES (1, ?)", (MIGRATIONS[0].what,))
        shares = '[{"camera":"left","status":"ok","pain_probability":0.7}]'
        connection.execute("INSERT INTO points VALUES ('cage', 5, 'ok', 0.7, 1, ?)", (shares,))
        connection.execute("INSERT INTO minutes VALUES ('cage', 0, 3, 1, 6, 10, 0.4, 0.75, '{\"ok\":4}')")
    with pytest.raises(StoreError, match="older painwatch"):
        open_for_reading(path)
    again = FusedPoint("cage", 5, Status.OK, (CameraShare("left", Status.OK, 0.7),), 0.7, True)
    writer = write(path, again, transition(), minute(60))
    assert (writer.conflicts, writer.health.lost) == (0, 0)
    with open_history(path) as history:
        assert history.points("cage", 0, 100) == (again,)
        assert history.minutes("cage", 0, 100) == (
            MinuteSummary("cage", 0, 3, 1, 6, 10, 0.4, 0.75, {"ok": 4}),
            minute(60),
        )
        assert history.transitions(0, 2**62) == (transition(),)


def test_a_step_that_fails_leaves_the_history_as_it_was(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make(path)
    broken = Migration("half", ("CREATE TABLE half (a TEXT)", "CREATE TABLE half (a TEXT)"))
    with monkeypatch.context() as patched:
        patched.setattr(schema, "MIGRATIONS", (*MIGRATIONS, broken))
        with pytest.raises(StoreError):
            make(path)
    with contextlib.closing(open_for_reading(path)) as connection:
        assert "half" not in {name for (name,) in connection.execute("SELECT name FROM sqlite_master")}


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="cannot be made") as caught:
        open_for_writing(tmp_path / "file" / "history.sqlite")
    assert "data_dir" in caught.value.mend


def test_a_folder_in_the_place_of_the_file_is_told(path: Path) -> None:
    path.mkdir(parents=True)
    with pytest.raises(StoreError, match="cannot be opened"):
        open_for_writing(path)

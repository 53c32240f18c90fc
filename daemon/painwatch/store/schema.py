"""How the history is opened, and brought to this build's tables."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from pathlib import Path

from painwatch.core.errors import StoreError
from painwatch.store.faults import IN_SQLITE, unreadable
from painwatch.store.migrations import MIGRATIONS

_BUSY_TIMEOUT_S = 5.0


def open_for_writing(path: Path) -> sqlite3.Connection:
    """The history at `path`, made or brought to this build's schema if need be.

    Raises:
        StoreError: damaged, not ours, of a newer painwatch, or not writable; StoreBlocked if that may pass.
    """
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        mend = "set runtime.data_dir to a folder that this user may write"
        raise StoreError(f"cannot be made ({error.strerror})", where=str(path.parent), mend=mend) from error
    connection: sqlite3.Connection | None = None
    try:
        _make_own(path)
        connection = sqlite3.connect(path, timeout=_BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False)
        version = _version(connection, path)
        # Readers never wait for the writer, nor the writer for them.
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA journal_size_limit = 16777216")
        _migrate(connection, version)
    except (StoreError, *IN_SQLITE) as error:
        if connection is not None:
            connection.close()
        raise (error if isinstance(error, StoreError) else unreadable(error, path)) from error
    return connection


def open_for_reading(path: Path) -> sqlite3.Connection:
    """The history at `path`, read-only.

    Raises:
        StoreError: there is none yet, it is damaged, not ours, or of another version.
    """
    none_yet = StoreError(
        "there is no history yet", where=str(path), mend="`painwatch hub` makes it when it first runs"
    )
    if not path.exists():
        raise none_yet
    connection: sqlite3.Connection | None = None
    try:
        address = f"{path.absolute().as_uri()}?mode=ro"
        connection = sqlite3.connect(
            address, uri=True, timeout=_BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False
        )
        version = _version(connection, path)
        if version == 0:
            raise none_yet  # the hub is making it
        if version < len(MIGRATIONS):
            mend = "start `painwatch hub`, which brings it up to date"
            raise StoreError("is a history of an older painwatch", where=str(path), mend=mend)
    except (StoreError, *IN_SQLITE) as error:
        if connection is not None:
            connection.close()
        raise (error if isinstance(error, StoreError) else unreadable(error, path)) from error
    return connection


def _make_own(path: Path) -> None:
    """An empty file for its user's eyes alone, if there is none: SQLite's journals beside it take its mode."""
    with contextlib.suppress(OSError):  # what is wrong there SQLite tells
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))


def _version(connection: sqlite3.Connection, path: Path) -> int:
    """Migrations that were applied; 0 for an empty file."""
    tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if "painwatch_migrations" not in tables:
        if tables:
            mend = "set runtime.data_dir to another folder"
            raise StoreError("is a database, but not painwatch's", where=str(path), mend=mend)
        return 0
    (version,) = connection.execute("SELECT coalesce(max(version), 0) FROM painwatch_migrations").fetchone()
    if version > len(MIGRATIONS):
        raise StoreError(
            f"has schema {version}; this painwatch knows {len(MIGRATIONS)}",
            where=str(path),
            mend="run the newer painwatch that wrote it",
        )
    return int(version)


def _migrate(connection: sqlite3.Connection, version: int) -> None:
    if version == len(MIGRATIONS):
        return
    connection.execute("BEGIN IMMEDIATE")
    try:
        connection.execute(
            "CREATE TABLE IF NOT EXISTS painwatch_migrations (version INTEGER PRIMARY KEY, what TEXT NOT NULL) STRICT"
        )
        for number, migration in enumerate(MIGRATIONS[version:], version + 1):
            for statement in migration.statements:
                connection.execute(statement)
            connection.execute("INSERT INTO painwatch_migrations VALUES (?, ?)", (number, migration.what))
        connection.execute("COMMIT")
    except sqlite3.Error:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise

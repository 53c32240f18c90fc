"""A connection that only reads, opened when first needed and anew after a fault."""

from __future__ import annotations

import sqlite3
import threading
from pathlib import Path
from typing import Any

from painwatch.store.faults import IN_SQLITE, StoreBlocked, unreadable
from painwatch.store.schema import open_for_reading
from painwatch.store.standing import file_at


class Reader:
    """Reads the history at `path`; any thread may ask."""

    def __init__(self, path: Path) -> None:
        self._path, self._lock = path, threading.Lock()
        self._connection: sqlite3.Connection | None = None
        self._file: tuple[int, int] | None = None

    def all(self, query: str, values: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
        """All rows that the query finds.

        Raises:
            StoreError: there is no history yet, or it cannot be read. StoreBlocked: once after the file was replaced by
                another; what was read before, such as the numbers of rows, is of no use with that.
        """
        with self._lock:
            try:
                if self._connection is None:
                    # Looked at before: where it is replaced meanwhile, that is told once too often, not never.
                    file = file_at(self._path)
                    self._connection, self._file = open_for_reading(self._path), file
                self._check()
                return self._connection.execute(query, values).fetchall()
            except StoreBlocked:
                self._forget()
                raise
            except IN_SQLITE as error:
                self._forget()
                raise unreadable(error, self._path) from error

    def check(self) -> None:
        """Whether what was read last is of the file that stands there now. For the writer's thread, which writes to no
        other: a number of a row means another row in another file.

        Raises:
            StoreBlocked: it is not.
        """
        with self._lock:
            self._check()

    def close(self) -> None:
        with self._lock:
            self._forget()

    def _check(self) -> None:
        if self._file is not None and self._file != file_at(self._path):
            what = "was moved, deleted or replaced while it was in use"
            raise StoreBlocked(what, where=str(self._path), mend="what stands there is read next")

    def _forget(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

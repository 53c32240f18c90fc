"""A connection that only reads, opened when first needed and anew after a fault."""

from __future__ import annotations

import sqlite3
import threading
from pathlib import Path
from typing import Any

from painwatch.store.faults import told
from painwatch.store.schema import open_for_reading


class Reader:
    """Reads the history at `path`; any thread may ask."""

    def __init__(self, path: Path) -> None:
        self._path, self._lock = path, threading.Lock()
        self._connection: sqlite3.Connection | None = None

    def all(self, query: str, values: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
        """All rows that the query finds.

        Raises:
            StoreError: there is no history yet, or it cannot be read.
        """
        with self._lock:
            try:
                if self._connection is None:
                    self._connection = open_for_reading(self._path)
                return self._connection.execute(query, values).fetchall()
            except sqlite3.Error as error:
                self._forget()
                raise told(error, self._path) from error

    def close(self) -> None:
        with self._lock:
            self._forget()

    def _forget(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

"""The writer's connection, and whether the file behind it still stands where it was opened."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

from painwatch.store import room
from painwatch.store.faults import StoreBlocked, told


class Standing:
    """One connection to the history at `path`, made by `connect` and kept from `open` to `close`.

    Whoever has a file open writes to it also after it was moved away or deleted, where nobody would find it again.
    """

    def __init__(self, path: Path, site: str, connect: Callable[[Path], sqlite3.Connection]) -> None:
        self._path, self._site, self._connect = path, site, connect
        self._file: tuple[int, int] | None = None
        self._named = False
        self.connection: sqlite3.Connection | None = None

    def open(self) -> sqlite3.Connection:
        """The connection, made if there is none.

        Raises:
            StoreError: the file cannot be used; StoreBlocked if that may pass, such as when it was moved away.
        """
        if self.connection is None:
            if self._file is not None and not self._path.exists():
                raise self._gone()
            self.connection, self._named = self._connect(self._path), False
            self._file = file_at(self._path)
        elif self._file != file_at(self._path):
            # What was moved away is whole then, without the log beside its old place.
            room.fold_log(self.connection, "TRUNCATE")
            raise self._gone()
        if not self._named:
            site = ("site", self._site)
            try:
                self.connection.execute("INSERT INTO meta VALUES (?, ?) ON CONFLICT DO UPDATE SET value = ?2", site)
            except sqlite3.Error as error:
                raise told(error, self._path) from error
            self._named = True
        return self.connection

    def close(self) -> None:
        """Lets the connection go."""
        if self.connection is not None:
            self.connection.close()
            self.connection = None

    def _gone(self) -> StoreBlocked:
        mend = "put it back, and what waits is written; or restart the hub, which begins a new one"
        return StoreBlocked("was moved, deleted or replaced while it was in use", where=str(self._path), mend=mend)


def file_at(path: Path) -> tuple[int, int] | None:
    """Which file stands there: its device and number; None if there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino

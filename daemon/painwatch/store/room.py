"""Room on the disk: how large the history is and may be, and what is done when there is no more.

Deleted rows leave free pages in the file, which are used again: the file does not shrink, and free pages do not count.
A file beside the history holds some space in reserve: it is given up when the disk is full, so that what makes room
can itself be written, and made again once there is enough.
"""

from __future__ import annotations

import contextlib
import errno
import logging
import os
import shutil
import sqlite3
from dataclasses import dataclass
from pathlib import Path

log = logging.getLogger(__name__)

RESERVE_BYTES = 16 * 2**20
LOW_BYTES = 2 * RESERVE_BYTES
"""With less free on the disk, the history grows no more: what is new takes the room of the oldest moments."""

_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_MOST_PAGES = 2**30


@dataclass(frozen=True, slots=True)
class Size:
    """`used_bytes`: pages in use; `free_bytes`: pages to be used again; `log_bytes`: the write-ahead log."""

    used_bytes: int
    free_bytes: int
    log_bytes: int

    @property
    def bytes(self) -> int:
        """What is held against the limit."""
        return self.used_bytes + self.log_bytes


def size_of(connection: sqlite3.Connection, path: Path) -> Size:
    """How large the history is; cheap."""
    pages, free, page_bytes = (
        connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "freelist_count", "page_size")
    )
    try:
        log_bytes = beside(path, "-wal").stat().st_size
    except OSError:
        log_bytes = 0
    return Size((pages - free) * page_bytes, free * page_bytes, log_bytes)


def beside(path: Path, ending: str) -> Path:
    """A file that belongs to the history at `path`."""
    return path.with_name(path.name + ending)


def disk_free_bytes(path: Path) -> int | None:
    """Free space where the history lies; None if that cannot be told."""
    try:
        return shutil.disk_usage(path.parent).free
    except OSError:
        return None


def is_disk_full(error: BaseException, path: Path) -> bool:
    """Whether an error of sqlite3 comes from a disk, quota or limit that is reached."""
    name = getattr(error, "sqlite_errorname", "")
    if name.startswith("SQLITE_IOERR"):
        # SQLite tells a full quota and a limit on a file's size as faults of the disk.
        return cannot_grow(path)
    return bool(name == "SQLITE_FULL")


def hold(connection: sqlite3.Connection, still: bool) -> None:
    """Lets the file grow no further, or lets it.

    Without, what was written would wait in the write-ahead log for a file that cannot be made longer.
    """
    pages = connection.execute("PRAGMA page_count").fetchone()[0] if still else _MOST_PAGES
    connection.execute(f"PRAGMA max_page_count = {pages}")


def fold_log(connection: sqlite3.Connection, mode: str) -> None:
    """Brings the write-ahead log into the file as far as readers let it; `mode` of PRAGMA wal_checkpoint."""
    (patience_ms,) = connection.execute("PRAGMA busy_timeout").fetchone()
    connection.execute("PRAGMA busy_timeout = 100")
    with contextlib.suppress(sqlite3.Error):
        connection.execute(f"PRAGMA wal_checkpoint({mode})").fetchall()
    connection.execute(f"PRAGMA busy_timeout = {patience_ms}")


class Reserve:
    """Space that is held beside the history at `path`. `is_given_up`: it was needed, and is not made again yet."""

    def __init__(self, path: Path, size_bytes: int = RESERVE_BYTES) -> None:
        self._path, self._size_bytes, self.is_given_up = beside(path, "-reserve"), size_bytes, False

    def keep(self, free_bytes: int | None) -> None:
        """Makes it, if it is not there and the disk has room for it and as much again."""
        if free_bytes is None or free_bytes < LOW_BYTES + self._size_bytes or self._path.exists():
            return
        try:
            with self._path.open("wb") as file:
                # A quota is not seen in the disk's free space.
                os.posix_fallocate(file.fileno(), 0, 2 * self._size_bytes)
                file.truncate(self._size_bytes)
            self.is_given_up = False
        except OSError as error:
            log.debug("no reserve is held beside the history: %s", error)
            with contextlib.suppress(OSError):
                self._path.unlink()

    def give_up(self) -> bool:
        """Gives the space back; False if there was none."""
        self.is_given_up = True
        try:
            self._path.unlink()
        except OSError:
            return False
        return True


def cannot_grow(path: Path) -> bool:
    """Whether the disk, a quota or a limit keeps the file from becoming longer, found by trying beside it."""
    probe = beside(path, "-probe")
    try:
        size = path.stat().st_size
        with probe.open("wb") as file:
            os.posix_fallocate(file.fileno(), size, 1)
    except OSError as error:
        return error.errno in _NO_ROOM
    finally:
        with contextlib.suppress(OSError):
            probe.unlink()
    return False

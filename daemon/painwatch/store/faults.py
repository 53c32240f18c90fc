"""SQLite's errors in words for people."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import msgspec

from painwatch.core.errors import StoreError


class StoreBlocked(StoreError):
    """A fault that may pass by itself (disk full, locked): worth trying again, no reason to stop watching."""


IN_SQLITE = (sqlite3.Error, UnicodeDecodeError)
"""What asking a damaged file raises, for `unreadable`; SQLite's own words of it may hold bytes of the file."""

IN_A_ROW = (msgspec.MsgspecError, ValueError, TypeError)
"""What is raised where a damaged row is made into what it was written from, for `damaged`. Not every exchanged byte can
be told: SQLite keeps no sums of its pages.
"""

_LONGEST_WORDS = 300

_ELSEWHERE = "move the file away (it is not overwritten) or set runtime.data_dir to another folder"

_RESTORE = f"restore a copy, or {_ELSEWHERE}"

_FAULTS: tuple[tuple[str, type[StoreError], str, str], ...] = (
    ("SQLITE_NOTADB", StoreError, "is not a painwatch history", _ELSEWHERE),
    ("SQLITE_CORRUPT", StoreError, "is damaged", _RESTORE),
    ("SQLITE_READONLY", StoreError, "may not be written", "give this user write access to the file and its folder"),
    ("SQLITE_PERM", StoreError, "may not be opened", "give this user access to the file and its folder"),
    ("SQLITE_CANTOPEN", StoreError, "cannot be opened", "check that the folder exists and this user may use it"),
    ("SQLITE_FULL", StoreBlocked, "has no room: the disk is full", "free some space; what waits is written then"),
    ("SQLITE_IOERR", StoreBlocked, "cannot be written or read", "look for a full or failing disk"),
    ("SQLITE_BUSY", StoreBlocked, "is held by another program", "close the program that has it open for writing"),
    ("SQLITE_LOCKED", StoreBlocked, "is held by another program", "close the program that has it open for writing"),
)


def told(error: Exception, path: Path) -> StoreError:
    """The error, most often one of sqlite3, as one that names the file and the mend."""
    words = _words(error)
    name = getattr(error, "sqlite_errorname", "")
    for prefix, kind, what, mend in _FAULTS:
        if name.startswith(prefix):
            return kind(f"{what} ({words})", where=str(path), mend=mend)
    return StoreBlocked(f"cannot be used ({words})", where=str(path), mend="look at the hub's log")


def unreadable(error: Exception, path: Path) -> StoreError:
    """One of IN_SQLITE, raised by a question to the file and nothing else, as one that names the file and the mend."""
    return damaged(error, path) if isinstance(error, UnicodeDecodeError) else told(error, path)


def damaged(error: Exception, path: Path) -> StoreError:
    """One of IN_A_ROW, raised by a row of the file and nothing else."""
    return StoreError(f"is damaged ({_words(error)})", where=str(path), mend=_RESTORE)


def _words(error: Exception) -> str:
    return "".join(c if c.isprintable() else "?" for c in str(error)[:_LONGEST_WORDS])

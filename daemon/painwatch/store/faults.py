"""SQLite's errors in words for people."""

from __future__ import annotations

from pathlib import Path

from painwatch.core.errors import StoreError


class StoreBlocked(StoreError):
    """A fault that may pass by itself (disk full, locked): worth trying again, no reason to stop watching."""


_ELSEWHERE = "move the file away (it is not overwritten) or set runtime.data_dir to another folder"

_FAULTS: tuple[tuple[str, type[StoreError], str, str], ...] = (
    ("SQLITE_NOTADB", StoreError, "is not a painwatch history", _ELSEWHERE),
    ("SQLITE_CORRUPT", StoreError, "is damaged", f"restore a copy, or {_ELSEWHERE}"),
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
    name = getattr(error, "sqlite_errorname", "")
    for prefix, kind, what, mend in _FAULTS:
        if name.startswith(prefix):
            return kind(f"{what} ({error})", where=str(path), mend=mend)
    return StoreBlocked(f"cannot be used ({error})", where=str(path), mend="look at the hub's log")

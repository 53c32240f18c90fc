"""Logins in a file of the run folder, so that they last over a restart of the page's process, though over no boot."""

from __future__ import annotations

import contextlib
import logging
import os
import stat
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import msgspec

from painwatch.web.access.person import Person

_BOOT = Path("/proc/sys/kernel/random/boot_id")

_MOST_BYTES = 1_000_000

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class Login:
    """Somebody's, since when and used when last, on the monotonic clock."""

    person: Person
    began_ns: int
    used_ns: int


class _Row(msgspec.Struct, frozen=True, array_like=True):
    key: bytes
    seal: str
    began_ns: int
    used_ns: int


class _Rows(msgspec.Struct, frozen=True):
    boot: str
    logins: list[_Row]


class KeptLogins:
    """The file `path`, for its user's eyes alone. It holds no ids, names or tokens: hashes of ids, and `seals`, which
    say whose a login is and end with that person's token."""

    def __init__(self, path: Path, seals: dict[str, Person]) -> None:
        self._path, self._persons = path, seals
        self._seals = {person.name: seal for seal, person in seals.items()}
        self._boot = ""
        with contextlib.suppress(OSError):
            self._boot = _BOOT.read_text("ascii").strip()
        self._told = False

    def read(self, now_ns: int) -> list[tuple[bytes, Login]]:
        """Logins by the hash of their id, the one used last comes last; none if there is no file of ours to be read."""
        try:
            kept = msgspec.json.decode(_own_bytes(self._path), type=_Rows)
        except FileNotFoundError:
            return []
        except (OSError, msgspec.MsgspecError, ValueError) as error:
            _log.warning("people must log in again: %s cannot be used (%s)", self._path, type(error).__name__)
            return []
        if not self._boot or kept.boot != self._boot:
            return []  # its times are of another clock
        return [
            (row.key, Login(self._persons[row.seal], row.began_ns, row.used_ns))
            for row in kept.logins
            if row.seal in self._persons and 0 <= row.began_ns <= row.used_ns <= now_ns
        ]

    def write(self, logins: Iterable[tuple[bytes, Login]]) -> None:
        """Keeps `logins` in place of all that were kept. Where that cannot be, the next restart ends them."""
        rows = [
            _Row(key, self._seals[login.person.name], login.began_ns, login.used_ns)
            for key, login in logins
            if login.person.name in self._seals
        ]
        new = self._path.with_name(f".{self._path.name}.new")
        try:
            new.unlink(missing_ok=True)
            descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(msgspec.json.encode(_Rows(self._boot, rows)))
            new.replace(self._path)
        except OSError as error:
            if not self._told:
                _log.warning("logins will not last over a restart: %s (%s)", self._path, error.strerror)
            self._told = True


def _own_bytes(path: Path) -> bytes:
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as file:
        there = os.fstat(descriptor)
        if not stat.S_ISREG(there.st_mode) or there.st_uid != os.getuid() or there.st_mode & 0o077:
            raise ValueError("others may have written it")
        return file.read(_MOST_BYTES)

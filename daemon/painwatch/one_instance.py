"""One supervisor and one hub in a run_dir: a lock file that the kernel releases when its holder is gone."""

from __future__ import annotations

import contextlib
import fcntl
import os
import stat
import time
from collections.abc import Iterator
from pathlib import Path

from painwatch.core.errors import PainwatchError

LET_GO_S = 1.0
"""Whoever tidies up after a holder that was killed holds the lock for an instant: so long is waited for it."""


class Instance:
    """A held lock. `lost` and `renew` are for folders that are removed under the holder's hands."""

    def __init__(self, lock: Path, holder: str) -> None:
        self._lock, self._holder = lock, holder
        self._made_folder, self._descriptor = _taken(lock, holder)

    def lost(self) -> bool:
        """Whether the file of that name is no longer the one that is held: removed, or another's."""
        return not _is_held(self._lock, self._descriptor)

    def renew(self) -> None:
        """Make the folder and the lock again.

        Raises:
            PainwatchError: as `only_instance`.
        """
        made, descriptor = _taken(self._lock, self._holder)
        os.close(self._descriptor)
        self._made_folder, self._descriptor = self._made_folder or made, descriptor

    def let_go(self) -> None:
        """Remove the file, and the folder if it was made for this and is empty."""
        if not self.lost():
            # While it is still held: whoever waits for this file then finds that it is no longer the one of that name.
            self._lock.unlink(missing_ok=True)
        os.close(self._descriptor)
        if self._made_folder:
            with contextlib.suppress(OSError):
                self._lock.parent.rmdir()


@contextlib.contextmanager
def only_instance(lock: Path, holder: str = "painwatch") -> Iterator[Instance]:
    """Hold `lock` while the block runs; its folder is made if need be, both are removed at the end.

    Args:
        lock: the file; it holds the holder's pid.
        holder: what holds it, in the words told to a second one.

    Raises:
        PainwatchError: another process holds it (its pid is named), or the folder is not ours to use.
    """
    instance = Instance(lock, holder)
    try:
        yield instance
    finally:
        instance.let_go()


def _taken(lock: Path, holder: str) -> tuple[bool, int]:
    """Whether the folder was made for it, and the lock's descriptor."""
    made = False
    deadline = time.monotonic() + LET_GO_S
    while True:
        made = _own_folder(lock.parent) or made
        try:
            descriptor = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        except OSError as error:
            if isinstance(error, FileNotFoundError) and time.monotonic() < deadline:
                continue  # the folder was removed in this instant, by another that ended
            mend = "Remove it, or set `run_dir` under `runtime:` to another folder"
            raise PainwatchError(f"cannot be locked ({error.strerror})", where=str(lock), mend=mend) from None
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            # Whoever held it before may have removed it while this one waited for its turn.
            if _is_held(lock, descriptor):
                os.truncate(descriptor, 0)
                os.write(descriptor, f"{os.getpid()}\n".encode())
                return made, descriptor
        except BlockingIOError:
            if time.monotonic() >= deadline:
                pid = os.read(descriptor, 32).decode("ascii", "replace").strip() or "unknown"
                os.close(descriptor)
                what = f"{holder} already runs here as process {pid}"
                mend = f"Stop it with `kill {pid}`, or give this configuration its own `run_dir` under `runtime:`"
                raise PainwatchError(what, where=str(lock.parent), mend=mend) from None
            time.sleep(0.02)
        except BaseException:
            os.close(descriptor)
            raise
        os.close(descriptor)


def _is_held(lock: Path, descriptor: int) -> bool:
    try:
        there, held = lock.stat(), os.fstat(descriptor)
    except OSError:
        return False
    return (there.st_dev, there.st_ino) == (held.st_dev, held.st_ino)


def _own_folder(folder: Path) -> bool:
    """Make `folder` if it is absent; whether that was needed."""
    absent = False
    try:
        absent = not folder.exists()
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        fault = why_not_ours(folder)
    except OSError as error:
        fault = f"cannot be made ({error.strerror})"
    if fault:
        mend = "Set `run_dir` under `runtime:` to a folder of your own that nobody else may write"
        raise PainwatchError(fault, where=str(folder), mend=mend)
    return absent


def why_not_ours(folder: Path) -> str:
    """Why the existing `folder` cannot hold frames and sockets, empty if it can.

    What others may write into could be read or exchanged under our hands, also where a link leads.

    Raises:
        OSError: it cannot be looked at.
    """
    there = folder.stat()
    if {there.st_uid, folder.lstat().st_uid} - {os.getuid(), 0} or not os.access(folder, os.W_OK | os.X_OK):
        return "belongs to another user"
    return "may be written by every user of this host" if there.st_mode & stat.S_IWOTH else ""


def refuse_strangers(run_dir: Path) -> None:
    """To be asked before sockets in `run_dir` are spoken to: where everyone may make folders, such as in /dev/shm,
    another user may have made it, and a hub in it that calls every animal well.

    Raises:
        PainwatchError: it is there, and it is another user's.
    """
    try:
        owners = {run_dir.stat().st_uid, run_dir.lstat().st_uid}
        anyones = run_dir.parent.stat().st_mode & stat.S_IWOTH
    except OSError:
        return  # not there, or shut: then nothing in it can be spoken to
    if anyones and owners - {os.getuid(), 0}:
        mend = "Look whose it is, and have it removed; or set `run_dir` under `runtime:`"
        raise PainwatchError("was made by another user", where=str(run_dir), mend=mend)


def running_pid(lock: Path) -> int | None:
    """The process that holds `lock`, None if nobody does."""
    try:
        with lock.open("rb") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                words = file.read(32).decode("ascii", "replace").strip()
                return int(words) if words.isdigit() else None
    except OSError:
        return None
    return None

"""One supervisor and one hub in a run_dir: a lock file that the kernel releases when its holder is gone."""

from __future__ import annotations

import contextlib
import fcntl
import os
import stat
from collections.abc import Iterator
from pathlib import Path

from painwatch.core.errors import PainwatchError


@contextlib.contextmanager
def only_instance(lock: Path, holder: str = "painwatch") -> Iterator[None]:
    """Hold `lock` while the block runs; its folder is made if need be, the file removed at the end.

    Args:
        lock: the file; it holds the holder's pid.
        holder: what holds it, in the words told to a second one.

    Raises:
        PainwatchError: another process holds it (its pid is named), or the folder is not ours to use.
    """
    _own_folder(lock.parent)
    descriptor = _locked(lock, holder)
    try:
        os.truncate(descriptor, 0)
        os.write(descriptor, f"{os.getpid()}\n".encode())
        yield
    finally:
        # Removed while still held: whoever waits for this file then finds that it is no longer the one of that name.
        lock.unlink(missing_ok=True)
        os.close(descriptor)


def _locked(lock: Path, holder: str) -> int:
    while True:
        try:
            descriptor = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        except OSError as error:
            mend = "Remove it, or set `run_dir` under `runtime:` to another folder"
            raise PainwatchError(f"cannot be locked ({error.strerror})", where=str(lock), mend=mend) from None
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            # Whoever held it before may have removed it while this one waited for its turn.
            with contextlib.suppress(FileNotFoundError):
                if os.fstat(descriptor).st_ino == lock.stat().st_ino:
                    return descriptor
        except BlockingIOError:
            pid = os.read(descriptor, 32).decode("ascii", "replace").strip() or "unknown"
            os.close(descriptor)
            raise PainwatchError(
                f"{holder} already runs here as process {pid}",
                where=str(lock.parent),
                mend=f"Stop it with `kill {pid}`, or give this configuration a `run_dir` of its own under `runtime:`",
            ) from None
        except BaseException:
            os.close(descriptor)
            raise
        os.close(descriptor)


def _own_folder(folder: Path) -> None:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        fault = why_not_ours(folder)
    except OSError as error:
        fault = f"cannot be made ({error.strerror})"
    if fault:
        mend = "Set `run_dir` under `runtime:` to a folder of your own that nobody else may write"
        raise PainwatchError(fault, where=str(folder), mend=mend)


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

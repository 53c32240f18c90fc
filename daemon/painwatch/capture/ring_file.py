"""The file under a frame ring: made whole before it shows, opened for reading, never left behind half made."""

from __future__ import annotations

import contextlib
import fcntl
import mmap
import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from painwatch.capture.ring_layout import (
    CURSOR,
    FIRST,
    GENERATION,
    HEIGHT,
    LAYOUT_VERSION,
    MAGIC,
    MAGIC_NUMBER,
    NEWEST,
    PAGE,
    PID,
    SLOTS,
    VERSION,
    WIDTH,
    Shape,
    checked_shape,
    header_words,
    slot_views,
)
from painwatch.core.errors import RingError


@dataclass(frozen=True, slots=True)
class Earlier:
    """What a new ring goes on from."""

    generation: int
    newest: int


def earlier_ring(path: Path) -> Earlier:
    """What the ring at `path` had come to; zeros if there is none that this build can read.

    Raises:
        RingError: another process is writing it.
    """
    try:
        with path.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        ring = OpenRing(path)
    except BlockingIOError as error:
        raise RingError(
            "another process already writes this camera's frames",
            where=str(path),
            mend="stop the other `painwatch capture` of this camera",
        ) from error
    except (OSError, RingError):
        return Earlier(0, 0)
    earlier = Earlier(ring.generation, ring.newest)
    ring.close()
    return earlier


def create(path: Path, shape: Shape, *, generation: int, first: int) -> mmap.mmap:
    """A new ring at `path`, in the place of what was there; locked against other writers while it is mapped.

    The file is made under another name and renamed when it is whole, so a reader meets the old ring or the new one.

    Raises:
        RingError: no room, or no permission.
    """
    fresh = path.with_name(f".{path.name}.new")
    try:
        _make_private_folder(path.parent)
        fresh.unlink(missing_ok=True)
        handle = os.open(fresh, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise RingError(f"cannot be made ({error.strerror})", where=str(path), mend=_MEND_PLACE) from error
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        # Without the space set aside now, a full tmpfs would be a bus error at the first write.
        os.posix_fallocate(handle, 0, shape.file_bytes)
        # The map keeps the open file, and with it the lock, until it is closed.
        memory = mmap.mmap(handle, shape.file_bytes)
    except OSError as error:
        fresh.unlink(missing_ok=True)
        raise RingError(
            f"no room for {shape.slots} frames of {shape.width} x {shape.height} px "
            f"({shape.file_bytes / 1e6:.0f} MB): {error.strerror}",
            where=str(path),
            mend="give the file system more room (mount -o remount,size=...), or lower runtime.ring_slots or the "
            "camera's resolution",
        ) from error
    finally:
        os.close(handle)
    words = header_words(memory)
    words[[MAGIC, VERSION, SLOTS, HEIGHT, WIDTH]] = (
        MAGIC_NUMBER,
        LAYOUT_VERSION,
        shape.slots,
        shape.height,
        shape.width,
    )
    words[[PID, GENERATION, FIRST, NEWEST, CURSOR]] = (os.getpid(), generation, first, first - 1, first - 1)
    try:
        fresh.rename(path)
    except OSError as error:
        del words
        memory.close()
        fresh.unlink(missing_ok=True)
        what = f"what is there cannot make way for a ring ({error.strerror})"
        raise RingError(what, where=str(path), mend="remove it") from error
    return memory


_MEND_PLACE = "set runtime.run_dir to a folder that this user may write, best in memory (/dev/shm or /run)"


def _make_private_folder(folder: Path) -> None:
    for missing in reversed([place for place in (folder, *folder.parents) if not place.exists()]):
        with contextlib.suppress(FileExistsError):
            missing.mkdir(mode=0o700)
    owner = folder.stat().st_uid
    if owner != os.geteuid():
        raise RingError(f"belongs to user number {owner}, not to this one", where=str(folder), mend=_MEND_PLACE)


class OpenRing:
    """A ring's file, mapped for reading; the header becomes writable at the first `acknowledge`.

    Raises:
        FileNotFoundError: there is no such file.
        RingError: it is not a frame ring, or of another layout.
        OSError: it cannot be read.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        with path.open("rb") as file:
            status = os.fstat(file.fileno())
            if status.st_size < PAGE:
                raise RingError("is not a frame ring", where=str(path), mend="remove the file")
            self.inode = status.st_ino
            self.shape = checked_shape(path, np.frombuffer(file.read(PAGE), np.uint64), status.st_size)
            self._memory = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        self._writable: mmap.mmap | None = None
        self.header = header_words(self._memory)
        self.slots = slot_views(self._memory, self.shape)

    @property
    def generation(self) -> int:
        return int(self.header[GENERATION])

    @property
    def newest(self) -> int:
        return int(self.header[NEWEST])

    def acknowledge(self, seq: int) -> None:
        if self._writable is None:
            with contextlib.suppress(FileNotFoundError), self._path.open("r+b") as file:
                if os.fstat(file.fileno()).st_ino == self.inode:
                    self._writable = mmap.mmap(file.fileno(), PAGE)
        if self._writable is not None:
            header_words(self._writable)[CURSOR] = seq

    def close(self) -> None:
        del self.header, self.slots
        self._memory.close()
        if self._writable is not None:
            self._writable.close()

"""A moment that several processes agree on through a file: the one that comes first writes it, the others read it."""

from __future__ import annotations

import contextlib
import os
import threading
from pathlib import Path

from painwatch.core.errors import PainwatchError


def shared_epoch(path: Path, now_ns: int) -> int:
    """The agreed moment, UTC nanoseconds: that in the file at `path` if there is one, else `now_ns`, which is put
    there. Missing folders are made for this user only. The file shows whole or not at all, even to a reader that
    comes between.

    Raises:
        PainwatchError: the file can be neither made nor read.
    """
    try:
        return _agreed(path, now_ns)
    except (OSError, ValueError) as error:
        what = f"the cameras cannot agree on a common start ({getattr(error, 'strerror', None) or 'no number in it'})"
        raise PainwatchError(what, where=str(path), mend="remove the file, and see that its folder has room") from None


def forget_epoch(path: Path) -> None:
    """Lets the next run begin at its own moment."""
    path.unlink(missing_ok=True)


def _agreed(path: Path, now_ns: int) -> int:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    mine = path.with_name(f".{path.name}.{os.getpid()}-{threading.get_ident()}")
    try:
        mine.write_text(str(now_ns), "ascii")
        # Unlike a rename, a hard link never takes the place of what another process has put there.
        with contextlib.suppress(FileExistsError):
            os.link(mine, path)
    finally:
        mine.unlink(missing_ok=True)
    return int(path.read_text("ascii"))

"""The word of a process that it gets on: a counter that goes up while its loop turns, and stands still when it hangs.

A process that lives is not one that works. Each main loop steps, the supervisor watches the counters, and systemd,
where it is the one that started the process, hears of each step too.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

from painwatch.service_manager import ALIVE, READY, STOPPING, tell, watchdog_s

EVERY_S = 1.0
"""A step within this time of the last one that was told costs one look at the clock and nothing else."""


class Progress:
    """Steps of one process, told in the file `path` (Places.progress(NAME)) and to systemd; None: to systemd alone.

    The first step says that the process is ready, so it belongs where all is open that the process needs. To be used
    by one thread. A file that cannot be written is tried again at the next step: the supervisor will notice.
    """

    def __init__(self, path: Path | None, *, monotonic_s: Callable[[], float] = time.monotonic) -> None:
        self._path, self._monotonic_s = path, monotonic_s
        watchdog = watchdog_s(os.environ, os.getpid())
        # Twice within the time that systemd waits, as sd_watchdog_enabled(3) recommends.
        self._every_s = EVERY_S if watchdog is None else min(EVERY_S, watchdog / 2)
        self._due_s = 0.0
        self._steps = 0

    def step(self) -> None:
        """The loop has turned once more."""
        now_s = self._monotonic_s()
        if self._steps and now_s < self._due_s:
            return
        self._due_s = now_s + self._every_s
        self._steps += 1
        if self._path is not None:
            with contextlib.suppress(OSError):
                _write(self._path, self._steps)
        if self._steps == 1:
            tell(READY)
        tell(ALIVE)

    def close(self) -> None:
        """The process ends; its file is removed."""
        tell(STOPPING)
        if self._path is not None:
            with contextlib.suppress(OSError):
                self._path.unlink(missing_ok=True)

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()


def steps_told(path: Path) -> int | None:
    """The counter in `path`, None if nobody has stepped there yet."""
    try:
        words = path.read_text("ascii").strip()
    except (OSError, UnicodeDecodeError):
        return None
    return int(words) if words.isdigit() else None


def _write(path: Path, steps: int) -> None:
    # In place and of one length, so that a reader at any moment finds a whole number.
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        os.pwrite(descriptor, b"%012d\n" % steps, 0)
    finally:
        os.close(descriptor)

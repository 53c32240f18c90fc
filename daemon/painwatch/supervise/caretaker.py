"""Tidies up after a supervisor that was killed: `python -m painwatch.supervise.caretaker RUN_DIR` with a pipe as stdin.

Frames in /dev/shm are the host's memory, and nobody else gives it back before the next start. The caretaker waits for
the other end of the pipe to be closed, which the kernel does for whoever ends, and is out of reach of what was sent to
the supervisor's own group of processes.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from painwatch.core.errors import PainwatchError
from painwatch.one_instance import only_instance
from painwatch.supervise.leftovers import tidy

ALL_WELL = b"."

SETTLE_S = 0.3
"""The kernel closes the pipe an instant before it ends the supervisor's children, which may still write till then."""


@contextlib.contextmanager
def cared_for(run_dir: Path) -> Iterator[None]:
    """While the block runs someone waits to tidy `run_dir` if this process is killed."""
    reading, writing = os.pipe()
    try:
        caretaker = subprocess.Popen(
            [sys.executable, "-P", "-m", __spec__.name, str(run_dir)],
            stdin=reading,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    finally:
        os.close(reading)
    try:
        yield
    finally:
        with contextlib.suppress(BrokenPipeError):
            os.write(writing, ALL_WELL)
        os.close(writing)
        caretaker.wait()


def main(run_dir: Path) -> None:
    """Wait for the supervisor's end; tidy unless it said that all is well, or another runs there by now."""
    if os.read(0, 1) == ALL_WELL or not run_dir.is_dir():
        return
    time.sleep(SETTLE_S)
    with contextlib.suppress(PainwatchError), only_instance(run_dir / "run.lock"):
        tidy(run_dir)
    with contextlib.suppress(OSError):
        run_dir.rmdir()


if __name__ == "__main__":
    main(Path(sys.argv[1]))

"""The straightforward loop as a process of its own, to be asked again and again."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict
from typing import IO, Any

from benchmarks.naive import Done, Order


class Loop:
    """The straightforward loop in a process of its own, which stays between measurements."""

    def __init__(self, process: subprocess.Popen[str], cold_s: float) -> None:
        self.cold_s = cold_s
        self._process = process

    def run(self, order: Order) -> Done:
        """Raises BrokenPipeError or ValueError if the process is gone."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(asdict(order)) + "\n")
        self._process.stdin.flush()
        return Done(**_line(self._process.stdout))


@contextlib.contextmanager
def straightforward() -> Iterator[Loop]:
    """The loop with everything imported and opened."""
    began = time.monotonic()
    command = [sys.executable, "-W", "ignore", "-m", "benchmarks.naive"]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        assert process.stdout is not None
        try:
            yield Loop(process, _line(process.stdout)["ready_s"] - began)
        finally:
            process.terminate()


def _line(stream: IO[str]) -> dict[str, Any]:
    said = stream.readline()
    if not said:
        raise ValueError("the loop's process ended")
    told: dict[str, Any] = json.loads(said)
    return told

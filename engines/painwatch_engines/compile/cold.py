"""What one engine costs to start, in a process of its own: `python -m painwatch_engines.compile.cold ENGINE ...`."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from painwatch_engines.errors import EngineError

LIMIT_S = 600
"""Longer than any engine takes to start on a crowded host."""


@dataclass(frozen=True, slots=True)
class Cold:
    """Seconds from the start of Python to the first answer, and resident memory after it."""

    seconds: float
    rss_bytes: int


def cold_start(engine: str, model: Path, plan_dir: Path, name: str, shape: tuple[int, ...]) -> Cold:
    """Start `engine` in a new process and run it once.

    Raises:
        EngineError: it could not be opened there.
    """
    arguments = [engine, str(model), str(plan_dir), name, json.dumps(shape)]
    begun = time.monotonic()
    try:
        done = subprocess.run(
            [sys.executable, "-m", __name__, *arguments], capture_output=True, text=True, check=False, timeout=LIMIT_S
        )
    except subprocess.TimeoutExpired:
        what = f"it gave no answer in a process of its own within {LIMIT_S} s"
        raise EngineError(what, engine, "Verify the engine.") from None
    if done.returncode != 0:
        reason = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise EngineError(f"it does not start in a process of its own ({reason})", engine, "Verify the engine.")
    told = json.loads(done.stdout.splitlines()[-1])
    return Cold(told["answered_s"] - begun, int(told["rss_bytes"]))


def _main(engine: str, model: str, plan_dir: str, name: str, shape: str) -> None:
    from painwatch_engines.runtime import PlanCache
    from painwatch_engines.runtime.selection import open_engine

    runtime = open_engine(engine, Path(model), PlanCache(Path(plan_dir)))
    runtime.run({name: np.zeros(json.loads(shape), np.uint8)})
    status = Path("/proc/self/status").read_text(encoding="ascii")
    resident = next(line for line in status.splitlines() if line.startswith("VmRSS:"))
    # The monotonic clock is the host's, the same in both processes.
    told = {"answered_s": time.monotonic(), "rss_bytes": int(resident.split()[1]) * 1024}
    sys.stdout.write(json.dumps(told) + "\n")


if __name__ == "__main__":
    _main(*sys.argv[1:])

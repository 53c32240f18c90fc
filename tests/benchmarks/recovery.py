"""How long a killed child is away: from SIGKILL to its new process, and to the next scored look of every camera.

    PYTHONPATH=tests .venv/bin/python tests/benchmarks/recovery.py [--rounds 3]

Two HTTP cameras, models that cost nothing: this times supervision, not inference.
"""

from __future__ import annotations

import argparse
import os
import signal
import tempfile
from collections.abc import Callable
from pathlib import Path

from rich.console import Console
from rich.table import Table

from fixtures.whole_watch import Watch, camera, whole_watch
from painwatch.core.live import Snapshot
from painwatch.core.types import Status
from servers.mjpeg_server import MjpegServer

VICTIMS = ("capture-one", "infer-cpu", "hub", "web")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    table = Table("killed", "new process after s", "all cameras scored after s")
    with tempfile.TemporaryDirectory(prefix="painwatch-recovery-") as folder, MjpegServer() as server:
        cameras = {"one": server.url(fps=10), "two": server.url(fps=10)}
        with whole_watch(Path(folder), cameras) as watch:
            watch.until(scored_since(0), what="both cameras scored")
            for victim in VICTIMS * arguments.rounds:
                table.add_row(victim, *(f"{seconds:.2f}" for seconds in recovery_s(watch, victim)))
            watch.stop()
    Console(width=100).print(table)


def recovery_s(watch: Watch, victim: str) -> tuple[float, float]:
    before, _ = watch.until(lambda s: victim in pids(s), what=f"{victim} running")
    os.kill(pids(before)[victim], signal.SIGKILL)
    back, new_process_s = watch.until(
        lambda s: pids(s).get(victim, pids(before)[victim]) != pids(before)[victim], what=f"{victim} back"
    )
    _, scored_s = watch.until(scored_since(back.time_ns), what="both cameras scored again")
    return new_process_s, new_process_s + scored_s


def pids(snapshot: Snapshot) -> dict[str, int]:
    return {process.name: process.pid for process in snapshot.processes if process.pid is not None}


def scored_since(time_ns: int) -> Callable[[Snapshot], bool]:
    def holds(snapshot: Snapshot) -> bool:
        seen = [camera(snapshot, name).prediction for name in ("one", "two")]
        return all(look is not None and look.status is Status.OK and look.time_ns > time_ns for look in seen)

    return holds


if __name__ == "__main__":
    main()

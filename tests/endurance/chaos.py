"""Is anything lost? The real watch before a real InfluxDB, while everything that can break is broken.

Every process is killed many times (SIGKILL, the supervisor too), InfluxDB is killed and stays away for a while, what
stands before it answers 503, 401, 400 and "partial write" or hangs, the disk of the history is filled, and the clock
of all processes is stepped. Then all is left in peace, and it is counted:

- a minute that the hub published is in SQLite and in InfluxDB, once, with the same values;
- every moment, minute, transition and mark in SQLite is in InfluxDB, once, with the same values, and nothing else is
  but the oldest moments, which had to make room on the full disk;
- the audit log is whole, the outbox is empty, and only the lines that were made to be refused are set aside.

    make chaos [CHAOS_FLAGS="--kills 50 --seed 1"]

Needs Debian's influxdb and nginx-light. The full disk needs the right to mount a small file system, the steps of the
clock need libfaketime; without, they are told as not done. Exit status 1 if anything was lost, or if less was done to
the watch than planned.
"""

from __future__ import annotations

import argparse
import contextlib
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from endurance.chaos_counts import Counts, counted, tell
from endurance.chaos_plan import Happening, Plan, plan_of
from endurance.chaos_watch import ChaosWatch, chaos_watch


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=50, help="of each process")
    parser.add_argument("--outage-s", type=float, default=600, help="how long InfluxDB stays away once")
    parser.add_argument("--influx-kills", type=int, default=10)
    parser.add_argument("--every-s", type=float, default=5, help="seconds between two blows")
    parser.add_argument("--least-points", type=int, default=10_000, help="goes on in peace until there are so many")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=Path, default=None, help="a folder for what the run leaves, to look into")
    wanted = parser.parse_args()
    plan = plan_of(wanted.kills, wanted.influx_kills, wanted.outage_s, wanted.every_s, wanted.seed)
    with contextlib.ExitStack() as stack:
        folder = wanted.keep or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="pw-chaos-")))
        folder.mkdir(parents=True, exist_ok=True)
        watch = stack.enter_context(chaos_watch(folder))
        began = time.monotonic()
        carry_out(plan, watch)
        watch.until_points(wanted.least_points)
        watch.until_drained()
        watch.stop()
        if wanted.keep is not None:
            watch.keep(folder / "history.sqlite")
        counts = counted(watch)
    return verdict(counts, time.monotonic() - began, wanted.least_points, plan)


def carry_out(plan: Plan, watch: ChaosWatch) -> None:
    columns = (TextColumn("{task.description:28s}"), BarColumn(), TextColumn("{task.completed}/{task.total}"))
    with Progress(*columns, TimeRemainingColumn()) as progress:
        shown = progress.add_task("starting", total=len(plan.happenings))
        began = time.monotonic()
        for happening in plan.happenings:
            watch.listen(max(0.0, began + happening.at_s - time.monotonic()))
            progress.update(shown, description=happening.what, advance=1)
            _do(happening, watch)


def _do(happening: Happening, watch: ChaosWatch) -> None:
    match happening.what.split():
        case ["kill", duty]:
            watch.kill(duty)
        case ["influx", "kill"]:
            watch.influx_kill()
        case ["influx", "away"]:
            watch.influx_stop()
        case ["influx", "back"]:
            watch.influx_start()
        case ["answers", fault]:
            watch.answers(fault)
        case ["disk", "full"]:
            watch.fill_disk()
        case ["disk", "free"]:
            watch.free_disk()
        case ["clock", offset]:
            watch.step_clock(float(offset))
        case ["poison"]:
            watch.mark_poison()
        case _:
            raise AssertionError(happening)


def verdict(counts: Counts, seconds: float, least_points: int, plan: Plan) -> int:
    tell(counts, seconds)
    planned = Counter(one.what for one in plan.happenings if one.what.startswith(("kill", "answers", "influx kill")))
    faults = counts.faults(least_points, planned)
    for fault in faults:
        print(f"FAULT: {fault}")
    print("nothing was lost" if not faults else f"{len(faults)} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())

"""Does anything break on what it was not made for? Hostile inputs of every kind, for as long as wished.

Each kind is tried in a process of its own, which is watched from outside: an input at which that process dies, or on
which it spends more than a minute, is a crash, and the next one goes on after it. Inputs are made from the seed and
their number, so that each can be made again:

    make fuzz [FUZZ_FLAGS="--minutes 10 --seed 1"]
    PYTHONPATH=tests .venv/bin/python tests/endurance/fuzz.py --kind "history files" --seed 1 --first 17 --minutes 0.1

Exit status 1 on any crash, on any error that is not clear, and if memory grows beyond a bound.
"""

from __future__ import annotations

import argparse
import platform
import sys
import tempfile
import time
from pathlib import Path

import psutil
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from endurance.fuzz_kind import Outcome, tried
from hostile.kinds import KINDS

MOST_GROWTH_MIB = 128


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=10, help="of all kinds together")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--first", type=int, default=0, help="number of the first input of each kind")
    parser.add_argument("--kind", action="append", choices=list(KINDS), help="only this one; may be given again")
    wanted = parser.parse_args()
    names = wanted.kind or list(KINDS)
    outcomes = []
    columns = (TextColumn("{task.description:16s}"), BarColumn(), TextColumn("{task.completed}/{task.total}"))
    began = time.monotonic()
    with Progress(*columns, TimeElapsedColumn(), transient=True) as progress:
        shown = progress.add_task("", total=len(names))
        for name in names:
            progress.update(shown, description=name)
            with tempfile.TemporaryDirectory(prefix="pw-fuzz-") as folder:
                seconds = 60 * wanted.minutes / len(names)
                outcomes.append(tried(name, Path(folder), seconds, wanted.seed, wanted.first))
            progress.advance(shown)
    print(
        f"{platform.machine()}, {psutil.cpu_count()} cores, {time.strftime('%Y-%m-%d')}; seed {wanted.seed}; ", end=""
    )
    print(f"{(time.monotonic() - began) / 60:.1f} min")
    return tell(outcomes)


def tell(outcomes: list[Outcome]) -> int:
    """Prints the table and the findings; 1 if there are any."""
    print(
        "| input | tried | accepted | refused, clearly | unclear | crashes | memory grew by, MiB | slowest input, s |"
    )
    print("|---|---|---|---|---|---|---|---|")
    for one in outcomes:
        print(
            f"| {one.name} | {one.tried} | {one.accepted} | {one.refused} | {one.unclear} | {one.crashes} "
            f"| {one.growth_mib:.0f} | {one.slowest_s:.1f} |"
        )
    print(f"| all | {' | '.join(str(sum(getattr(o, f) for o in outcomes)) for f in _SUMMED)} | | |")
    findings = [f"{one.name}: {finding}" for one in outcomes for finding in one.findings]
    findings += [
        f"{one.name}: memory grew by {one.growth_mib:.0f} MiB" for one in outcomes if one.growth_mib > MOST_GROWTH_MIB
    ]
    findings += [f"{one.name}: nothing was tried" for one in outcomes if not one.tried]
    for finding in findings:
        print(f"FOUND: {finding}")
    return 1 if findings else 0


_SUMMED = ("tried", "accepted", "refused", "unclear", "crashes")


if __name__ == "__main__":
    sys.exit(main())

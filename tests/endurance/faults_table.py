"""What does each fault raise, and after how long? Real watches with faults put in, and a table of what came of them.

Every fault has an alarm that must be raised within its rule's time and half a minute more; no welfare alarm may come of
any, nothing may be scored that was not seen, and what was raised must end by itself when the fault is mended.

    make faults [FAULTS_FLAGS="--out docs/faults.md"]

Independent faults are put in at the same time, at a cage each. Needs Debian's influxdb and nginx-light; libfaketime for
clocks, and the right to mount a small file system for the full disk: without, these are left out, and it is said so.
Exit status 1 if a fault did not raise what it must.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import platform
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from rich.progress import Progress, TextColumn, TimeElapsedColumn

from endurance.fault_pictures import render
from endurance.fault_rooms import all_rows
from endurance.fault_rows import Row
from endurance.fault_stage import FAKETIME
from endurance.fault_table import as_markdown
from servers.influx import missing


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--short-min", type=float, default=None, help="minutes of cannot-see and out-of-domain")
    parser.add_argument("--only", default="", help="one of the watches: room, single cage, small disk")
    parser.add_argument("--out", type=Path, default=None, help="where the table goes, such as docs/faults.md")
    parser.add_argument("--keep", type=Path, default=None, help="a folder for what the run leaves, to look into")
    wanted = parser.parse_args()
    if missing():
        print(missing(), file=sys.stderr)
        return 2
    with contextlib.ExitStack() as stack:
        # In memory, as frames are to be; and short, since names of sockets are.
        memory = "/dev/shm" if Path("/dev/shm").is_dir() else None
        folder = wanted.keep or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="pw-faults-", dir=memory)))
        began, commit = time.monotonic(), _commit()
        columns = (TextColumn("{task.fields[room]:12s} {task.description}"), TimeElapsedColumn())
        with Progress(*columns) as progress:
            shown: dict[str, int] = {}

            def tell(room: str, words: str) -> None:
                if room not in shown:
                    shown[room] = progress.add_task("", total=None, room=room)
                progress.update(shown[room], description=words)
                if not progress.console.is_terminal:
                    sys.stdout.write(f"{time.monotonic() - began:6.0f} s  {room}: {words}\n")
                    sys.stdout.flush()

            rows = all_rows(folder, render(), wanted.short_min, wanted.only, tell)
        text = as_markdown(rows, _about(commit, wanted.short_min, time.monotonic() - began))
    print(text)
    if wanted.out is not None:
        wanted.out.write_text(text, encoding="utf-8")
    return _verdict(rows)


def _verdict(rows: list[Row]) -> int:
    failed = [row for row in rows if row.faults]
    for row in failed:
        print(f"{row.fault.what}: {'; '.join(row.faults)}")
    print(f"{len(rows) - len(failed)} of {len(rows)} faults went as they must")
    return 1 if failed else 0


def _commit() -> str:
    told = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False)
    return told.stdout.strip() or "unknown"


def _about(commit: str, short_min: float | None, seconds: float) -> dict[str, str]:
    cpu = next(
        (line.split(":", 1)[1].strip() for line in _lines(Path("/proc/cpuinfo")) if line.startswith("model name")),
        platform.processor(),
    )
    flags = f' FAULTS_FLAGS="--short-min {short_min:g}"' if short_min else ""
    host = f"{_cpus()} cores of {cpu}, Linux {platform.release().split('-')[0]}"
    return {
        "date": f"{datetime.now(UTC):%Y-%m-%d}",
        "machine": f"{host}, Python {platform.python_version()}",
        "command": f"make faults{flags}",
        "commit": commit,
        "minutes": f"{seconds / 60:.0f}",
        "without": "" if FAKETIME.exists() else "libfaketime was not there: no clock was set.",
    }


def _cpus() -> int:
    return len(os.sched_getaffinity(0))


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text().splitlines()
    except OSError:
        return []


if __name__ == "__main__":
    sys.exit(main())

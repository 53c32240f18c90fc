"""Does the watch stay as it is? Memory, open files and latency of every process over a long run.

Starts the real watch on virtual cameras, with InfluxDB behind it where this host has one, reads every process once in
ten seconds, and compares the last ten minutes with the first ten after the warm-up.

    .venv/bin/python tests/endurance/soak.py --minutes 60 [--cameras 2] [--out FOLDER]

Exit status 1 if a process lost its flatness: more than 10 MiB an hour of resident memory beyond the warm-up, more open
files, a restart, or a 95th percentile of latency that grew by half.
"""

from __future__ import annotations

import argparse
import contextlib
import csv
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import astuple, dataclass, fields
from pathlib import Path

import psutil
import yaml
import zmq
from rich.progress import Progress, TextColumn, TimeElapsedColumn

from painwatch.config.loader import load_config
from painwatch.config.places import Places
from painwatch.config.resolve import places_for
from painwatch.core.live import Snapshot
from painwatch.core.wire import decode
from servers.influx import InfluxServer, missing

EVERY_S = 10.0
WINDOW_S = 600.0
MOST_MIB_PER_HOUR = 10.0
MOST_LATENCY_RATIO = 1.5


@dataclass(frozen=True)
class Sample:
    """One process at one time since the start."""

    at_s: float
    process: str
    pid: int
    rss_mib: float
    open_files: int
    threads: int


@dataclass(frozen=True)
class Pace:
    """The cage at one time since the start."""

    at_s: float
    latency_ms_p50: float
    latency_ms_p95: float
    points_per_s: float


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--warm-up-minutes", type=float, default=5)
    parser.add_argument("--cameras", type=int, default=2, choices=(1, 2, 4))
    parser.add_argument("--out", type=Path, default=None, help="where samples.csv and pace.csv go")
    arguments = parser.parse_args()
    samples, paces = soak(arguments.minutes * 60, arguments.cameras)
    if arguments.out is not None:
        arguments.out.mkdir(parents=True, exist_ok=True)
        write_table(arguments.out / "samples.csv", Sample, samples)
        write_table(arguments.out / "pace.csv", Pace, paces)
    return report(samples, paces, arguments.warm_up_minutes * 60)


def soak(seconds: float, cameras: int) -> tuple[list[Sample], list[Pace]]:
    """Runs the watch for `seconds`; what was sampled of it."""
    samples: list[Sample] = []
    paces: list[Pace] = []
    with contextlib.ExitStack() as stack:
        name = stack.enter_context(tempfile.TemporaryDirectory(prefix="pw-soak-"))
        config_path = Path(name) / "config.yaml"
        url = stack.enter_context(database(Path(name) / "influx"))
        config_path.write_text(yaml.safe_dump(settings(Path(name), cameras, url)))
        places = places_for(config_path, load_config(config_path))
        columns = (TextColumn("{task.description}"), TimeElapsedColumn())
        with watching(config_path) as supervisor, subscription(places) as socket, Progress(*columns) as progress:
            shown = progress.add_task("starting", total=None)
            started = next_at = time.monotonic()
            while (at_s := time.monotonic() - started) < seconds:
                if supervisor.poll() is not None:
                    raise SystemExit("the watch has ended by itself")
                snapshot = latest(socket)
                if snapshot is None or time.monotonic() < next_at:
                    continue
                next_at += EVERY_S
                samples += list(sampled(snapshot, supervisor.pid, at_s))
                paces += paced(snapshot, at_s)
                progress.update(shown, description=f"{at_s / 60:.0f} of {seconds / 60:.0f} min")
    return samples, paces


@contextlib.contextmanager
def database(folder: Path) -> Iterator[str | None]:
    """The URL of a real InfluxDB with the watch's database; None where this host has none."""
    if missing():
        print(f"without InfluxDB: {missing()}")
        yield None
        return
    with InfluxServer(folder) as server:
        server.query("CREATE DATABASE painwatch")
        yield server.url


def settings(folder: Path, cameras: int, url: str | None) -> dict[str, object]:
    views = ("left", "right")
    cages = [
        {
            "name": f"cage-{number + 1}",
            "species": "rat",
            "strain": "rendered",
            "coat": "white",
            "sample_rate_hz": 4,
            "cameras": [
                {"name": f"cage-{number + 1}-{view}", "source": {"kind": "virtual", "scenario": "demo", "view": view}}
                for view in views[: min(cameras, 2)]
            ],
        }
        for number in range(max(1, cameras // 2))
    ]
    return {
        "version": 1,
        "site": "soak",
        "cages": cages,
        "runtime": {"run_dir": f"/dev/shm/{folder.name}", "data_dir": "data"},
        "page": {"port": 0},
        "sinks": [] if url is None else [{"url": url}],
    }


@contextlib.contextmanager
def watching(config_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-m", "painwatch", "run", "--config", str(config_path)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as run:
        try:
            yield run
        finally:
            run.terminate()


@contextlib.contextmanager
def subscription(places: Places) -> Iterator[zmq.Socket[bytes]]:
    with zmq.Context() as context, context.socket(zmq.SUB) as socket:
        socket.setsockopt(zmq.LINGER, 0)
        socket.subscribe(b"")
        socket.connect(places.live)
        yield socket


def latest(socket: zmq.Socket[bytes]) -> Snapshot | None:
    """The next snapshot, None if none comes for a second."""
    while socket.poll(1000):
        message = decode(socket.recv())
        if isinstance(message, Snapshot):
            return message
    return None


def sampled(snapshot: Snapshot, supervisor: int, at_s: float) -> Iterator[Sample]:
    pids = {process.name: process.pid for process in snapshot.processes if process.pid is not None}
    for name, pid in {"supervisor": supervisor, **pids}.items():
        with contextlib.suppress(psutil.Error):
            one = psutil.Process(pid)
            yield Sample(at_s, name, pid, one.memory_info().rss / 2**20, one.num_fds(), one.num_threads())


def paced(snapshot: Snapshot, at_s: float) -> list[Pace]:
    return [
        Pace(at_s, cage.latency_ms_p50, cage.latency_ms_p95, cage.points_per_s)
        for cage in snapshot.cages
        if cage.latency_ms_p50 is not None and cage.latency_ms_p95 is not None
    ]


def write_table(path: Path, kind: type, rows: list[Sample] | list[Pace]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow([field.name for field in fields(kind)])
        writer.writerows(astuple(row) for row in rows)


def report(samples: list[Sample], paces: list[Pace], warm_up_s: float) -> int:
    """Prints the table; 1 if something was not flat."""
    warm = [sample for sample in samples if sample.at_s >= warm_up_s]
    steady = [pace for pace in paces if pace.at_s >= warm_up_s]
    if len({sample.at_s for sample in warm}) < 3 or not steady:
        raise SystemExit("too short: there is nothing after the warm-up")
    end_s = warm[-1].at_s
    print(f"{platform.machine()}, {psutil.cpu_count()} cores, {time.strftime('%Y-%m-%d')}; {end_s / 60:.0f} min")
    print(f"{'process':24s} {'first MiB':>9s} {'last MiB':>9s} {'MiB/h':>7s} {'files':>11s} {'threads':>9s} starts")
    failed = [line for name in dict.fromkeys(s.process for s in warm) for line in flat(name, warm)]
    first = [pace for pace in steady if pace.at_s <= warm_up_s + WINDOW_S]
    last = [pace for pace in steady if pace.at_s >= end_s - WINDOW_S]
    for name in ("latency_ms_p50", "latency_ms_p95", "points_per_s"):
        before, after = (statistics.median(getattr(pace, name) for pace in part) for part in (first, last))
        print(f"{name:16s} first ten minutes {before:8.2f}, last ten {after:8.2f}, ratio {after / before:.2f}")
        if name == "latency_ms_p95" and after > MOST_LATENCY_RATIO * before:
            failed.append(f"latency p95 grew from {before:.0f} to {after:.0f} ms")
    for line in failed:
        print(f"NOT FLAT: {line}")
    return 1 if failed else 0


def flat(name: str, samples: list[Sample]) -> Iterator[str]:
    """Prints a process' line; gives what is not flat about it."""
    own = [sample for sample in samples if sample.process == name]
    slope = 3600 * slope_of([(sample.at_s, sample.rss_mib) for sample in own])
    files = (own[0].open_files, own[-1].open_files, max(sample.open_files for sample in own))
    threads = (own[0].threads, own[-1].threads)
    starts = len({sample.pid for sample in own})
    print(
        f"{name:24s} {own[0].rss_mib:9.1f} {own[-1].rss_mib:9.1f} {slope:7.2f} "
        f"{files[0]:4d}>{files[1]}<{files[2]:<4d} {threads[0]:4d}>{threads[1]:<4d} {starts}"
    )
    if slope > MOST_MIB_PER_HOUR:
        yield f"{name} grows by {slope:.1f} MiB an hour"
    if files[1] > files[0] + 5:
        yield f"{name} keeps {files[1]} files open, at first {files[0]}"
    if starts > 1:
        yield f"{name} was started {starts} times"


def slope_of(points: list[tuple[float, float]]) -> float:
    """Least squares slope."""
    return statistics.linear_regression(*zip(*points, strict=True)).slope if len(points) > 1 else 0.0


if __name__ == "__main__":
    sys.exit(main())

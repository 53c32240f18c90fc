"""Does the watch stay as it is? Memory, open files and latency of every process over a long run.

Starts the real watch on virtual cameras, with InfluxDB behind it where this host has one, reads every process once in
ten seconds, and compares the last ten minutes with the first ten after the warm-up.

    .venv/bin/python tests/endurance/soak.py --minutes 60 [--cameras 2] [--out FOLDER]

Exit status 1 if a process lost its flatness: more than 10 MiB an hour of resident memory beyond the warm-up, more open
files, a restart, or one that is no longer there at the end; if a 95th percentile of latency grew by half, or there are
fewer than 0.8 of the first moments a second; if a sink has a fault at the end, or more and more waits for it.
"""

from __future__ import annotations

import argparse
import contextlib
import csv
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import astuple, fields
from pathlib import Path

import psutil
import yaml
import zmq
from rich.progress import Progress, TextColumn, TimeElapsedColumn

from endurance.soak_report import Delivery, Pace, Sample, Soaked, report
from painwatch.config.loader import load_config
from painwatch.config.places import Places
from painwatch.config.resolve import places_for
from painwatch.core.live import Snapshot
from painwatch.core.wire import decode
from servers.influx import InfluxServer, missing

EVERY_S = 10.0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--warm-up-minutes", type=float, default=5)
    parser.add_argument("--cameras", type=int, default=2, choices=(1, 2, 4))
    parser.add_argument("--out", type=Path, default=None, help="where samples.csv, pace.csv and sinks.csv go")
    arguments = parser.parse_args()
    soaked = soak(arguments.minutes * 60, arguments.cameras)
    if arguments.out is not None:
        arguments.out.mkdir(parents=True, exist_ok=True)
        write_table(arguments.out / "samples.csv", Sample, soaked.samples)
        write_table(arguments.out / "pace.csv", Pace, soaked.paces)
        write_table(arguments.out / "sinks.csv", Delivery, soaked.deliveries)
    return report(soaked, arguments.warm_up_minutes * 60)


def soak(seconds: float, cameras: int) -> Soaked:
    """Runs the watch for `seconds`; what was sampled of it."""
    soaked = Soaked()
    with contextlib.ExitStack() as stack:
        name = stack.enter_context(tempfile.TemporaryDirectory(prefix="pw-soak-"))
        stack.callback(shutil.rmtree, run_dir(Path(name)), ignore_errors=True)
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
                soaked.samples.extend(sampled(snapshot, supervisor.pid, at_s))
                soaked.paces.extend(paced(snapshot, at_s))
                soaked.deliveries.extend(Delivery(at_s, s.name, s.waiting, s.fault) for s in snapshot.sinks)
                progress.update(shown, description=f"{at_s / 60:.0f} of {seconds / 60:.0f} min")
    return soaked


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
        "runtime": {"run_dir": str(run_dir(folder)), "data_dir": "data"},
        "page": {"port": 0},
        "sinks": [] if url is None else [{"url": url}],
    }


def run_dir(folder: Path) -> Path:
    """Where the pictures go: in memory, as on a real host."""
    return Path("/dev/shm") / folder.name


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


def write_table(path: Path, kind: type, rows: list[Sample] | list[Pace] | list[Delivery]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow([field.name for field in fields(kind)])
        writer.writerows(astuple(row) for row in rows)


if __name__ == "__main__":
    sys.exit(main())

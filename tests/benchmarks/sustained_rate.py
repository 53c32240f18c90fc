"""What one machine sustains: moments a second, latency, processor and memory of every process, for 1, 2 and 4 cameras.

Starts the real watch on virtual cameras of one cage (640x360) and reads what the hub publishes.

    .venv/bin/python tests/benchmarks/sustained_rate.py [--cameras 1 2 4] [--seconds 60] [--sample-rate-hz 4]

Virtual cameras are rendered on the same machine and cost more than a camera would: the table gives them apart.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil
import yaml
import zmq

from painwatch.config.loader import load_config
from painwatch.config.places import Places
from painwatch.config.resolve import places_for
from painwatch.core.live import Snapshot
from painwatch.core.types import FusedPoint, Status
from painwatch.core.wire import decode
from painwatch_engines.virtual_cage import load_scenario

SCENARIO = "four_cameras"


@dataclass(frozen=True)
class Usage:
    """Of one process over the measured time."""

    name: str
    cpu_percent: float
    rss_mb: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cameras", type=int, nargs="+", default=[1, 2, 4])
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--warm-up-s", type=float, default=20)
    parser.add_argument("--sample-rate-hz", type=float, default=4)
    arguments = parser.parse_args()
    print(f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores, {time.strftime('%Y-%m-%d')}")
    for count in arguments.cameras:
        measure(count, arguments.seconds, arguments.warm_up_s, arguments.sample_rate_hz)


def measure(count: int, seconds: float, warm_up_s: float, sample_rate_hz: float) -> None:
    """Print the figures of one run with `count` cameras."""
    with tempfile.TemporaryDirectory(prefix="pw-bench-") as name:
        folder = Path(name)
        config_path = folder / "config.yaml"
        config_path.write_text(yaml.safe_dump(settings(folder, count, sample_rate_hz)))
        places = places_for(config_path, load_config(config_path))
        with watching(config_path), subscription(places) as socket:
            snapshots(socket, warm_up_s)
            before = cpu_seconds(latest(socket))
            started = time.monotonic()
            points = snapshots(socket, seconds)
            elapsed = time.monotonic() - started
            last = latest(socket)
            report(count, points, last, before, cpu_seconds(last), elapsed, sample_rate_hz)


def settings(folder: Path, count: int, sample_rate_hz: float) -> dict[str, object]:
    scenario = load_scenario(SCENARIO)
    cameras = [
        {"name": f"camera-{index}", "source": {"kind": "virtual", "scenario": SCENARIO, "view": view}}
        for index, view in enumerate(scenario.camera_names[:count])
    ]
    animal = {"species": scenario.animal.species, "strain": "rendered", "coat": scenario.animal.coat}
    return {
        "version": 1,
        "site": "benchmark",
        "cages": [{"name": "cage", "sample_rate_hz": sample_rate_hz, "cameras": cameras} | animal],
        "runtime": {"run_dir": f"/dev/shm/{folder.name}", "data_dir": "data"},
        "page": {"port": 0},
    }


@contextlib.contextmanager
def watching(config_path: Path) -> Iterator[None]:
    command = [sys.executable, "-m", "painwatch", "run", "--config", str(config_path)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as run:
        try:
            yield
        finally:
            run.terminate()


@contextlib.contextmanager
def subscription(places: Places) -> Iterator[zmq.Socket[bytes]]:
    context = zmq.Context()
    socket = context.socket(zmq.SUB)
    socket.subscribe(b"")
    socket.connect(places.live)
    try:
        yield socket
    finally:
        socket.close(0)
        context.term()


def snapshots(socket: zmq.Socket[bytes], seconds: float) -> list[FusedPoint]:
    """The fused points published in the next `seconds`."""
    until, points = time.monotonic() + seconds, []
    while (left := until - time.monotonic()) > 0:
        if socket.poll(int(left * 1000) + 1):
            message = decode(socket.recv())
            if isinstance(message, FusedPoint):
                points.append(message)
    return points


def latest(socket: zmq.Socket[bytes]) -> Snapshot:
    while True:
        if not socket.poll(30_000):
            raise SystemExit("the hub says nothing")
        message = decode(socket.recv())
        if isinstance(message, Snapshot):
            return message


def cpu_seconds(snapshot: Snapshot) -> dict[str, float]:
    times = {}
    for process in snapshot.processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            used = psutil.Process(process.pid).cpu_times()
            times[process.name] = used.user + used.system
    return times


def report(
    count: int,
    points: list[FusedPoint],
    last: Snapshot,
    before: dict[str, float],
    after: dict[str, float],
    elapsed: float,
    sample_rate_hz: float,
) -> None:
    cage = last.cages[0]
    rates = [camera.predictions_per_s for camera in last.cameras]
    frames = [camera.state.frames_per_s for camera in last.cameras if camera.state]
    scored = sum(point.status is Status.OK for point in points)
    print(f"\n{count} camera(s), asked for {sample_rate_hz} moments a second, {elapsed:.0f} s measured")
    print(f"  grabbed {statistics.fmean(frames):.2f} frames/s and judged {statistics.fmean(rates):.2f} per camera")
    print(f"  fused points {len(points) / elapsed:.2f}/s, {scored} of {len(points)} scored")
    print(f"  latency grab to fused point: p50 {cage.latency_ms_p50:.0f} ms, p95 {cage.latency_ms_p95:.0f} ms")
    total = 0.0
    for process in last.processes:
        used = 100 * (after[process.name] - before.get(process.name, 0.0)) / elapsed
        total += used
        rss = (process.rss_bytes or 0) / 2**20
        print(f"  {process.name:24s} {used:6.1f} % of a core  {rss:7.1f} MiB")
    print(f"  {'all':24s} {total:6.1f} % of a core")


if __name__ == "__main__":
    main()

"""The watch itself, as its real processes: `painwatch run` on cameras of any kind, what it tells, and what it uses."""

from __future__ import annotations

import contextlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import yaml
import zmq

from benchmarks.trained import FOLDER
from painwatch.config.loader import load_config
from painwatch.config.places import Places
from painwatch.config.resolve import places_for
from painwatch.core.live import Snapshot
from painwatch.core.types import FusedPoint, Status
from painwatch.core.wire import decode

START_S = 180.0
"""The longest that a watch may take to judge its first frames on a crowded host."""

MOST_SETTLING_S = 30
IDLE_CPU_S = 0.1
"""What a page that nobody looks at uses in a second, at most."""

QUIET_STATUSES = (Status.NO_FRAME, Status.STALE, Status.ENGINE_ERROR)
"""Moments of these kinds are no looks."""


class BenchError(RuntimeError):
    """A measurement that cannot be taken: says why."""


@dataclass(frozen=True, slots=True)
class Usage:
    """What all processes of a watch use. `kinds`: processor seconds and memory by kind of process."""

    cpu_s: float
    memory_bytes: int
    processes: int
    cpu_of: dict[str, float]
    memory_of: dict[str, int]


@dataclass(slots=True)
class Told:
    """Moments that the hub published, by camera, and what each took from the grab on, ms.

    `looks` are all; of them `scored` those that scored a face, and `repeated` those that told an earlier answer again.
    """

    looks: Counter[str] = field(default_factory=Counter)
    scored: Counter[str] = field(default_factory=Counter)
    repeated: Counter[str] = field(default_factory=Counter)
    latencies: list[tuple[float, float]] = field(default_factory=list)
    """(seconds by the monotonic clock, ms) of each moment for which a face was scored."""

    def take(self, point: FusedPoint) -> None:
        for share in point.shares:
            if share.status in QUIET_STATUSES:
                continue
            self.looks[share.camera] += 1
            if share.repeated:
                self.repeated[share.camera] += 1
            elif share.status is Status.OK:
                self.scored[share.camera] += 1
        if point.status is Status.OK and not point.repeated:
            self.latencies.append((time.monotonic(), (time.time_ns() - point.time_ns) / 1e6))


@dataclass(slots=True)
class Watch:
    """A running watch. `folder`: of its configuration; `began`: when it was started, by the monotonic clock."""

    folder: Path
    places: Places
    process: subprocess.Popen[bytes]
    socket: zmq.Socket[bytes]
    cameras: tuple[str, ...]
    began: float
    told: Told = field(default_factory=Told)
    engines: set[str] = field(default_factory=set)
    """What computed looks since `settle`."""

    def gather(self, until: Callable[[Told], bool], within_s: float) -> bool:
        """Takes in what is published until something holds; whether it came to that in time.

        Raises:
            BenchError: the watch ended.
        """
        deadline = time.monotonic() + within_s
        while not until(self.told):
            left_s = deadline - time.monotonic()
            if left_s <= 0:
                return False
            if self.process.poll() is not None:
                raise BenchError(f"the watch ended: {(self.folder / 'log').read_text()[-2000:]}")
            if self.socket.poll(min(500, int(1000 * left_s) + 1)):
                self._take(decode(self.socket.recv()))
        return True

    def wait_for_all(self, looks: int) -> float:
        """Until each camera was looked at so often; gives the seconds since the start.

        Raises:
            BenchError: it does not come to that.
        """
        if not self.gather(lambda told: all(told.looks[name] >= looks for name in self.cameras), START_S):
            seen = dict(self.told.looks)
            raise BenchError(f"not every camera is looked at: {seen}; {(self.folder / 'log').read_text()[-2000:]}")
        return time.monotonic() - self.began

    def settle(self) -> None:
        """Until what starts last, the page, has started: then its processor time stands still."""
        for _ in range(MOST_SETTLING_S):
            before = self.usage().cpu_of.get("web", 0.0)
            self.gather(lambda _: False, 1.0)
            if before > 0 and self.usage().cpu_of.get("web", 0.0) - before < IDLE_CPU_S:
                break
        self.engines.clear()

    def computed_in(self, engine_dir: Path | None) -> None:
        """Raises BenchError if looks since `settle` were computed by another engine than the forms in `engine_dir`
        (None: the networks in float32): the chain goes on with the next one where one fails."""
        name = "onnxruntime-cpu" if engine_dir is None else "onnxruntime-cpu-int8"
        if self.engines != {f"{name} + {name}"}:
            raise BenchError(f"looks were to be computed by {name}, but were by {', '.join(sorted(self.engines))}")

    def usage(self) -> Usage:
        """Of the supervisor and everything below it, ended children included."""
        cpu_of: Counter[str] = Counter()
        memory_of: Counter[str] = Counter()
        root = psutil.Process(self.process.pid)
        processes = [root, *root.children(recursive=True)]
        for process in processes:
            with contextlib.suppress(psutil.NoSuchProcess):
                kind, times = _kind(process), process.cpu_times()
                ended = times.children_user + times.children_system
                cpu_of[kind] += times.user + times.system + ended  # type: ignore[assignment]
                memory_of[kind] += process.memory_full_info().pss
        return Usage(sum(cpu_of.values()), sum(memory_of.values()), len(processes), dict(cpu_of), dict(memory_of))

    def _take(self, message: object) -> None:
        if isinstance(message, Snapshot):
            told = (camera.prediction for camera in message.cameras)
            self.engines |= {prediction.engine for prediction in told if prediction and prediction.engine}
        if isinstance(message, FusedPoint):
            self.told.take(message)


def settings(
    sources: Sequence[dict[str, Any]], rate_hz: float, *, engine_dir: Path | None, influx: str = "", run_dir: Path
) -> dict[str, Any]:
    """A configuration: a cage for each source, a white rat in each, and the benchmark's PainSeeker.

    `engine_dir`: where the 8-bit forms of both networks lie; without it both compute in float32.
    """
    animal = {"species": "rat", "strain": "rendered", "coat": "white", "sample_rate_hz": rate_hz}
    cages = [
        animal | {"name": f"cage-{number}", "cameras": [{"name": f"camera-{number}", "source": source}]}
        for number, source in enumerate(sources)
    ]
    chain = ["onnxruntime-cpu"] if engine_dir is None else ["onnxruntime-cpu-int8", "onnxruntime-cpu"]
    runtime = {"run_dir": str(run_dir), "data_dir": "data"} | (
        {} if engine_dir is None else {"engine_dir": str(engine_dir.absolute())}
    )
    return {
        "version": 1,
        "site": "bench",
        "cages": cages,
        "keypoints": {"chain": chain},
        "classifier": {"model": str(FOLDER), "chain": chain},
        "runtime": runtime,
        "page": {"port": 0},
        "sinks": [{"url": influx}] if influx else [],
    }


def end_in_order() -> None:
    """From now on to be told to end is an exception: no watch, server or file is left behind."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))


@contextlib.contextmanager
def watching(
    sources: Sequence[dict[str, Any]],
    rate_hz: float,
    *,
    engine_dir: Path | None,
    influx: str = "",
    more: dict[str, Any] | None = None,
) -> Iterator[Watch]:
    """`painwatch run` on `sources`, each a cage of its own; `more` is put over the settings."""
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="pw-bench-")))
        run_dir = Path("/dev/shm") / folder.name
        stack.callback(shutil.rmtree, run_dir, ignore_errors=True)
        config_path = folder / "config.yaml"
        asked = settings(sources, rate_hz, engine_dir=engine_dir, influx=influx, run_dir=run_dir) | (more or {})
        config_path.write_text(yaml.safe_dump(asked), encoding="utf-8")
        config = load_config(config_path)
        places = places_for(config_path, config)
        context = stack.enter_context(zmq.Context())
        socket = stack.enter_context(context.socket(zmq.SUB))
        socket.setsockopt(zmq.LINGER, 0)
        socket.setsockopt(zmq.RCVHWM, 0)
        socket.subscribe(b"")
        places.run_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        socket.connect(places.live)
        log = stack.enter_context((folder / "log").open("wb"))
        command = [sys.executable, "-m", "painwatch", "run", "--config", str(config_path)]
        began = time.monotonic()
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        stack.callback(_end, process)
        cameras = tuple(camera.name for _, camera in config.cameras)
        yield Watch(folder, places, process, socket, cameras, began)


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(60)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _kind(process: psutil.Process) -> str:
    """capture, infer, hub, web or, for what starts them, supervisor."""
    words = process.cmdline()
    return next((word for word in words if word in ("capture", "infer", "hub", "web")), "supervisor")

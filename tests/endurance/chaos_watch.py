"""A watch that can be hurt: its processes, its disk, its clock and its database."""

from __future__ import annotations

import contextlib
import json
import os
import platform
import random
import signal
import sqlite3
import subprocess
import sys
import time
import uuid
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import psutil
import yaml
import zmq

from endurance.chaos_proxy import POISON, FaultyFront, faulty_front
from painwatch.config.loader import load_config
from painwatch.config.places import Places
from painwatch.config.resolve import places_for
from painwatch.core.alarms import Mark, Request, RequestAction
from painwatch.core.live import Snapshot
from painwatch.core.messages import Message
from painwatch.core.types import MinuteSummary
from painwatch.core.wire import decode, encode
from servers.influx import InfluxServer

FAKETIME = Path(f"/usr/lib/{platform.machine()}-linux-gnu/faketime/libfaketimeMT.so.1")
SHARED_MEMORY = Path("/dev/shm")
DISK_MB = 48
CAGES = ("cage-1", "cage-2")
RATE_HZ = 6


class ChaosWatch:
    """`acknowledged`: the minutes that the hub published, by cage and beginning. `done`: what was done to it."""

    def __init__(self, folder: Path, influx: InfluxServer, front: FaultyFront, disk: Path | None) -> None:
        self.influx, self._front, self._disk = influx, front, disk
        self._before = set(SHARED_MEMORY.glob("*faketime*"))
        self._clock_file = folder / "clock"
        self.step_clock(0.0)
        self.config_path = folder / "config.yaml"
        self.config_path.write_text(yaml.safe_dump(_settings(folder, front.url, disk)))
        self.config = load_config(self.config_path)
        self.places: Places = places_for(self.config_path, self.config)
        self.acknowledged: dict[tuple[str, int], list[MinuteSummary]] = {}
        self.done: Counter[str] = Counter()
        self.answered = front.answered
        self._log = (folder / "run.log").open("ab")
        self._context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        self._socket = self._context.socket(zmq.SUB)
        self._socket.subscribe(b"")
        self._socket.connect(self.places.live)
        self._draw = random.Random(0)
        self._run = self._start()

    def listen(self, seconds: float) -> Snapshot | None:
        """Takes in for so long what the hub publishes; the last snapshot of it. A supervisor that is gone is started
        again, as the system's service manager would.
        """
        until, last = time.monotonic() + seconds, None
        while (left := until - time.monotonic()) > 0:
            if self._run.poll() is not None:
                self._run = self._start()
            if self._socket.poll(min(500, int(left * 1000) + 1)):
                message = decode(self._socket.recv())
                if isinstance(message, Snapshot):
                    last = message
                elif isinstance(message, MinuteSummary):
                    self.acknowledged.setdefault((message.cage, message.start_ns), []).append(message)
        return last

    def kill(self, duty: str) -> None:
        """SIGKILL to one of the processes of a duty, if one is up."""
        pids = [self._run.pid] if duty == "supervisor" else self._children(duty)
        if not pids:
            return
        with contextlib.suppress(ProcessLookupError):
            os.kill(self._draw.choice(pids), signal.SIGKILL)
            self.done[f"kill {duty}"] += 1
        if duty == "supervisor":
            self._run.wait()

    def influx_kill(self) -> None:
        self.influx.kill()
        self.listen(1.0)
        self.influx.start()
        self.done["influx kill"] += 1

    def influx_stop(self) -> None:
        self.influx.kill()
        self.done["influx away"] += 1

    def influx_start(self) -> None:
        self.influx.start()

    def answers(self, fault: str) -> None:
        self._front.fault = "" if fault == "well" else fault
        self.done[f"answers {fault}"] += 1

    def fill_disk(self) -> None:
        """Takes all room that is left on the history's disk."""
        if self._disk is None:
            return
        with contextlib.suppress(OSError), (self._disk / "ballast").open("wb") as ballast:
            while True:
                ballast.write(b"\0" * 65_536)
                ballast.flush()
        self.done["disk full"] += 1

    def free_disk(self) -> None:
        if self._disk is not None:
            (self._disk / "ballast").unlink(missing_ok=True)

    def step_clock(self, offset_s: float) -> None:
        """The wall clock of every process of the watch is so far from the true time from now on."""
        temporary = self._clock_file.with_suffix(".new")
        temporary.write_text(f"{offset_s:+g}\n")
        temporary.replace(self._clock_file)
        if offset_s and FAKETIME.exists() and hasattr(self, "done"):
            self.done["clock step"] += 1

    def mark_poison(self) -> None:
        """Asks the hub for a mark whose line the database will never take."""
        now_ns = time.time_ns()
        mark = Mark(CAGES[0], f"{POISON.decode()} {uuid.uuid4().hex}", now_ns, words="made to be refused", who="chaos")
        request = Request(uuid.uuid4().hex, RequestAction.MARK, now_ns, "chaos", mark=mark)
        self._ask(request)

    def until_points(self, least: int) -> None:
        """Goes on in peace until SQLite holds so many points."""
        while (points := self.points()) < least:
            print(f"{points} points so far", flush=True)
            self.listen(20)

    def until_drained(self, deadline_s: float = 300) -> None:
        """Until nothing waits for InfluxDB and all is on the disk."""
        began = time.monotonic()
        while time.monotonic() - began < deadline_s:
            last = self.listen(2)
            # What is judged goes on and on, so that a little always waits; the end drains the rest.
            if last is not None and all(sink.waiting < 200 for sink in last.sinks) and not last.store.fault:
                return
        raise SystemExit("the outbox does not empty")

    @property
    def undone(self) -> tuple[str, ...]:
        """What this host does not allow to be done to the watch."""
        disk = () if self._disk else ("the full disk: this user may not mount a small file system",)
        clock = () if FAKETIME.exists() else (f"the steps of the clock: {FAKETIME.name} is not installed (faketime)",)
        return disk + clock

    def points(self) -> int:
        with contextlib.suppress(sqlite3.Error), contextlib.closing(self.database()) as database:
            return int(database.execute("SELECT count(*) FROM points").fetchone()[0])
        return 0

    def keep(self, file: Path) -> None:
        """Copies the history out of the small disk, for people to look into."""
        with contextlib.closing(self.database()) as database, contextlib.closing(sqlite3.connect(file)) as copy:
            database.backup(copy)

    def database(self) -> sqlite3.Connection:
        return sqlite3.connect(f"{self.places.database.absolute().as_uri()}?mode=ro", uri=True, timeout=10)

    def stop(self) -> None:
        """Ends the cameras' and models' processes with the watch; then a hub alone empties the outbox."""
        self._end(self._run)
        hub = self._start("hub")
        began = time.monotonic()
        while time.monotonic() - began < 120 and self._left() > 0:
            time.sleep(0.5)
        self._end(hub)
        self.listen_to_rest()

    def listen_to_rest(self) -> None:
        while self._socket.poll(200):
            message = decode(self._socket.recv())
            if isinstance(message, MinuteSummary):
                self.acknowledged.setdefault((message.cage, message.start_ns), []).append(message)

    def close(self) -> None:
        if self._run.poll() is None:
            self._end(self._run)
        self._socket.close(0)
        self._context.term()
        self._log.close()
        # Processes that were killed leave what libfaketime shares among its threads.
        for left in set(SHARED_MEMORY.glob("*faketime*")) - self._before:
            left.unlink(missing_ok=True)

    def _left(self) -> int:
        with contextlib.closing(self.database()) as database:
            return int(database.execute("SELECT count(*) FROM outbox").fetchone()[0])

    def _start(self, verb: str = "run") -> subprocess.Popen[bytes]:
        environment = dict(os.environ)
        if FAKETIME.exists():
            environment |= {
                "LD_PRELOAD": str(FAKETIME),
                "FAKETIME_TIMESTAMP_FILE": str(self._clock_file),
                "FAKETIME_DONT_FAKE_MONOTONIC": "1",
                "FAKETIME_CACHE_DURATION": "1",
                "FAKETIME_DISABLE_SHM": "1",
            }
        command = [sys.executable, "-m", "painwatch", verb, "--config", str(self.config_path)]
        return subprocess.Popen(command, stdout=self._log, stderr=self._log, env=environment)

    @staticmethod
    def _end(process: subprocess.Popen[bytes]) -> None:
        process.terminate()
        process.wait(60)

    def _children(self, duty: str) -> list[int]:
        with contextlib.suppress(psutil.Error):
            children = psutil.Process(self._run.pid).children(recursive=True)
            return [child.pid for child in children if _is_of(child, duty)]
        return []

    def _ask(self, message: Message) -> None:
        socket = self._context.socket(zmq.PUSH)
        socket.setsockopt(zmq.LINGER, 5000)
        socket.connect(self.places.results)
        socket.send(encode(message))
        socket.close()
        self.done["poison"] += 1


def _is_of(child: psutil.Process, duty: str) -> bool:
    try:
        return f" painwatch {duty} " in f" {' '.join(child.cmdline())} "
    except psutil.Error:
        return False


@contextlib.contextmanager
def chaos_watch(folder: Path) -> Iterator[ChaosWatch]:
    with (
        InfluxServer(folder / "influx") as influx,
        faulty_front(influx.url) as front,
        _small_disk(folder / "disk") as disk,
    ):
        influx.query("CREATE DATABASE painwatch")
        with contextlib.closing(ChaosWatch(folder, influx, front, disk)) as watch:
            yield watch


@contextlib.contextmanager
def _small_disk(folder: Path) -> Iterator[Path | None]:
    """A small file system of its own at `folder`; None where this user may not mount one."""
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK_MB}m", "tmpfs", str(folder)]
    if subprocess.run(mount, stderr=subprocess.DEVNULL, check=False).returncode != 0:
        yield None
        return
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=False)


def _settings(folder: Path, url: str, disk: Path | None) -> dict[str, object]:
    cages = [
        {
            "name": name,
            "species": "rat",
            "strain": "rendered",
            "coat": "white",
            "sample_rate_hz": RATE_HZ,
            "cameras": [{"name": f"{name}-left", "source": {"kind": "virtual", "scenario": "demo", "view": "left"}}],
        }
        for name in CAGES
    ]
    return json.loads(
        json.dumps(
            {
                "version": 1,
                "site": "chaos",
                "cages": cages,
                "sinks": [{"name": "influxdb", "url": url, "bucket": "painwatch", "timeout_s": 3}],
                "runtime": {"run_dir": str(folder / "run"), "data_dir": str((disk or folder) / "data")},
                "page": {"port": 0},
            }
        )
    )

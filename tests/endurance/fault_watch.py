"""A running watch of the fault table: everything it says is kept with the time at which it was heard."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
import zmq

from painwatch.config.places import Places
from painwatch.core.alarms import AlarmLive, AlarmPhase
from painwatch.core.live import CageLive, CameraLive, Snapshot
from painwatch.core.messages import Message
from painwatch.core.signals import AlarmKind
from painwatch.core.types import CameraPhase, FusedPoint, ProcessState, Status
from painwatch.core.wire import decode, encode

STARTED_WITHIN_S = 420.0
RAISED = (AlarmPhase.ACTIVE, AlarmPhase.ACKNOWLEDGED, AlarmPhase.CLEARED)

AlarmKey = tuple[str, str]


@dataclass(frozen=True)
class Raised:
    """An alarm that became active, and how it stood then. `ended_s`: when it was so no more (monotonic)."""

    at_s: float
    alarm: AlarmLive
    ended_s: float | None = None


@dataclass
class Heard:
    """All that was said. Written by one thread, read by others."""

    snapshot: Snapshot | None = None
    snapshot_s: float = 0.0
    raised: dict[AlarmKey, list[Raised]] = field(default_factory=dict)
    scored: dict[str, list[float]] = field(default_factory=dict)

    def take(self, message: object, now_s: float) -> None:
        match message:
            case Snapshot():
                self.snapshot, self.snapshot_s = message, now_s
                self._alarms(message, now_s)
            case FusedPoint() if message.status is Status.OK:
                # By when the animal was looked at, on the clock that is not set: a point may wait for its minute.
                age_s = 0.0 if self.snapshot is None else (self.snapshot.time_ns - message.time_ns) / 1e9
                self.scored.setdefault(message.cage, []).append(now_s - max(0.0, min(age_s, 120.0)))

    def _alarms(self, snapshot: Snapshot, now_s: float) -> None:
        active = {(alarm.rule, alarm.subject): alarm for alarm in snapshot.alarms if alarm.phase in RAISED}
        for key, alarm in active.items():
            known = self.raised.setdefault(key, [])
            if not known or known[-1].ended_s is not None:
                known.append(Raised(now_s, alarm))
        for key, known in self.raised.items():
            if key not in active and known[-1].ended_s is None:
                known[-1] = Raised(known[-1].at_s, known[-1].alarm, now_s)


class FaultWatch:
    """`painwatch run` in `folder`, heard by a thread of its own."""

    def __init__(self, folder: Path, settings: dict[str, Any], environment: dict[str, str] | None = None) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder, self.settings = folder, settings
        self.config_path = write_config(folder, settings)
        runtime = settings.get("runtime", {})
        self.places = Places(folder / "run", folder / runtime.get("data_dir", "data"))
        self.heard = Heard()
        self.began_s = 0.0
        self._environment = environment
        self._ends = threading.Event()
        self._process: subprocess.Popen[bytes] | None = None
        self._thread = threading.Thread(target=self._listen, name=f"hearing {folder.name}")

    def __enter__(self) -> FaultWatch:
        command = [sys.executable, "-m", "painwatch", "run", "--config", str(self.config_path)]
        self.began_s = time.monotonic()
        with (self.folder / "run.log").open("wb") as log:
            environment = os.environ | (self._environment or {})
            self._process = subprocess.Popen(command, stdout=log, stderr=log, env=environment)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._process is not None:
            self._process.terminate()
            try:
                self._process.wait(60)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        self._ends.set()
        self._thread.join()

    @property
    def snapshot(self) -> Snapshot:
        """The last one; an AssertionError if none has come yet."""
        assert self.heard.snapshot is not None, "the hub has not been heard yet"
        return self.heard.snapshot

    @property
    def silent_s(self) -> float | None:
        """Since the hub's last word."""
        return None if self.heard.snapshot is None else time.monotonic() - self.heard.snapshot_s

    def cage(self, name: str) -> CageLive | None:
        return next((cage for cage in self.snapshot.cages if cage.name == name), None)

    def camera(self, name: str) -> CameraLive | None:
        return next((camera for camera in self.snapshot.cameras if camera.name == name), None)

    def process(self, name: str) -> ProcessState | None:
        return next((process for process in self.snapshot.processes if process.name == name), None)

    def judges(self, cage: str) -> bool:
        """Whether the cage was scored in the last seconds by a hub that is heard."""
        if self.heard.snapshot is None or time.monotonic() - self.heard.snapshot_s > 3:
            return False
        scored = self.heard.scored.get(cage, [])
        live = all(
            c.state is not None and c.state.phase is CameraPhase.LIVE for c in self.snapshot.cameras if c.cage == cage
        )
        return live and bool(scored) and time.monotonic() - scored[-1] < 15

    def raised_since(self, since_s: float, keys: Callable[[AlarmKey], bool]) -> list[tuple[AlarmKey, Raised]]:
        """What became active since then, in order of time."""
        found = [
            (key, raised)
            for key, known in list(self.heard.raised.items())
            if keys(key)
            for raised in known
            if raised.at_s >= since_s
        ]
        return sorted(found, key=lambda one: one[1].at_s)

    def welfare_since(self, since_s: float, cages: Callable[[str], bool]) -> list[AlarmKey]:
        everything = self.raised_since(since_s, lambda _: True)
        return [key for key, raised in everything if raised.alarm.kind is AlarmKind.WELFARE and cages(key[1])]

    def scored_between(self, cage: str, from_s: float, to_s: float) -> int:
        return sum(from_s <= at_s <= to_s for at_s in list(self.heard.scored.get(cage, [])))

    def until(self, holds: Callable[[], object], within_s: float) -> float | None:
        """The seconds until it held; None if it did not within that time, or the watch ended."""
        began_s = time.monotonic()
        while (took_s := time.monotonic() - began_s) < within_s:
            assert self._process is None or self._process.poll() is None, f"the watch of {self.folder.name} has ended"
            if self.heard.snapshot is not None and holds():
                return took_s
            time.sleep(0.1)
        return None

    def started(self, cages: list[str]) -> None:
        """Waits until all these cages are scored."""
        if self.until(lambda: all(map(self.judges, cages)), STARTED_WITHIN_S) is None:
            dark = [name for name in cages if not self.judges(name)] if self.heard.snapshot else cages
            raise AssertionError(f"{self.folder.name}: never judged {', '.join(dark)}; see {self.folder / 'run.log'}")

    def send(self, *messages: Message | bytes) -> None:
        """To the hub's socket, as one of its own processes would."""
        with zmq.Context() as context, context.socket(zmq.PUSH) as socket:
            socket.setsockopt(zmq.LINGER, 10_000)
            socket.setsockopt(zmq.SNDHWM, 0)
            socket.connect(self.places.results)
            for message in messages:
                socket.send(message if isinstance(message, bytes) else encode(message))

    def signal(self, process: str, number: signal.Signals) -> bool:
        """To one of the processes, as the hub last told it."""
        state = self.process(process) if self.heard.snapshot else None
        if state is None or state.pid is None:
            return False
        with contextlib.suppress(ProcessLookupError):
            os.kill(state.pid, number)
            return True
        return False

    def pid_of(self, *verb: str) -> int | None:
        """Of the supervisor's child that runs this verb, whether or not the hub can tell."""
        assert self._process is not None
        wanted = " ".join(("painwatch", *verb, "--config"))
        for entry in Path(f"/proc/{self._process.pid}/task").glob("*/children"):
            for pid in _read(entry).split():
                if wanted in _read(Path(f"/proc/{pid}/cmdline")).replace("\0", " "):
                    return int(pid)
        return None

    def _listen(self) -> None:
        # The socket file comes anew with every hub: ZeroMQ finds it again by itself.
        with zmq.Context() as context, context.socket(zmq.SUB) as socket:
            socket.setsockopt(zmq.LINGER, 0)
            socket.subscribe(b"")
            socket.connect(self.places.live)
            while not self._ends.is_set():
                if socket.poll(200):
                    self.heard.take(decode(socket.recv()), time.monotonic())


@contextlib.contextmanager
def killing(watch: FaultWatch, *verb: str, number: signal.Signals = signal.SIGKILL) -> Iterator[None]:
    """Sends a signal to a process and to each that takes its place, until the block ends."""
    ends = threading.Event()

    def work() -> None:
        hit: set[int] = set()
        while not ends.wait(0.2):
            pid = watch.pid_of(*verb)
            if pid is not None and pid not in hit:
                hit.add(pid)
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, number)

    thread = threading.Thread(target=work, name=f"killing {' '.join(verb)}")
    thread.start()
    try:
        yield
    finally:
        ends.set()
        thread.join()
        pid = watch.pid_of(*verb)
        if number is signal.SIGSTOP and pid is not None:
            os.kill(pid, signal.SIGCONT)


@contextlib.contextmanager
def stopped(watch: FaultWatch, *verb: str) -> Iterator[None]:
    """Holds one process still; the watchdog ends that by itself, else the end of the block."""
    pid = watch.pid_of(*verb)
    assert pid is not None, f"{verb} does not run"
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGCONT)


def write_config(folder: Path, settings: dict[str, Any]) -> Path:
    path = folder / "config.yaml"
    runtime = {"run_dir": "run", "data_dir": "data"} | settings.get("runtime", {})
    whole = {"version": 1, "site": folder.name, "page": {"port": 0}} | settings | {"runtime": runtime}
    path.write_text(yaml.safe_dump(whole), encoding="utf-8")
    return path


def _read(path: Path) -> str:
    try:
        return path.read_bytes().decode(errors="replace")
    except OSError:
        return ""

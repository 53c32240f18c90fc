"""What stands around a watch that is to be broken: cameras, a disk, a clock, an engine, and a history that is full."""

from __future__ import annotations

import contextlib
import os
import platform
import sqlite3
import subprocess
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from painwatch.core.types import FusedPoint, Status
from painwatch.store.writer import Writer
from servers.mjpeg_server import MjpegServer
from servers.web_hook import WebHook

FAKETIME = Path(f"/usr/lib/{platform.machine()}-linux-gnu/faketime/libfaketimeMT.so.1")
FPS = 4
ANIMAL = {"species": "rat", "strain": "rendered", "coat": "white", "sample_rate_hz": 1}


@dataclass
class Cameras:
    """HTTP cameras, each to be broken by itself."""

    pictures: tuple[bytes, ...]
    servers: dict[str, MjpegServer] = field(default_factory=dict)

    def cage(self, name: str, *, login: dict[str, Any] | None = None, **facts: Any) -> dict[str, Any]:
        """The settings of a cage with one camera, NAME-cam, whose server then runs."""
        server = self.servers[name] = MjpegServer(pictures=self.pictures).start()
        query = {"fps": FPS} | ({"auth": 1} if login else {})
        source = {"kind": "http_mjpeg", "url": server.url(**query)} | (login or {})
        return ANIMAL | facts | {"name": name, "cameras": [{"name": f"{name}-cam", "source": source}]}

    def __enter__(self) -> Cameras:
        return self

    def __exit__(self, *_: object) -> None:
        for server in self.servers.values():
            server.fault = ""
            server.stop()

    @contextlib.contextmanager
    def unplugged(self, name: str) -> Iterator[None]:
        self.servers[name].stop()
        try:
            yield
        finally:
            self.servers[name].start()

    @contextlib.contextmanager
    def broken(self, name: str, fault: str) -> Iterator[None]:
        """`fault`: see servers.mjpeg_server."""
        self.servers[name].fault = fault
        try:
            yield
        finally:
            self.servers[name].fault = ""

    @contextlib.contextmanager
    def showing(self, name: str, pictures: tuple[bytes, ...]) -> Iterator[None]:
        """Other pictures than those of the animal."""
        self.servers[name].pictures = pictures
        try:
            yield
        finally:
            self.servers[name].pictures = self.pictures


@dataclass
class Clock:
    """The wall clock of every process that is started with `environment`."""

    file: Path

    @property
    def environment(self) -> dict[str, str]:
        return {
            "LD_PRELOAD": str(FAKETIME),
            "FAKETIME_TIMESTAMP_FILE": str(self.file),
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "FAKETIME_CACHE_DURATION": "1",
            "FAKETIME_DISABLE_SHM": "1",
        }

    def set(self, offset_s: float) -> None:
        """So far from the true time from now on."""
        self.file.parent.mkdir(parents=True, exist_ok=True)
        temporary = self.file.with_suffix(".new")
        temporary.write_text(f"{offset_s:+g}\n")
        temporary.replace(self.file)

    @contextlib.contextmanager
    def off_by(self, offset_s: float) -> Iterator[None]:
        self.set(offset_s)
        try:
            yield
        finally:
            self.set(0)


@dataclass
class People:
    """What a target was told."""

    hook: WebHook
    known: int = 0

    def begin(self) -> None:
        """What was told before does not count."""
        self.known = len(self.hook.taken)

    def last_word(self) -> str | None:
        """That the watch is down, in the words that were sent."""
        for one in self.hook.taken[self.known :]:
            text = f"{one.message.get('title', '')}: {one.message.get('message', '')}"
            if "the watch is down" in text:
                return text.splitlines()[0]
        return None


@contextlib.contextmanager
def small_disk(folder: Path, megabytes: int) -> Iterator[Path | None]:
    """A small file system of its own at `folder`; None where this user may not mount one."""
    folder.mkdir(parents=True)
    mount = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(folder)]
    if subprocess.run(mount, stderr=subprocess.DEVNULL, check=False).returncode != 0:
        yield None
        return
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=False)


@contextlib.contextmanager
def full(disk: Path) -> Iterator[None]:
    """Takes all room that is there, and whatever is given up, until the block ends."""
    ballast, ends = disk / "ballast", threading.Event()

    def fill() -> None:
        with contextlib.suppress(OSError), ballast.open("ab", buffering=0) as file:
            while not ends.is_set():
                file.write(b"\0" * 65_536)

    def go_on() -> None:
        while not ends.is_set():
            fill()
            ends.wait(0.2)

    thread = threading.Thread(target=go_on, name="filling a disk")
    thread.start()
    try:
        yield
    finally:
        ends.set()
        thread.join()
        ballast.unlink()


def filled_history(path: Path, site: str, megabytes: float) -> None:
    """A history with so much of an old cage's moments in it, of yesterday."""
    path.parent.mkdir(parents=True, exist_ok=True)
    begin_ns = time.time_ns() - 40 * 3600 * 10**9
    point = FusedPoint(cage="old", time_ns=begin_ns, status=Status.NO_FACE, shares=())
    with contextlib.closing(Writer(path, site=site, keep_points_days=30)) as writer:
        writer.put(point)
    with contextlib.closing(sqlite3.connect(path)) as database:
        columns = [row[1] for row in database.execute("PRAGMA table_info(points)")]
        taken = ", ".join(f"time_ns + n * 100000000 AS {c}" if c == "time_ns" else c for c in columns)
        page = database.execute("PRAGMA page_size").fetchone()[0]
        done = 0
        while database.execute("PRAGMA page_count").fetchone()[0] * page < megabytes * 2**20:
            database.execute(
                f"WITH RECURSIVE steps(n) AS (SELECT {done + 1} UNION ALL SELECT n + 1 FROM steps"
                f" WHERE n < {done + 10000})"
                f" INSERT INTO points ({', '.join(columns)}) SELECT {taken} FROM steps,"
                f" (SELECT * FROM points WHERE cage = 'old' ORDER BY time_ns LIMIT 1)"
            )
            database.commit()
            done += 10_000


def gpu_stand_in(folder: Path, worker: str) -> tuple[dict[str, str], Path]:
    """Environment in which `worker` has a GPU engine that computes as the CPU does, until the file is there."""
    folder.mkdir(parents=True)
    switch = folder / "broken"
    (folder / "sitecustomize.py").write_text(_STAND_IN.format(worker=worker, switch=str(switch)))
    path = os.pathsep.join(filter(None, (str(folder), os.environ.get("PYTHONPATH"))))
    return {"PYTHONPATH": path}, switch


_STAND_IN = """
import sys

if "infer" in sys.orig_argv and {worker!r} in sys.orig_argv:
    from pathlib import Path

    from painwatch_engines.errors import EngineError
    from painwatch_engines.runtime import selection
    from painwatch_engines.runtime.onnxruntime_session import open_cpu

    NAME, SWITCH = "onnxruntime-cuda", Path({switch!r})

    def check():
        if SWITCH.exists():
            raise EngineError("the GPU fell off the bus", NAME, "Look at it.")

    class StandIn:
        engine = NAME
        most_batched = 1

        def __init__(self, inner):
            self._inner = inner

        def run(self, inputs):
            check()
            return self._inner.run(inputs)

    def open_stand_in(model, plans, threads):
        check()
        return StandIn(open_cpu(model))

    selection.ENGINES[NAME] = open_stand_in
"""

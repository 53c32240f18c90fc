"""The supervisor: starts the children, starts dead ones again, tells the hub, and stops them in order."""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import psutil

from painwatch.config.models import Config
from painwatch.config.places import Places
from painwatch.core.clock import Clock, SystemClock
from painwatch.core.types import ProcessState
from painwatch.hub_line import HubLine, hub_line
from painwatch.one_instance import only_instance
from painwatch.supervise import leash, life
from painwatch.supervise.child_log import keep_small, last_lines, open_log
from painwatch.supervise.life import Life
from painwatch.supervise.roster import ONE_THREAD, Child, Duty, children_of

log = logging.getLogger(__name__)

LOOK_S = 0.1
"""How often the children are looked after: a death is answered within this time."""

TELL_S = 2.0
"""How often the hub is told of every child, and its use of the processor and memory measured."""

STOP_S = 5.0
"""How long a child may take to stop before it is killed."""

QUEUE_LENGTH = 200
"""Messages kept while the hub is away."""


def run_supervisor(
    config: Config,
    places: Places,
    *,
    config_path: Path,
    stop: threading.Event,
    shown: AbstractContextManager[None] | None = None,
) -> None:
    """Keep every process of `config` alive until `stop` is set, then stop them in order and tidy up.

    `shown` is entered once it is certain that no other supervisor runs here, and left when all children have ended.

    Must run in a thread that lives as long as the process: children end when the thread that started them does.

    Raises:
        PainwatchError: another supervisor runs in the same run_dir, or the folder cannot be used.
    """
    children = children_of(config, config_path.absolute(), sys.executable)
    keep_alive(children, places, stop=stop, shown=shown)


def keep_alive(
    children: Sequence[Child],
    places: Places,
    *,
    stop: threading.Event,
    environment: Mapping[str, str] = ONE_THREAD,
    stop_s: float = STOP_S,
    clock: Clock | None = None,
    shown: AbstractContextManager[None] | None = None,
) -> None:
    """As `run_supervisor`, for any children; `environment` is added to the supervisor's own."""
    ticking = clock or SystemClock()
    with (
        only_instance(places.lock),
        shown or contextlib.nullcontext(),
        hub_line(places.results, kept=QUEUE_LENGTH) as line,
    ):
        _forget_starts(places)
        (places.run_dir / "frames").mkdir(mode=0o700, exist_ok=True)
        kept = [_Kept(child, places.log(child.name), life.unborn(ticking.now())) for child in children]
        try:
            told_at = time.monotonic() - TELL_S
            while not stop.is_set():
                changed = [one for one in kept if _look_after(one, ticking, environment)]
                if time.monotonic() - told_at >= TELL_S:
                    told_at, changed = time.monotonic(), kept
                    for one in kept:
                        _measure(one)
                for one in changed:
                    line.send(_state(one, ticking))
                stop.wait(LOOK_S)
        finally:
            _stop_all(kept, ticking, stop_s, line)
            _tidy(places)


@dataclass(slots=True)
class _Kept:
    """One child with its process, if it is up."""

    child: Child
    log_path: Path
    life: Life
    process: subprocess.Popen[bytes] | None = None
    probe: psutil.Process | None = None
    cpu_percent: float | None = None
    rss_bytes: int | None = None
    last_lines: tuple[str, ...] = field(default=())


def _look_after(one: _Kept, clock: Clock, environment: Mapping[str, str]) -> bool:
    """Start the child if it is due, note its end if it has ended; whether anything changed."""
    before = one.life
    if one.process is not None and (code := one.process.poll()) is not None:
        _note_end(one, life.why_ended(code), clock)
    if life.is_due(one.life, clock.now()):
        _start(one, clock, environment)
    one.life = life.settled(one.life, clock.now())
    return one.life != before


def _start(one: _Kept, clock: Clock, environment: Mapping[str, str]) -> None:
    command = [sys.executable, "-I", "-S", str(leash.__file__), str(os.getpid()), *one.child.command]
    try:
        output = open_log(one.log_path, f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ} {one.child.name}")
        try:
            # A session of its own: Ctrl-C in the terminal reaches the supervisor alone, which then stops in order.
            one.process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env={**os.environ, **environment},
                start_new_session=True,
            )
        finally:
            os.close(output)
    except OSError as error:
        _note_end(one, f"cannot be started ({error.strerror})", clock)
        return
    one.life = life.started(one.life, one.process.pid, clock.now())
    log.info("%s started as process %d", one.child.name, one.process.pid)


def _note_end(one: _Kept, reason: str, clock: Clock) -> None:
    now = clock.now()
    one.last_lines = last_lines(one.log_path)
    one.life = life.ended(one.life, reason, now)
    one.process = one.probe = one.cpu_percent = one.rss_bytes = None
    pause_s = ((one.life.due_mono_ns or now.mono_ns) - now.mono_ns) / 1e9
    when = f"in {pause_s:g} s" if pause_s else "at once"
    said = f"; it last said: {one.last_lines[-1]}" if one.last_lines else ""
    log.warning("%s %s, starts again %s%s", one.child.name, reason, when, said)


def _measure(one: _Kept) -> None:
    keep_small(one.log_path)
    if one.process is None:
        return
    with contextlib.suppress(psutil.Error):
        first = one.probe is None
        probe = one.probe = one.probe or psutil.Process(one.process.pid)
        cpu = probe.cpu_percent()
        # The first answer of psutil has no earlier moment to compare with and is always 0.
        one.cpu_percent = None if first else cpu
        one.rss_bytes = probe.memory_info().rss


def _state(one: _Kept, clock: Clock) -> ProcessState:
    return ProcessState(
        name=one.child.name,
        phase=one.life.phase,
        time_ns=clock.now().wall_ns,
        since_ns=one.life.since.wall_ns,
        pid=one.life.pid,
        restarts=one.life.restarts,
        reason=one.life.reason,
        last_lines=one.last_lines,
        cpu_percent=one.cpu_percent,
        rss_bytes=one.rss_bytes,
    )


def _stop_all(kept: Sequence[_Kept], clock: Clock, stop_s: float, line: HubLine) -> None:
    for is_hub in (False, True):
        wave = sorted((k for k in kept if (k.child.duty is Duty.HUB) == is_hub), key=lambda k: k.child.duty)
        for one in wave:
            if one.process is not None:
                one.process.send_signal(signal.SIGTERM)
        deadline = time.monotonic() + stop_s
        for one in wave:
            _await_end(one, deadline)
            one.life = life.stopped(one.life, clock.now())
            line.send(_state(one, clock))


def _await_end(one: _Kept, deadline: float) -> None:
    if one.process is None:
        return
    try:
        one.process.wait(max(0.0, deadline - time.monotonic()))
    except subprocess.TimeoutExpired:
        log.warning("%s did not stop in time and was killed", one.child.name)
        os.killpg(one.process.pid, signal.SIGKILL)
        one.process.wait()
    one.process = None


def _forget_starts(places: Places) -> None:
    """Remove what the cameras of the last run agreed on, also when that run was killed."""
    for kind in ("recording", "virtual"):
        for pattern in (f"{kind}-*.epoch", f".{kind}-*.epoch.*"):
            for epoch in places.run_dir.glob(pattern):
                epoch.unlink(missing_ok=True)


def _tidy(places: Places) -> None:
    """Remove what the children shared: by name, since the folder may be a person's own, with files of theirs in it."""
    frames = places.run_dir / "frames"
    named = ("results.sock", "live.sock", "hub.lock")  # the supervisor's own lock stays until it is let go
    for left in (*frames.glob("*.ring"), *frames.glob(".*.ring.new"), *(places.run_dir / name for name in named)):
        left.unlink(missing_ok=True)
    with contextlib.suppress(OSError):
        frames.rmdir()
    _forget_starts(places)

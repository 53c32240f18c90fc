"""One child as a process: starting it, looking after it, ending it, and what is told of it."""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import psutil

from painwatch.core.clock import Clock
from painwatch.core.types import ProcessPhase, ProcessState
from painwatch.progress import steps_told
from painwatch.service_manager import ENVIRONMENT
from painwatch.supervise import leash, life, verdicts
from painwatch.supervise.child_log import keep_small, last_lines, open_log
from painwatch.supervise.life import Life
from painwatch.supervise.roster import Child
from painwatch.supervise.verdicts import Limits, Pulse

log = logging.getLogger(__name__)

ABORT_S, TERM_S = 3.0, 5.0
"""How long a child that is ended for standing still may take to print where it stands, and one that uses too much
memory to end in order; it is killed then."""

UNKILLABLE_S = 1.0
"""The kernel ends a killed process at once, unless a driver holds it; nothing can be done then."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """A child that is being ended, and why. `kill_mono_ns`: when patience ends, None once it was killed."""

    reason: str
    kill_mono_ns: int | None


@dataclass(slots=True)
class Kept:
    """One child with its process, if it is up."""

    child: Child
    log_path: Path
    progress_path: Path
    life: Life
    process: subprocess.Popen[bytes] | None = None
    probe: psutil.Process | None = None
    pulse: Pulse = field(default_factory=Pulse)
    sentence: Sentence | None = None
    cpu_percent: float | None = None
    rss_bytes: int | None = None
    last_lines: tuple[str, ...] = field(default=())


def look_after(one: Kept, clock: Clock, environment: Mapping[str, str]) -> bool:
    """Start the child if it is due, note its end if it has ended; whether anything changed."""
    before = one.life
    now = clock.now()
    if one.process is not None and (code := one.process.poll()) is not None:
        note_end(one, one.sentence.reason if one.sentence else life.why_ended(code), clock)
    elif (sentence := one.sentence) and sentence.kill_mono_ns is not None and now.mono_ns >= sentence.kill_mono_ns:
        _signal_all(one, signal.SIGKILL)
        one.sentence = Sentence(sentence.reason, None)
    if life.is_due(one.life, now):
        _start(one, clock, environment)
    one.life = life.settled(one.life, clock.now())
    return one.life != before


def measure(one: Kept, limits: Limits, clock: Clock) -> None:
    """Take the child's use of processor and memory and its progress, and end it if it breaks a limit."""
    keep_small(one.log_path)
    if one.process is None:
        return
    one.pulse = verdicts.looked(one.pulse, steps_told(one.progress_path), clock.now())
    ceiling, over = limits.memory_bytes.get(one.child.duty), ""
    with contextlib.suppress(psutil.Error):
        first = one.probe is None
        probe = one.probe = one.probe or psutil.Process(one.process.pid)
        cpu = probe.cpu_percent()
        # The first answer of psutil has no earlier moment to compare with and is always 0.
        one.cpu_percent = None if first else cpu
        one.rss_bytes = probe.memory_info().rss
        one.pulse = verdicts.weighed(one.pulse, one.rss_bytes, ceiling)
        over = verdicts.why_over(one.pulse, one.rss_bytes, ceiling)
    if one.sentence is not None:
        return
    if over:
        _end(one, over, signal.SIGTERM, TERM_S, clock)
    elif still := verdicts.why_still(one.pulse, limits):
        # Its last lines are then where each of its threads stood: children run with PYTHONFAULTHANDLER.
        _end(one, still, signal.SIGABRT, ABORT_S, clock)


def up_for_s(one: Kept, clock: Clock) -> float | None:
    """Since the child's start, None if it is not up or has made no step yet."""
    if one.process is None or one.sentence is not None or one.pulse.steps is None:
        return None
    return (clock.now().mono_ns - one.life.started_mono_ns) / 1e9


def state_of(one: Kept, clock: Clock) -> ProcessState:
    """The message that tells how the child is."""
    return ProcessState(
        name=one.child.name,
        phase=ProcessPhase.RESTARTING if one.sentence else one.life.phase,
        time_ns=clock.now().wall_ns,
        since_ns=one.life.since.wall_ns,
        pid=one.life.pid,
        restarts=one.life.restarts,
        reason=one.sentence.reason if one.sentence else one.life.reason,
        last_lines=one.last_lines,
        cpu_percent=one.cpu_percent,
        rss_bytes=one.rss_bytes,
    )


def ask_to_stop(one: Kept) -> None:
    """Send SIGTERM, if there is anyone to get it."""
    if one.process is not None:
        one.process.send_signal(signal.SIGTERM)


def await_end(one: Kept, deadline_s: float) -> None:
    """Wait for the end until `deadline_s` (monotonic), then kill; what it shared of its progress is removed."""
    if one.process is not None:
        try:
            one.process.wait(max(0.0, deadline_s - time.monotonic()))
        except subprocess.TimeoutExpired:
            log.warning("%s did not stop in time and was killed", one.child.name)
            _signal_all(one, signal.SIGKILL)
            with contextlib.suppress(subprocess.TimeoutExpired):
                one.process.wait(UNKILLABLE_S)
            if one.process.returncode is None:
                log.error("%s cannot even be killed: the kernel holds process %d", one.child.name, one.process.pid)
    one.process, one.sentence = None, None
    one.progress_path.unlink(missing_ok=True)


def note_end(one: Kept, reason: str, clock: Clock) -> None:
    """The child has ended, or could not be started."""
    now = clock.now()
    one.last_lines = last_lines(one.log_path)
    one.life = life.ended(one.life, reason, now)
    one.process = one.probe = one.sentence = one.cpu_percent = one.rss_bytes = None
    pause_s = ((one.life.due_mono_ns or now.mono_ns) - now.mono_ns) / 1e9
    when = f"in {pause_s:g} s" if pause_s else "at once"
    said = f"; it last said: {one.last_lines[-1]}" if one.last_lines else ""
    log.warning("%s %s, starts again %s%s", one.child.name, reason, when, said)


def spawned(
    command: Sequence[str], log_path: Path, name: str, environment: Mapping[str, str]
) -> subprocess.Popen[bytes]:
    """`command` on the leash, its words in `log_path`. Raises OSError."""
    output = open_log(log_path, f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ} {name}")
    ours = {key: value for key, value in os.environ.items() if key not in ENVIRONMENT}
    try:
        # A session of its own: Ctrl-C in the terminal reaches the supervisor alone, which then stops in order.
        return subprocess.Popen(
            [sys.executable, "-I", "-S", str(leash.__file__), str(os.getpid()), *command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env={**ours, **environment},
            start_new_session=True,
        )
    finally:
        os.close(output)


def _start(one: Kept, clock: Clock, environment: Mapping[str, str]) -> None:
    one.pulse = Pulse()
    try:
        one.progress_path.unlink(missing_ok=True)
        one.process = spawned(one.child.command, one.log_path, one.child.name, environment)
    except OSError as error:
        note_end(one, f"cannot be started ({error.strerror})", clock)
        return
    one.life = life.started(one.life, one.process.pid, clock.now())
    log.info("%s started as process %d", one.child.name, one.process.pid)


def _end(one: Kept, reason: str, kindly: signal.Signals, patience_s: float, clock: Clock) -> None:
    log.warning("%s %s and is ended", one.child.name, reason)
    one.sentence = Sentence(reason, clock.now().mono_ns + round(patience_s * 1e9))
    if one.process is not None:
        one.process.send_signal(kindly)


def _signal_all(one: Kept, number: signal.Signals) -> None:
    if one.process is not None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(one.process.pid, number)

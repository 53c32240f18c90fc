"""One kind of hostile input, tried in a process that may die of it."""

from __future__ import annotations

import contextlib
import gc
import mmap
import os
import resource
import struct
import subprocess
import sys
import tempfile
import time
import traceback
from dataclasses import dataclass, field
from pathlib import Path

from hostile.kinds import KINDS
from hostile.trial import number_of

HANGS_AFTER_S = 60.0
READY_WITHIN_S = 300.0
"""Starting the processes that a kind is for may take long on a busy machine."""

MEMORY_BYTES = 4 * 2**30
"""That the process may take; with more an input is a crash, and not the end of the machine."""

WARM_AFTER = 30
"""Inputs after which all that is loaded once is loaded."""

_STATE = struct.Struct("=qqqqqqd")
_MOST_TOLD = 20
_TESTS = str(Path(__file__).parents[1])


@dataclass
class Outcome:
    """What became of a kind. `growth_mib`: of resident memory between inputs, from when it was warm to its highest."""

    name: str
    tried: int = 0
    accepted: int = 0
    refused: int = 0
    unclear: int = 0
    crashes: int = 0
    growth_mib: float = 0.0
    slowest_s: float = 0.0
    findings: list[str] = field(default_factory=list)


def tried(name: str, folder: Path, seconds: float, seed: int, first: int) -> Outcome:
    """Tries inputs of the kind until the time is up, in as many processes as die of it."""
    outcome, end, nth, turn = Outcome(name), time.monotonic() + seconds, first, 0
    while time.monotonic() < end and outcome.crashes < _MOST_TOLD:
        turn += 1
        state, log = folder / f"state-{turn}", folder / f"log-{turn}"
        state.write_bytes(bytes(_STATE.size))
        own = folder / str(turn)
        own.mkdir()
        left_s = max(1.0, end - time.monotonic())
        command = [sys.executable, "-m", "endurance.fuzz_kind", name, str(own), str(left_s), str(seed), str(nth)]
        with log.open("wb") as said:
            paths = os.pathsep.join([_TESTS, *filter(None, [os.environ.get("PYTHONPATH")])])
            environment = os.environ | {"PYTHONPATH": paths}
            child = subprocess.Popen(
                [*command, str(state)], stdout=said, stderr=said, env=environment, start_new_session=True
            )
        why = _watched(child, state)
        done, counts, accepted, refused, unclear, grown, slowest_s = _STATE.unpack(state.read_bytes())
        outcome.tried += counts
        outcome.accepted += accepted
        outcome.refused += refused
        outcome.unclear += unclear
        outcome.growth_mib = max(outcome.growth_mib, grown / 2**20)
        outcome.slowest_s = max(outcome.slowest_s, slowest_s)
        words = log.read_text(errors="replace").splitlines()
        outcome.findings += [line for line in words if line.startswith("input ")][:_MOST_TOLD]
        if not why:
            break
        outcome.crashes += 1
        outcome.findings.append(f"input {nth + done}: {why}; last words: {' / '.join(words[-3:])[:400]}")
        nth += done + 1
    return outcome


def _watched(child: subprocess.Popen[bytes], state: Path) -> str:
    """Waits for the process; why it did not end well, empty if it did."""
    last, since = b"", time.monotonic()
    while child.poll() is None:
        time.sleep(0.1)
        now = state.read_bytes()
        if now != last:
            last, since = now, time.monotonic()
        elif time.monotonic() - since > (wait_s := HANGS_AFTER_S if any(last) else READY_WITHIN_S):
            for signal in (15, 9):
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(child.pid, signal)
                with contextlib.suppress(subprocess.TimeoutExpired):
                    child.wait(10)
                    break
            return f"not done after {wait_s:.0f} s"
    return "" if child.returncode == 0 else f"the process ended with {child.returncode}"


def child(name: str, folder: Path, seconds: float, seed: int, first: int, state_path: Path) -> None:
    """Tries inputs and writes after each how far it has come: who watches reads it even if this process dies."""
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    folder.mkdir(exist_ok=True)
    with state_path.open("r+b") as file, mmap.mmap(file.fileno(), _STATE.size) as state, KINDS[name](folder) as trial:
        state[:] = _STATE.pack(0, 0, 0, 0, 0, 0, 1e-9)  # ready
        end, nth, counts, grown, slowest_s, base = time.monotonic() + seconds, 0, [0, 0, 0, 0], 0, 0.0, 0
        while time.monotonic() < end:
            began = time.monotonic()
            try:
                one = trial.one(number_of(name, seed, first + nth))
                counts = [counts[0] + one.tried, counts[1] + one.accepted, counts[2] + one.refused, counts[3]]
            except Exception as error:
                counts[0], counts[3] = counts[0] + 1, counts[3] + 1
                at = traceback.extract_tb(error.__traceback__)[-1]
                words = f"{type(error).__name__} in {Path(at.filename).name}:{at.lineno}: {error}"[:500]
                print(f"input {first + nth}: {words!r}", flush=True)
            nth += 1
            slowest_s = max(slowest_s, time.monotonic() - began)
            if nth == WARM_AFTER:
                gc.collect()
                base = trial.rss()
            elif base:
                grown = max(grown, trial.rss() - base)
            state[:] = _STATE.pack(nth, *counts, grown, slowest_s)


if __name__ == "__main__":
    tempfile.tempdir = sys.argv[2]
    child(sys.argv[1], Path(sys.argv[2]), float(sys.argv[3]), int(sys.argv[4]), int(sys.argv[5]), Path(sys.argv[6]))

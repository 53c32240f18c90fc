"""Two clocks, read together: wall time to say when, monotonic time to say how long ago."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Stamp:
    """One instant on both clocks. `wall_ns`: UTC since 1970; `mono_ns`: comparable on one host and boot only."""

    wall_ns: int
    mono_ns: int


class Clock(Protocol):
    """Where a process gets the time from; tests pass one they can turn."""

    def now(self) -> Stamp: ...


class SystemClock:
    """The host's clocks."""

    def now(self) -> Stamp:
        return Stamp(time.time_ns(), time.monotonic_ns())

"""What the supervisor said of one process, and the readings that come of it."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field

from painwatch.core.alarms import Reading
from painwatch.core.minutes import MINUTE_NS
from painwatch.core.signals import Signal
from painwatch.core.types import ProcessPhase, ProcessState

WITHIN_NS = 10 * MINUTE_NS

SILENT_NS = 30_000_000_000
"""A supervisor that says nothing of a process for so long says nothing: what it said last is no longer known."""

LONGEST_LINE = 200


@dataclass(slots=True)
class ProcessHeard:
    """One process. Only starts since it was first heard of count."""

    last: ProcessState | None = None
    heard_ns: int = 0
    starts: deque[tuple[int, int]] = field(default_factory=deque)

    def state(self, state: ProcessState, passed_ns: int) -> None:
        if self.last is not None and state.restarts != self.last.restarts:
            # A supervisor that was started anew counts from nothing.
            more = state.restarts - self.last.restarts
            self.starts.append((passed_ns, more if more > 0 else state.restarts))
        self.last, self.heard_ns = state, passed_ns

    def readings(self, name: str, time_ns: int, passed_ns: int) -> Iterator[Reading]:
        if self.last is None:
            return
        while self.starts and self.starts[0][0] <= passed_ns - WITHIN_NS:
            self.starts.popleft()
        since_ns = passed_ns - self.heard_ns
        known = since_ns <= SILENT_NS and self.last.phase is not ProcessPhase.STOPPED
        restarts = float(sum(count for _, count in self.starts)) if known else None
        yield Reading(Signal.PROCESS_DOWN_S, name, time_ns, self._down_s(since_ns) if known else None, self._why())
        yield Reading(Signal.PROCESS_RESTARTS, name, time_ns, restarts, self._why())

    def _down_s(self, since_ns: int) -> float:
        if self.last is None or self.last.phase is ProcessPhase.RUNNING:
            return 0.0
        # Both times of a state are of one clock, the supervisor's.
        return max(0, self.last.time_ns - self.last.since_ns + since_ns) / 1e9

    def _why(self) -> str:
        if self.last is None or not self.last.reason:
            return ""
        lines = f"; it last said: {self.last.last_lines[-1][:LONGEST_LINE]}" if self.last.last_lines else ""
        return f"{self.last.reason}{lines}"

"""How fast looks come and how old they are when they count. Pure."""

from __future__ import annotations

import math
from collections import deque

from painwatch.core.types import FusedPoint

WINDOW_NS = 10_000_000_000
KEPT = 200
"""Scored points whose latency is kept."""

KEPT_NS = 60_000_000_000
"""For so long; what a cage's latency was before it fell silent is not its latency now."""

_UNDER_WAY = 1000


class Rate:
    """Events a second over the last 10 s, or since the start if that is nearer (but never over less than 1 s)."""

    def __init__(self, started_mono_ns: int) -> None:
        self._started_ns = started_mono_ns
        self._times: deque[int] = deque()

    def count(self, mono_ns: int) -> None:
        self._times.append(mono_ns)
        self._forget(mono_ns)

    def per_s(self, mono_ns: int) -> float:
        self._forget(mono_ns)
        return len(self._times) * 1e9 / max(1_000_000_000, min(WINDOW_NS, mono_ns - self._started_ns))

    def _forget(self, mono_ns: int) -> None:
        while self._times and self._times[0] <= mono_ns - WINDOW_NS:
            self._times.popleft()


class Latency:
    """Age of the oldest frame of each scored point at the time it was fused, ms: the frame's age when its prediction
    was sent, and the time it then waited here.
    """

    def __init__(self) -> None:
        self._taken: dict[str, deque[tuple[int, float]]] = {}
        self._kept: deque[tuple[int, float]] = deque(maxlen=KEPT)

    def came(self, camera: str, time_ns: int, age_ms: float, mono_ns: int) -> None:
        """A look of `camera` at `time_ns` came in, `age_ms` after it was sent as its frame."""
        waiting = self._taken.setdefault(camera, deque(maxlen=_UNDER_WAY))
        if waiting and time_ns <= waiting[-1][0]:
            waiting.clear()
        waiting.append((time_ns, mono_ns / 1e6 - age_ms))

    def used(self, point: FusedPoint, mono_ns: int) -> float | None:
        """Latency of a point, from the looks it was made of; None if they are no longer known."""
        taken_ms = [
            took for share in point.shares if (took := _take(self._taken.get(share.camera), point.time_ns)) is not None
        ]
        return mono_ns / 1e6 - min(taken_ms) if taken_ms else None

    def keep(self, latency_ms: float | None, mono_ns: int) -> None:
        if latency_ms is not None:
            self._kept.append((mono_ns, latency_ms))

    def percentiles(self, mono_ns: int) -> tuple[float | None, float | None]:
        """Median and 95th percentile (nearest rank) of the last 60 s; None without a point."""
        while self._kept and self._kept[0][0] < mono_ns - KEPT_NS:
            self._kept.popleft()
        if not self._kept:
            return None, None
        ordered = sorted(latency_ms for _, latency_ms in self._kept)
        return ordered[math.ceil(0.5 * len(ordered)) - 1], ordered[math.ceil(0.95 * len(ordered)) - 1]


def _take(waiting: deque[tuple[int, float]] | None, from_ns: int) -> float | None:
    # A point takes each camera's earliest look at or after its own time.
    while waiting:
        time_ns, taken_ms = waiting.popleft()
        if time_ns >= from_ns:
            return taken_ms
    return None

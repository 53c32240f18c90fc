"""What the hub knows of its own host and of those it delivers to, as readings. Pure: what happened is handed in."""

from __future__ import annotations

import math
from collections import deque

from painwatch.core.alarms import Reading
from painwatch.core.live import SinkLive, StoreLive, TargetLive
from painwatch.core.signals import SITE, Signal

HOUR_NS = 3_600_000_000_000
MINUTE_NS = 60_000_000_000

STUCK_S = 5.0
"""A history that has been at one piece of writing for longer is taken for one that cannot be written."""

_FOR_EVER_S = 1e9


class HostReadings:
    """Gives a reading of every signal of the host, each time it is asked."""

    def __init__(self) -> None:
        self._refused, self._pruned = Within(MINUTE_NS), Within(HOUR_NS)
        self._dead: dict[str, Within] = {}

    def at(
        self,
        time_ns: int,
        *,
        store: StoreLive,
        stuck_s: float = 0.0,
        disk_free: float | None,
        sinks: tuple[SinkLive, ...],
        targets: tuple[TargetLive, ...],
        refused: int,
    ) -> tuple[Reading, ...]:
        """Readings at `time_ns` (UTC).

        Args:
            stuck_s: for how long the history has been at one piece of writing; infinite if nobody writes any more.
            disk_free: free part (0..1) of the disk that holds the history; None if it cannot be asked.
            refused: messages refused since the hub began.
        """
        return (
            _of_store(store, stuck_s, time_ns),
            Reading(Signal.DISK_FREE_FRACTION, SITE, time_ns, disk_free),
            Reading(Signal.HISTORY_PRUNED, SITE, time_ns, self._pruned.more(store.pruned, time_ns)),
            Reading(Signal.REFUSED_MESSAGES, SITE, time_ns, self._refused.more(refused, time_ns)),
            *(self._of_sink(sink, time_ns) for sink in sinks),
            *(
                Reading(
                    Signal.SINK_REFUSED,
                    sink.name,
                    time_ns,
                    self._dead.setdefault(sink.name, Within(HOUR_NS)).more(sink.refused, time_ns),
                )
                for sink in sinks
            ),
            *(
                Reading(Signal.NOTICE_AGE_S, target.name, time_ns, _since_s(target.oldest_ns, time_ns), target.fault)
                for target in targets
            ),
        )

    @staticmethod
    def _of_sink(sink: SinkLive, time_ns: int) -> Reading:
        return Reading(Signal.SINK_BACKLOG_S, sink.name, time_ns, _since_s(sink.oldest_ns, time_ns), sink.fault)


class Within:
    """How much a count that only grows has grown within a span of time. What it was at first is no growth."""

    def __init__(self, span_ns: int) -> None:
        self._span_ns = span_ns
        self._seen: deque[tuple[int, int]] = deque()

    def more(self, count: int, time_ns: int) -> float:
        """Growth up to `count` at `time_ns` over the span before it."""
        if self._seen and time_ns < self._seen[-1][0]:
            self._seen.clear()  # the clock was set back
        if not self._seen or self._seen[-1][1] != count:
            self._seen.append((time_ns, count))
        # The last count from before the span is where the growth began.
        while len(self._seen) > 1 and self._seen[1][0] <= time_ns - self._span_ns:
            self._seen.popleft()
        return float(count - self._seen[0][1])


def _of_store(store: StoreLive, stuck_s: float, time_ns: int) -> Reading:
    """A disk that does not answer tells no fault."""
    fault_s = _since_s(store.fault_since_ns, time_ns) if store.fault else 0.0
    if stuck_s <= max(fault_s, STUCK_S):
        return Reading(Signal.STORE_FAULT_S, SITE, time_ns, fault_s, store.fault)
    why = "nobody writes it any more" if stuck_s == math.inf else "its disk does not answer"
    return Reading(Signal.STORE_FAULT_S, SITE, time_ns, min(stuck_s, _FOR_EVER_S), store.fault or why)


def _since_s(then_ns: int | None, time_ns: int) -> float:
    return 0.0 if then_ns is None else max(0.0, (time_ns - then_ns) / 1e9)

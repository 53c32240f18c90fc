"""What alarms last read, for the databases: who judges the same numbers there must come to the same end. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from painwatch.core.alarms import Reading
from painwatch.core.signals import Signal


class LatestReadings:
    """The latest value of each signal and subject since they were last taken.

    What can be told for a moment only is given out, too: the alarms judged it.
    """

    def __init__(self) -> None:
        self._latest: dict[tuple[Signal, str], Reading] = {}
        self._taken_ns: dict[tuple[Signal, str], int] = {}

    def given(self, readings: Iterable[Reading]) -> None:
        """The alarms were given these, in this order."""
        for reading in readings:
            if reading.value is not None:
                self._latest[reading.signal, reading.subject] = reading

    def take(self) -> tuple[Reading, ...]:
        """All of them, each with its own time; of one signal and subject never the same time twice."""
        latest = {key: one for key, one in self._latest.items() if one.time_ns != self._taken_ns.get(key)}
        self._taken_ns |= {key: one.time_ns for key, one in latest.items()}
        self._latest.clear()
        return tuple(latest.values())

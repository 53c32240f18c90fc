"""What alarms last read, for the databases: who judges the same numbers there must come to the same end. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from painwatch.core.alarms import Reading
from painwatch.core.signals import Signal


class LatestReadings:
    """The latest reading of each signal and subject since they were last taken."""

    def __init__(self) -> None:
        self._latest: dict[tuple[Signal, str], Reading] = {}

    def given(self, readings: Iterable[Reading]) -> None:
        """The alarms were given these, in this order."""
        for reading in readings:
            self._latest[reading.signal, reading.subject] = reading

    def take(self) -> tuple[Reading, ...]:
        """Those that can be told, each with its own time; none of them is given out again."""
        latest = tuple(reading for reading in self._latest.values() if reading.value is not None)
        self._latest.clear()
        return latest

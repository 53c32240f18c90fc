"""What was handed over and is not written yet, and what is written and was not told yet; any thread may ask."""

from __future__ import annotations

import threading
from collections import deque

from painwatch.core.types import CameraState, ProcessState
from painwatch.store.ledger import Refused, Told, Written, refused_of
from painwatch.store.pending import Pending
from painwatch.store.rows import Record
from painwatch.store.states import States

MOST_TOLD = 10_000


class Intake:
    """Groups of records on their way into the history; `limit` as in Pending.

    `waiting`: records not yet written. `lost`: those there was no room for, or that no table took. `conflicts`: those
    whose place was taken by another value.
    """

    def __init__(self, limit: int) -> None:
        self._lock, self._pending, self._states = threading.Lock(), Pending(limit), States()
        self._told: deque[Told] = deque(maxlen=MOST_TOLD)
        self._refused: deque[Refused] = deque(maxlen=MOST_TOLD)
        self._not_stored = self.conflicts = 0

    @property
    def waiting(self) -> int:
        with self._lock:
            return len(self._pending)

    @property
    def lost(self) -> int:
        with self._lock:
            return self._pending.lost + self._not_stored

    def put(self, records: tuple[Record, ...]) -> None:
        """Takes a group in; of states of cameras and processes only news."""
        with self._lock:
            group = tuple(
                record
                for record in records
                if not isinstance(record, CameraState | ProcessState) or self._states.is_news(record)
            )
            if group:
                self._pending.add(group)
                for dropped in self._pending.refused:
                    self._refused.extend(refused_of(dropped, "the history cannot be written, and too much waits"))
                self._pending.refused.clear()

    def take(self, records: int) -> tuple[Record, ...]:
        """The records of the oldest groups, about so many; in hand until `written` or `back`."""
        with self._lock:
            return tuple(record for group in self._pending.take(records) for record in group)

    def back(self) -> None:
        """What was in hand could not be written, and waits again."""
        with self._lock:
            self._pending.back()

    def written(self, outcome: Written) -> None:
        """What was in hand is on disk."""
        with self._lock:
            self._pending.written()
            self._told.extend(outcome.told)
            self._refused.extend(outcome.refused)
            self._not_stored += outcome.lost
            self.conflicts += outcome.conflicts

    def committed(self) -> tuple[Told, ...]:
        """What came to be on disk since the last call and is to be told; at most the last MOST_TOLD are kept."""
        with self._lock:
            told = tuple(self._told)
            self._told.clear()
        return told

    def refused(self) -> tuple[Refused, ...]:
        """Requests since the last call of which a record will never be on disk; at most the last MOST_TOLD are kept."""
        with self._lock:
            refused = tuple(self._refused)
            self._refused.clear()
        return refused

"""What a camera was owed of late, and how much of it was not done for want of time. Pure."""

from __future__ import annotations

from collections import deque

WINDOW_S = 60


class Owed:
    """The looks of the last minute, done and lost. Seconds are those of a clock that does not go back."""

    def __init__(self) -> None:
        self._seconds: deque[tuple[int, int, int]] = deque()

    def count(self, second: int, *, done: int, lost: int) -> None:
        """`done` looks were taken in this second; `lost` more were owed by then, and nobody had the time."""
        if self._seconds and self._seconds[-1][0] == second:
            _, earlier_done, earlier_lost = self._seconds.pop()
            done, lost = done + earlier_done, lost + earlier_lost
        self._seconds.append((second, done, lost))
        self._forget(second)

    def overrun(self, second: int) -> float:
        """Share of the looks owed in the minute up to this second that were not done, 0..1; 0 if none were owed."""
        self._forget(second)
        lost = sum(each[2] for each in self._seconds)
        owed = lost + sum(each[1] for each in self._seconds)
        return lost / owed if owed else 0.0

    def _forget(self, second: int) -> None:
        while self._seconds and self._seconds[0][0] <= second - WINDOW_S:
            self._seconds.popleft()

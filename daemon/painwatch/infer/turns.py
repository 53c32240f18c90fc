"""Whose turn it is when there is not time for all: the camera that is furthest behind its share. Pure, and timeless.

Each camera's share is as its sample rate. This is start-time fair queueing (Goyal, Vin and Cheng, SIGCOMM 1996) with
d'Hondt's order: every look puts its camera one sample period further along; the one that a look would leave least far
goes first. Among cameras that all wait, none then gets less than its share by a whole look.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

CREDIT = 16
"""Looks that a camera which was not waiting can make up for, at most: one that was away for an hour must not hold up
the others for as long. Fewer than 4 cost a fast camera some of its share whenever it is between two frames."""


class Turns:
    """Who has had how much, of cameras numbered as their periods are given (any unit, > 0)."""

    def __init__(self, periods: Sequence[float]) -> None:
        self._periods = tuple(periods)
        self._along = [0.0] * len(self._periods)
        self._served = 0.0

    def next(self, waiting: Iterable[int], most: int | None = None) -> list[int]:
        """Those of the waiting who are to be served now, the first first: at most so many, and none who would come
        only after the second look of another."""
        present = list(waiting)
        for each in present:
            self._along[each] = max(self._along[each], self._served - CREDIT * self._periods[each])
        ordered = sorted(present, key=lambda each: self._along[each] + self._periods[each])[:most]
        second = min((self._along[each] + 2 * self._periods[each] for each in ordered), default=0.0)
        return [each for each in ordered if self._along[each] + self._periods[each] <= second]

    def looked(self, camera: int) -> None:
        """This camera, which waited, had its look."""
        self._served = max(self._served, self._along[camera])
        self._along[camera] += self._periods[camera]

"""Groups of records that wait to be written, bounded. Pure; its owner holds a lock around it."""

from __future__ import annotations

from collections import deque
from itertools import islice

from painwatch.core.types import FusedPoint
from painwatch.core.vitals import Vitals
from painwatch.store.rows import Record

Group = tuple[Record, ...]


class Pending:
    """At most `limit` points (and vitals, which count as such) wait, and at most twice as many records in all: where
    that is too little for the others, points make room, the oldest first. What found no room is counted in `lost`.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._groups: deque[Group] = deque()
        self._in_hand: tuple[Group, ...] = ()
        self._points = self._others = 0
        self.lost = 0

    def __len__(self) -> int:
        return self._points + self._others

    def add(self, group: Group) -> None:
        """Lets a group wait. Points of it may be lost by themselves, all else only together."""
        points, others = _counts(group)
        too_many = max(0, self._points + points - self._limit)
        if too_many:
            group = _without_points(group, keep=points - too_many)
            self.lost += too_many
            points -= too_many
        if others:
            missing = len(self) + points + others - 2 * self._limit
            if missing > 0:
                self._drop_points(missing)
            if len(self) + points + others > 2 * self._limit:
                self.lost += len(group)
                return
        if group:
            self._groups.append(group)
            self._points += points
            self._others += others

    def take(self, records: int) -> tuple[Group, ...]:
        """The oldest groups, of so many records in all or one group of more; in hand until `written` or `back`."""
        count, groups = 0, 0
        for group in self._groups:
            count += len(group)
            if groups and count > records:
                break
            groups += 1
        self._in_hand = tuple(islice(self._groups, groups))
        for _ in self._in_hand:
            self._groups.popleft()
        return self._in_hand

    def written(self) -> None:
        """What was in hand no longer waits."""
        for group in self._in_hand:
            points, others = _counts(group)
            self._points -= points
            self._others -= others
        self._in_hand = ()

    def back(self) -> None:
        """What was in hand waits again, before all else."""
        self._groups.extendleft(reversed(self._in_hand))
        self._in_hand = ()

    def _drop_points(self, count: int) -> None:
        """Drops the oldest points not in hand: at least `count` and a tenth of the limit more, not to be back soon."""
        missing = count + self._limit // 10
        kept: deque[Group] = deque()
        for group in self._groups:
            points, _ = _counts(group)
            if points and missing > 0:
                group = _without_points(group, keep=0)
                missing -= points
                self._points -= points
                self.lost += points
            if group:
                kept.append(group)
        self._groups = kept


def _counts(group: Group) -> tuple[int, int]:
    points = sum(isinstance(record, FusedPoint | Vitals) for record in group)
    return points, len(group) - points


def _without_points(group: Group, *, keep: int) -> Group:
    """The group with only its first `keep` points."""
    left: list[Record] = []
    for record in group:
        if isinstance(record, FusedPoint | Vitals):
            if keep <= 0:
                continue
            keep -= 1
        left.append(record)
    return tuple(left)

"""Groups of records that wait to be written, bounded. Pure; its owner holds a lock around it."""

from __future__ import annotations

from collections import deque
from itertools import count

from painwatch.core.alarms import AlarmMemory, Mark, Transition
from painwatch.store.rows import Passing, Record

Group = tuple[Record, ...]

MOST_REFUSED = 10_000


class Pending:
    """At most `limit` points wait (vitals and readings count as such), and at most twice as many records in all: where
    that is too little for the others, points make room, the oldest first. What found no room is counted in `lost`;
    the last groups of such are in `refused` until somebody clears it.

    A newer memory of an alarm takes the place of one that still waits, unless a transition or mark goes with that: a
    hub that is killed between the two goes on from an older memory then, and judges what is stored again, to the same
    end. What a person did, and what readings brought about, could not be judged again.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._groups: dict[int, Group] = {}
        self._in_hand: dict[int, Group] = {}
        self._numbers = count()
        self._memories: dict[tuple[str, str], int] = {}
        self._points = self._others = 0
        self.lost = 0
        self.refused: deque[Group] = deque(maxlen=MOST_REFUSED)

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
            superseded = self._superseded(group)
            missing = len(self) + points + others - len(superseded) - 2 * self._limit
            if missing > 0:
                self._drop_points(missing)
            if len(self) + points + others - len(superseded) > 2 * self._limit:
                self.lost += len(group)
                self.refused.append(group)
                return
            for key, number in superseded.items():
                self._forget(key, number)
        if group:
            number = next(self._numbers)
            self._groups[number] = group
            self._points += points
            self._others += others
            stands_alone = not any(isinstance(record, Transition | Mark) for record in group)
            for key in _memories(group):
                if stands_alone:
                    self._memories[key] = number
                else:
                    self._memories.pop(key, None)

    def take(self, records: int) -> tuple[Group, ...]:
        """The oldest groups, of so many records in all or one group of more; in hand until `written` or `back`."""
        counted = 0
        for number, group in self._groups.items():
            counted += len(group)
            if self._in_hand and counted > records:
                break
            self._in_hand[number] = group
        for number in self._in_hand:
            del self._groups[number]
        return tuple(self._in_hand.values())

    def written(self) -> None:
        """What was in hand no longer waits."""
        for group in self._in_hand.values():
            points, others = _counts(group)
            self._points -= points
            self._others -= others
        self._in_hand = {}

    def back(self) -> None:
        """What was in hand waits again, before all else."""
        self._groups = self._in_hand | self._groups
        self._in_hand = {}

    def _superseded(self, group: Group) -> dict[tuple[str, str], int]:
        """Memories that `group` would take the place of, and the groups they are in; those in hand stay."""
        found = {key: self._memories.get(key, -1) for key in _memories(group)}
        return {key: number for key, number in found.items() if number in self._groups}

    def _forget(self, key: tuple[str, str], number: int) -> None:
        left = tuple(record for record in self._groups[number] if _key(record) != key)
        self._others -= len(self._groups[number]) - len(left)
        if left:
            self._groups[number] = left
        else:
            del self._groups[number]

    def _drop_points(self, missing: int) -> None:
        """Drops the oldest points not in hand: those missing, and a tenth of the limit more, not to be back soon."""
        missing += self._limit // 10
        kept: dict[int, Group] = {}
        for number, group in self._groups.items():
            points, _ = _counts(group)
            left = group
            if points and missing > 0:
                left = _without_points(group, keep=0)
                missing -= points
                self._points -= points
                self.lost += points
            if left:
                kept[number] = left
        self._groups = kept


def _counts(group: Group) -> tuple[int, int]:
    points = sum(isinstance(record, Passing) for record in group)
    return points, len(group) - points


def _key(record: Record) -> tuple[str, str] | None:
    return (record.rule, record.subject) if isinstance(record, AlarmMemory) else None


def _memories(group: Group) -> set[tuple[str, str]]:
    return {key for record in group if (key := _key(record)) is not None}


def _without_points(group: Group, *, keep: int) -> Group:
    """The group with only its first `keep` points."""
    left: list[Record] = []
    for record in group:
        if isinstance(record, Passing):
            if keep <= 0:
                continue
            keep -= 1
        left.append(record)
    return tuple(left)

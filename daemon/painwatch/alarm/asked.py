"""Requests of people that were done already, and which marks can be taken."""

from __future__ import annotations

import msgspec

from painwatch.alarm.baseline import BASELINE
from painwatch.core.alarms import AlarmMemory, Mark

KEPT_REQUESTS = 1000
LONGEST_ID = 64
LONGEST_TEXT = 500

_RULE, _SUBJECT = "", "requests"
"""No rule and no alarm is called so."""


class Asked:
    """Which requests were done, so that the same one told twice is done once; also after a restart."""

    def __init__(self, cages: tuple[str, ...]) -> None:
        self._cages = cages
        self._done: dict[str, None] = {}
        self._marks: dict[tuple[str, int, str], Mark] = {}

    def resumes(self, stored: AlarmMemory) -> bool:
        """Whether `stored` is the memory of what was asked; it is then taken up."""
        if (stored.rule, stored.subject) != (_RULE, _SUBJECT):
            return False
        try:
            self._done = dict.fromkeys(msgspec.json.decode(stored.body, type=list[str])[-KEPT_REQUESTS:])
        except msgspec.DecodeError:
            self._done = {}
        return True

    def knows(self, request_id: str) -> bool:
        return request_id in self._done

    def did(self, request_id: str, time_ns: int) -> AlarmMemory:
        """The request is done; what to store of that."""
        self._done[request_id] = None
        while len(self._done) > KEPT_REQUESTS:
            del self._done[next(iter(self._done))]
        return AlarmMemory(_RULE, _SUBJECT, time_ns, msgspec.json.encode(list(self._done)).decode())

    def marked(self, mark: Mark) -> None:
        """The mark is made: another one of its name, at its time, can no longer be."""
        self._marks.setdefault((mark.cage, mark.time_ns, mark.name), mark)

    def refuses(self, mark: Mark | None) -> str:
        """Why a mark cannot be taken; empty if it can."""
        if mark is None:
            return "there is no mark in the request"
        if mark.cage not in self._cages:
            return f"there is no cage {mark.cage!r}; there are {', '.join(self._cages)}"
        if not mark.name.strip() or len(mark.name) > LONGEST_TEXT or len(mark.words) > LONGEST_TEXT:
            return f"a mark needs a name, and neither that nor its words may be longer than {LONGEST_TEXT} characters"
        if mark.end_ns is not None and mark.end_ns <= mark.time_ns:
            return "the mark ends before it begins"
        if mark.name == BASELINE and mark.end_ns is None:
            return "a baseline is an interval: say when it ends"
        there = self._marks.get((mark.cage, mark.time_ns, mark.name), mark)
        if (there.end_ns, there.words, there.who) != (mark.end_ns, mark.words, mark.who):
            return f"{there.who or 'somebody'} has marked {mark.name!r} at that very time already; that mark stays"
        return ""

"""What people are answered: that a thing is done only once it stands on the disk, else why it is not."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from painwatch.core.alarms import Answer, Mark, Request, Transition
from painwatch.hub.site import Outcome
from painwatch.store.ledger import Refused, Told

MOST_WAITING = 1000
"""Requests that wait to be stored."""


class Answers:
    """Which requests wait to be stored; gives `tell` each answer."""

    def __init__(self, tell: Callable[[Answer], None]) -> None:
        self._tell = tell
        self._waiting: set[str] = set()

    @property
    def full(self) -> bool:
        """Whether no more requests can be taken: what nobody could answer must not be done."""
        return len(self._waiting) >= MOST_WAITING

    def refuse(self, request: Request, why: str) -> None:
        self._tell(Answer(request.id, False, why))

    def taken(self, request: Request, outcome: Outcome) -> None:
        """A request that was refused or done before is answered at once, one that does something once it is kept."""
        changes = any(judged.of or judged.transitions for judged in outcome.judged)
        if outcome.refused:
            self.refuse(request, outcome.refused)
        elif changes:
            self._waiting.add(request.id)
        elif request.id not in self._waiting:
            self._tell(Answer(request.id, True))

    def stored(self, records: Iterable[Told]) -> None:
        """These are on the disk."""
        done = {record.request for record in records if isinstance(record, Transition | Mark) and record.request}
        for request in done:
            self._waiting.discard(request)
            self._tell(Answer(request, True))

    def lost(self, refused: Iterable[Refused]) -> None:
        """These will never be on the disk."""
        for one in refused:
            self._waiting.discard(one.request)
            words = f"it was not stored: {one.why}; what it did is forgotten when the hub is started anew"
            self._tell(Answer(one.request, False, words))

"""One turn of carrying records to a sink: what it takes is done, what it will never take is found and set aside.

A sink tells that something among many lines is refused, not reliably which: halving finds it. A line is set aside only
after the sink has taken another one in the same turn. A database that refuses all it is given is the wrong one, full or
broken: it gets nothing more, and keeps its whole outbox, until it takes something again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from painwatch.sinks.answers import Answer, Meaning

SUSPECTS = 10
"""So many lines refused one by one, and none taken: enough to ask whether the sink takes anything at all."""

WITNESSES_AMONG = 2000
"""Among so many of the oldest records, and as many of the newest, the newest one of each measurement is tried as a
witness: of what was written under a wrong clock, or was kept for longer than the database keeps it, all the oldest may
be refused.
"""

_GIVEN_UP = (Meaning.LATER, Meaning.HELD)


class Waiting(Protocol):
    """A record that waits: `id` is its row, `line` its line protocol without a line break."""

    @property
    def id(self) -> int: ...
    @property
    def line(self) -> bytes: ...


class OutboxState(Protocol):
    """`waiting`: rows; `oldest_ns`: when the oldest of them was stored; `refused`: rows set aside, ever."""

    @property
    def waiting(self) -> int: ...
    @property
    def oldest_ns(self) -> int | None: ...
    @property
    def refused(self) -> int: ...


class Outbox(Protocol):
    """What waits for one sink, on disk. `head`: the oldest rows, `tail`: the newest, both in order. `done` and `bury`
    return once that is on disk.
    """

    def head(self, limit: int) -> Sequence[Waiting]: ...
    def tail(self, limit: int) -> Sequence[Waiting]: ...
    def done(self, ids: Iterable[int]) -> None: ...
    def bury(self, id: int, why: str) -> None: ...
    def state(self) -> OutboxState: ...


@dataclass(slots=True)
class Turn:
    """One turn. `answer`: what stopped it, None if all that was tried is out of the outbox.

    `send` gives the answer to lines joined by line breaks; `taken` is told how many records went out; once `stopped`
    says so, nothing more is sent. `mend`: what a person may run where the sink takes nothing at all.
    """

    outbox: Outbox
    send: Callable[[bytes], Answer]
    taken: Callable[[int], None]
    stopped: Callable[[], bool]
    mend: str = ""
    _trusted: bool = False
    _gone: set[int] = field(default_factory=set)
    _suspects: list[tuple[Waiting, str]] = field(default_factory=list)

    def take(self, rows: Sequence[Waiting]) -> Answer | None:
        """Carries `rows` over, in their order."""
        left = [rows]
        while left and not self.stopped():
            part = [row for row in left.pop() if row.id not in self._gone]
            if not part:
                continue
            answer = self._sent(part)
            if answer.meaning in _GIVEN_UP:
                return answer
            if answer.meaning is not Meaning.TAKEN:
                if len(part) > 1 and answer.dropped != len(part):
                    middle = len(part) // 2
                    left += [part[middle:], part[:middle]]
                else:
                    self._suspect(part, answer.words)
            if self._suspects and (not left or len(self._suspects) >= SUSPECTS):
                nothing_taken = self._witnessed()
                if nothing_taken is not None:
                    return nothing_taken
        return None

    def _sent(self, part: Sequence[Waiting]) -> Answer:
        answer = self.send(b"\n".join(row.line for row in part))
        if answer.meaning is Meaning.TAKEN:
            self.outbox.done([row.id for row in part])
            self._gone.update(row.id for row in part)
            self.taken(len(part))
            self._trusted = True
            self._bury()
        return answer

    def _suspect(self, rows: Iterable[Waiting], why: str) -> None:
        self._suspects += ((row, why) for row in rows)
        if self._trusted:
            self._bury()

    def _bury(self) -> None:
        while self._suspects:
            row, why = self._suspects.pop(0)
            self.outbox.bury(row.id, why)
            self._gone.add(row.id)

    def _witnessed(self) -> Answer | None:
        """Whether the sink takes anything at all; None if it does: the suspects are buried then."""
        suspected = {row.id for row, _ in self._suspects}
        found = (*self.outbox.head(WITNESSES_AMONG), *self.outbox.tail(WITNESSES_AMONG))
        newest = {_measurement(row): row for row in found if row.id not in suspected}
        for row in newest.values():
            if self.stopped():
                return None
            answer = self._sent([row])
            if answer.meaning is Meaning.TAKEN:
                return None
            if answer.meaning in _GIVEN_UP:
                return answer
        why = self._suspects[0][1]
        return Answer(Meaning.HELD, f"takes nothing at all: {why}; all is kept{self.mend and f' ({self.mend})'}")


def _measurement(row: Waiting) -> bytes:
    return row.line.partition(b" ")[0].partition(b",")[0]

"""What the notifier needs of the history: notices that wait for a target, kept over restarts."""

from __future__ import annotations

from typing import Protocol

from painwatch.core.alarms import Notice


class Waiting(Protocol):
    """A notice in the queue. `time_ns`: when it was stored, UTC; `attempts`: how often it was sent in vain."""

    @property
    def id(self) -> int: ...
    @property
    def notice(self) -> Notice: ...
    @property
    def time_ns(self) -> int: ...
    @property
    def attempts(self) -> int: ...


class NoticeQueue(Protocol):
    """The notices of one target that are not delivered yet; each call is safe from any thread.

    Every call may raise StoreError while the history cannot be read or written.
    """

    def head(self, limit: int) -> tuple[Waiting, ...]:
        """At most `limit` notices that wait, oldest first, whenever their last attempt was. Where more wait, the newest
        are among them and those with the fewest attempts, so that none hides another for ever.
        """
        ...

    def done(self, ids: tuple[int, ...]) -> None:
        """These were delivered."""
        ...

    def failed(self, ids: tuple[int, ...], why: str) -> None:
        """These were sent in vain once more; `why` holds no credential."""
        ...

    def waiting(self) -> tuple[int, int | None]:
        """How many wait, and when the oldest of them was stored, UTC ns."""
        ...

    def delivered_ns(self, since_ns: int) -> tuple[int, ...]:
        """When messages were delivered after `since_ns`, UTC ns, oldest first."""
        ...

"""Carries what waits in an outbox to its sink, for ever: nothing is forgotten before the sink has it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

from painwatch.config.delivery import InfluxConfig
from painwatch.core.clock import Clock, SystemClock
from painwatch.core.live import SinkLive
from painwatch.secrets import SecretReader


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
    """What waits for one sink, on disk. `head`: the oldest rows; `done` and `bury` return once that is on disk."""

    def head(self, limit: int) -> Sequence[Waiting]: ...
    def done(self, ids: Iterable[int]) -> None: ...
    def bury(self, id: int, why: str) -> None: ...
    def state(self) -> OutboxState: ...


class Drainer:
    """Drains `outbox` into the InfluxDB of `sink`, in a thread of its own, from construction to `stop`.

    Args:
        read_secret: gives the token or password; asked again after the sink refused the login.
    """

    def __init__(
        self, sink: InfluxConfig, outbox: Outbox, *, read_secret: SecretReader, clock: Clock | None = None
    ) -> None:
        self._clock = clock or SystemClock()
        raise NotImplementedError

    @property
    def state(self) -> SinkLive:
        """As it stands now. Reads memory only, so that it may be asked often."""
        raise NotImplementedError

    def stop(self) -> None:
        """Ends the thread within about 2 s: a request in flight is broken off, and sent again at the next start."""
        raise NotImplementedError

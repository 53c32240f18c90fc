"""Where messages come in: from this host over a socket file, from other hosts over TCP under CURVE."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import zmq

from painwatch.config.models import Config
from painwatch.config.places import Places


@dataclass(frozen=True, slots=True)
class Received:
    """Bytes that came in, and who sent them: a host by its name in the key list, `LOCAL`, or None if it is not
    (any more) on the list.
    """

    data: bytes
    host: str | None


LOCAL = ""
"""The sender of what came over the socket file: a process of this user on this host."""


class Inlet:
    """Both doors of the hub. For one thread."""

    def wait(self, timeout_ms: int) -> None:
        """Until something waits at either door, or `timeout_ms` have passed."""
        raise NotImplementedError

    def take(self, most: int) -> tuple[Received, ...]:
        """What waits, up to `most` from this host and as many from all others together. Does not wait."""
        raise NotImplementedError


@contextlib.contextmanager
def open_inlet(config: Config, places: Places, *, config_dir: Path) -> Iterator[tuple[Inlet, zmq.Socket[bytes]]]:
    """The hub's doors, and the PUB socket for the live view. TCP only with `network.listen`, and only under CURVE.

    Raises:
        PainwatchError: a socket cannot be bound, or the host has no keys that can be used.
    """
    raise NotImplementedError
    yield

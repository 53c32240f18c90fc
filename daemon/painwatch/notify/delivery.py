"""One message to one address, in a process of its own, so that whatever hangs in it can be ended."""

from __future__ import annotations

import threading
from dataclasses import dataclass

from painwatch.core.alarms import Priority


@dataclass(frozen=True, slots=True)
class Message:
    """What is sent: plain text."""

    title: str
    body: str
    priority: Priority


@dataclass(frozen=True, slots=True)
class Delivery:
    """What became of a message. `why` and `mend` are empty if it was delivered; neither holds a credential.

    `in_the_clear`: it went, or would have gone, without TLS.
    """

    delivered: bool
    why: str = ""
    mend: str = ""
    in_the_clear: bool = False


def deliver(url: str, message: Message, *, stop: threading.Event, timeout_s: float = 30.0) -> Delivery:
    """Sends `message` to the Apprise address `url`; ends early, undelivered, when `stop` is set. Never raises."""
    raise NotImplementedError

"""Which messages may come in. Pure, apart from what it counts and logs."""

from __future__ import annotations

import logging
from collections.abc import Iterable

from painwatch.core.messages import Message
from painwatch.core.types import CameraState, Prediction, ProcessState
from painwatch.fuse.cameras import CageSetup

log = logging.getLogger(__name__)

AHEAD_NS = 5_000_000_000
"""A live look may seem to come from this far ahead of the hub's clock, no further: it would close minutes to come."""

LATEST_NS = 2**62
"""A time beyond this (the year 2116) is no time."""


class Door:
    """Lets in what belongs to the configured cages; counts the rest in `refused` and tells each kind once."""

    def __init__(self, setups: Iterable[CageSetup]) -> None:
        self.refused = 0
        self._setups = {setup.cage: setup for setup in setups}
        self._told: set[str] = set()

    def admits(self, message: Message, now_ns: int) -> bool:
        """Whether the message may be used. `now_ns`: the hub's wall clock."""
        kind = type(message).__name__
        match message:
            case ProcessState():
                pass
            case Prediction() | CameraState():
                setup = self._setups.get(message.cage)
                if setup is None or message.camera not in setup.cameras:
                    return self.refuse(f"unknown {message.cage}/{message.camera}", "no such camera in this cage")
                if isinstance(message, Prediction) and setup.lateness_ns is not None:
                    ahead_ns = message.time_ns - now_ns
                    if ahead_ns > AHEAD_NS:
                        return self.refuse(f"clock of {message.camera}", f"a look from {ahead_ns / 1e9:.0f} s ahead")
            case _:
                return self.refuse(kind, "not a message for the hub")
        if not 0 < message.time_ns < LATEST_NS:
            return self.refuse(f"time of {kind}", f"a {kind} of time {message.time_ns}")
        return True

    def refuse(self, kind: str, why: str) -> bool:
        """Counts a message as refused; False."""
        self.refused += 1
        # Bounded, as names come from outside.
        if kind not in self._told and len(self._told) < 1000:
            self._told.add(kind)
            log.warning("refused (%s): %s; more of this kind are only counted", kind, why)
        return False

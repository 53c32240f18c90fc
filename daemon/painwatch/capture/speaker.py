"""Tells the hub how a camera does: at every change, and once a second."""

from __future__ import annotations

from painwatch.core.clock import Stamp
from painwatch.core.types import CameraState
from painwatch.hub_line import HubLine

TELL_EVERY_S = 1.0
KEPT = 100
"""Messages kept while the hub is away; more would only be older news."""


class Speaker:
    """Speaks of one camera. What does not get through is lost and said again a second later."""

    def __init__(self, line: HubLine) -> None:
        self._line = line
        self._told: tuple[str, str, int] | None = None
        self._told_ns = 0

    def tell(self, state: CameraState, now: Stamp) -> None:
        """Sends `state` if it is news, or if a second has passed since the last."""
        news = (state.phase, state.fault, state.width_px)
        if news == self._told and now.mono_ns - self._told_ns < TELL_EVERY_S * 1e9:
            return
        self._told, self._told_ns = news, now.mono_ns
        self._line.send(state)

"""Tells the hub how a camera does: at every change, and once a second."""

from __future__ import annotations

from types import TracebackType
from typing import Self

import zmq

from painwatch.core.clock import Stamp
from painwatch.core.types import CameraState
from painwatch.core.wire import encode

TELL_EVERY_S = 1.0
KEPT = 100
"""Messages kept while the hub is away; more would only be older news."""


class Speaker:
    """A way to the hub that never waits. A context; what does not get through is lost and said again a second later."""

    def __init__(self, endpoint: str) -> None:
        self._context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        self._socket = self._context.socket(zmq.PUSH)
        self._socket.setsockopt(zmq.SNDHWM, KEPT)
        self._socket.setsockopt(zmq.LINGER, 200)
        self._socket.connect(endpoint)
        self._told: tuple[str, str, int] | None = None
        self._told_ns = 0

    def tell(self, state: CameraState, now: Stamp) -> None:
        """Sends `state` if it is news, or if a second has passed since the last."""
        news = (state.phase, state.fault, state.width_px)
        if news == self._told and now.mono_ns - self._told_ns < TELL_EVERY_S * 1e9:
            return
        self._told, self._told_ns = news, now.mono_ns
        try:
            self._socket.send(encode(state), zmq.NOBLOCK)
        except zmq.Again:
            return

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._socket.close()
        self._context.term()

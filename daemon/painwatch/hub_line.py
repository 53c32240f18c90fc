"""The line from a process to the hub: a PUSH socket that never makes live work wait."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import zmq
from msgspec.structs import replace

from painwatch.core.limits import LONGEST_TEXT
from painwatch.core.messages import Message
from painwatch.core.types import CameraState, Prediction, ProcessState
from painwatch.core.wire import MAX_BYTES, encode
from painwatch.curve.way import HubWay, connect

LINGER_MS = 500
"""How long what is queued may still go out when the line is given up."""


class HubLine:
    """Sends messages to the hub, wherever it is: what cannot go out yet is kept, up to the line's length."""

    def __init__(self, socket: zmq.Socket[bytes]) -> None:
        self._socket = socket

    def send(self, message: Message) -> bool:
        """Whether `message` went out or is kept; False if the line is full, and the message with it lost."""
        try:
            self._socket.send(encode(_readable(message)), zmq.NOBLOCK)
        except zmq.Again:
            return False
        return True


@contextlib.contextmanager
def hub_line(way: HubWay | str, *, kept: int) -> Iterator[HubLine]:
    """A line to the hub that keeps up to `kept` messages while the hub is away.

    Args:
        way: from curve.way.way_to_hub; or Places.results, for what speaks to the hub of this host only.
    """
    context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
    socket = context.socket(zmq.PUSH)
    try:
        socket.setsockopt(zmq.SNDHWM, kept)
        socket.setsockopt(zmq.LINGER, LINGER_MS)
        socket.setsockopt(zmq.MAXMSGSIZE, MAX_BYTES)
        connect(socket, way if isinstance(way, HubWay) else HubWay(way))
        yield HubLine(socket)
    finally:
        socket.close()
        context.term()


def _readable(message: Message) -> Message:
    """The reasons that others give, such as those of a driver, may be longer than a message may hold."""
    match message:
        case Prediction(detail=words) | CameraState(detail=words) if len(words) > LONGEST_TEXT:
            return replace(message, detail=words[:LONGEST_TEXT])
        case ProcessState(reason=words) if len(words) > LONGEST_TEXT:
            return replace(message, reason=words[:LONGEST_TEXT])
        case _:
            return message

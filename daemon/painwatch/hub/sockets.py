"""The hub's two sockets."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator

import zmq

from painwatch.config.places import SOCKET_PATH_MAX_BYTES, Places
from painwatch.core.errors import PainwatchError
from painwatch.core.wire import MAX_BYTES

KEPT = 1000
"""Messages kept for each process at the other end: what is more waits there; a listener too slow for it loses some."""

_RUN_DIR = "set runtime.run_dir to a folder of this user, best in memory (/dev/shm or /run)"


@contextlib.contextmanager
def bound(places: Places) -> Iterator[tuple[zmq.Socket[bytes], zmq.Socket[bytes]]]:
    """The PULL socket for results and the PUB socket for the live view; files that a killed hub left are replaced.

    Raises:
        PainwatchError: a path is longer than the system takes, or cannot be bound.
    """
    context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
    sockets: list[zmq.Socket[bytes]] = []
    try:
        for kind, endpoint in ((zmq.PULL, places.results), (zmq.PUB, places.live)):
            socket = context.socket(kind)
            sockets.append(socket)
            socket.setsockopt(zmq.LINGER, 200 if kind == zmq.PUB else 0)
            socket.setsockopt(zmq.MAXMSGSIZE, MAX_BYTES)
            socket.setsockopt(zmq.RCVHWM if kind == zmq.PULL else zmq.SNDHWM, KEPT)
            _bind(socket, endpoint)
        yield sockets[0], sockets[1]
    finally:
        for socket in sockets:
            socket.close()
        context.term()


def _bind(socket: zmq.Socket[bytes], endpoint: str) -> None:
    path = endpoint.removeprefix("ipc://")
    length = len(os.fsencode(path))
    if length > SOCKET_PATH_MAX_BYTES:
        raise PainwatchError(
            f"the socket's path has {length} bytes; the system takes {SOCKET_PATH_MAX_BYTES}",
            where=path,
            mend="set runtime.run_dir to a shorter path",
        )
    try:
        socket.bind(endpoint)
    except zmq.ZMQError as error:
        raise PainwatchError(f"the socket cannot be bound ({error})", where=path, mend=_RUN_DIR) from error

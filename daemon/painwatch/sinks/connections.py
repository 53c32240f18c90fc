"""The connection of a client that is one of urllib3 underneath: can be broken off from another thread, and closed."""

from __future__ import annotations

import contextlib
import socket
from typing import Any

from urllib3 import HTTPConnectionPool


class Connections:
    """The latest connection that any of the noted pools made. For one thread, but for `break_off`.

    `broken`: no more requests shall begin; the owner looks before each.
    """

    def __init__(self) -> None:
        self.broken = False
        self._latest: list[Any] = []

    def note(self, pool: HTTPConnectionPool) -> None:
        """Remembers what `pool` makes from now on."""
        make = pool.ConnectionCls

        def made_and_noted(*args: Any, **kwargs: Any) -> Any:
            self._latest[:] = [make(*args, **kwargs)]
            return self._latest[0]

        pool.ConnectionCls = made_and_noted  # type: ignore[assignment]

    def break_off(self) -> None:
        """Ends a request that is in flight, from another thread, and says that no more shall begin."""
        self.broken = True
        for connection in tuple(self._latest):
            under = getattr(connection, "sock", None)
            if isinstance(under, socket.socket):
                # The bare socket's shutdown: that of TLS would take apart what the other thread still uses.
                with contextlib.suppress(OSError):
                    socket.socket.shutdown(under, socket.SHUT_RDWR)

    def close(self) -> None:
        """Lets the connection go. The client itself would leave that to the garbage collector."""
        for connection in self._latest:
            connection.close()
        self._latest.clear()

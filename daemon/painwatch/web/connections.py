"""How many may connect, and how long the server waits for what they have to say."""

from __future__ import annotations

import asyncio
import socket
import weakref
from typing import Any

import h11
from uvicorn.config import Config
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

from painwatch.web.access.asker import machine_of

MOST = 512
MOST_OF_ONE = 128
"""Connections at once, of all machines and of one. A browser opens seven for a page."""

TLS_WITHIN_S = 5.0
"""Until both sides have agreed on the keys of a connection, and until the other side has said goodbye at its end."""

REQUEST_WITHIN_S = 15.0
"""Until a connection has sent the head of its first, or its next, request."""

LARGEST_HEAD_BYTES = 32_768


class Listener(socket.socket):
    """`opened`, which takes so many connections of all machines, and of one, at once; it hangs up on who is beyond.

    Connections are counted from when they are accepted, so those count as well that never finish their TLS handshake,
    of which the HTTP server knows nothing. For asyncio's own loop: others accept by themselves.
    """

    def __init__(self, opened: socket.socket, *, most: int = MOST, most_of_one: int = MOST_OF_ONE) -> None:
        super().__init__(opened.family, opened.type, opened.proto, fileno=opened.detach())
        self._most, self._most_of_one = most, most_of_one
        self._accepted: weakref.WeakKeyDictionary[socket.socket, str] = weakref.WeakKeyDictionary()

    def accept(self) -> tuple[socket.socket, Any]:
        """Raises BlockingIOError, which asyncio takes for `ask again later`, for who is beyond the bounds."""
        connection, address = super().accept()
        here = machine_of(str(address[0]))
        open_still = [machine for other, machine in list(self._accepted.items()) if other.fileno() != -1]
        if len(open_still) >= self._most or open_still.count(here) >= self._most_of_one:
            connection.close()
            raise BlockingIOError
        self._accepted[connection] = here
        return connection, address


class PatientLoop(asyncio.SelectorEventLoop):
    """asyncio's loop, whose servers do not wait a minute for a TLS handshake; uvicorn has no setting for it."""

    async def create_server(self, *args: Any, **settings: Any) -> asyncio.Server:
        if settings.get("ssl") is not None:
            settings |= {"ssl_handshake_timeout": TLS_WITHIN_S, "ssl_shutdown_timeout": TLS_WITHIN_S}
        return await super().create_server(*args, **settings)


class PatientProtocol(H11Protocol):
    """uvicorn's HTTP/1.1 in pure Python, which bounds the size of a request's head; with bounds on waiting.

    The faster parser of uvicorn takes a head of any size, and neither ends a connection that never completes one.
    """

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, object],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._watch: asyncio.TimerHandle | None = None
        self._answered: object = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._look_again()

    def connection_lost(self, exc: Exception | None) -> None:
        if self._watch is not None:
            self._watch.cancel()
        super().connection_lost(exc)

    def send_400_response(self, msg: str) -> None:
        if self.cycle is None or self.cycle.response_complete:
            super().send_400_response(msg)
            return
        # Garbage after a request that is being answered: uvicorn would give two answers to it, and stumble.
        self.cycle.disconnected = True
        self.cycle.message_event.set()
        self.transport.abort()

    def _look_again(self) -> None:
        self._watch = self.loop.call_later(REQUEST_WITHIN_S, self._look)

    def _look(self) -> None:
        if self.transport.is_closing() or self.transport.get_protocol() is not self:
            return  # gone, or a web socket by now, which has timeouts of its own
        if self.conn.their_state is h11.IDLE and self.cycle is self._answered:
            self.transport.abort()
            return
        self._answered = self.cycle
        self._look_again()

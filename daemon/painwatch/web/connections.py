"""How many may connect, and how long the server waits for what they have to say."""

from __future__ import annotations

import asyncio

import h11
from uvicorn.config import Config
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

from painwatch.web.access.asker import machine_of

MOST = 512
MOST_OF_ONE = 128
"""Connections at once, of all machines and of one. A browser opens seven for a page."""

REQUEST_WITHIN_S = 15.0
"""Until a connection has sent the head of its first, or its next, request."""

LARGEST_HEAD_BYTES = 32_768


class PatientProtocol(H11Protocol):
    """uvicorn's HTTP/1.1 in pure Python, which bounds the size of a request's head; with bounds on waiting and number.

    The faster parser of uvicorn takes a head of any size, and neither ends a connection that never completes one.
    """

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, object],
        _loop: asyncio.AbstractEventLoop | None = None,
        *,
        most_of_one: int = MOST_OF_ONE,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._most_of_one = most_of_one
        self._watch: asyncio.TimerHandle | None = None
        self._answered: object = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        here = _machine(self)
        own = sum(_machine(other) == here for other in self.connections)
        if len(self.connections) > MOST or own > self._most_of_one:
            transport.abort()
            return
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


def _machine(connection: object) -> str:
    client = getattr(connection, "client", None)
    return machine_of(str(client[0])) if client else ""

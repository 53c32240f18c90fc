"""The web server's loop, with a pulse in it, so that one that hangs is told from one without visitors."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Callable

import uvicorn

from painwatch.web.connections import PatientLoop

PULSE_S = 0.5


def serve(server: uvicorn.Server, listener: socket.socket, turned: Callable[[], None]) -> None:
    """As `server.run`, with `turned` called in the server's own loop twice a second once it serves.

    uvicorn's own `callback_notify` goes by the wall clock and falls silent when that is set back.
    """
    with asyncio.Runner(loop_factory=PatientLoop) as runner:
        runner.run(_with_pulse(server, listener, turned))


async def _with_pulse(server: uvicorn.Server, listener: socket.socket, turned: Callable[[], None]) -> None:
    pulse = asyncio.create_task(_pulse(server, turned))
    try:
        await server.serve(sockets=[listener])
    finally:
        pulse.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await pulse


async def _pulse(server: uvicorn.Server, turned: Callable[[], None]) -> None:
    while True:
        if server.started:
            turned()
        await asyncio.sleep(PULSE_S)

"""An open socket: it lasts as long as the visit it was opened with, and hears no more than a page has to say."""

from __future__ import annotations

from painwatch.core.clock import Clock
from painwatch.web.access.asgi import Message, Receive, Send
from painwatch.web.access.buckets import Buckets
from painwatch.web.access.person import Visit

MESSAGES_PER_S, MESSAGES_AT_ONCE = 50.0, 500

LARGEST_MESSAGE_BYTES = 65_536

_POLICY = 1008
"""The closing code for what is not allowed (RFC 6455)."""


def watched(visit: Visit, receive: Receive, send: Send, clock: Clock) -> tuple[Receive, Send]:
    """`receive` and `send` of a socket that is closed with the first message, either way, after `visit` has ended."""
    paces = Buckets(MESSAGES_PER_S, MESSAGES_AT_ONCE, most=1)
    closed = False

    async def close(why: str) -> None:
        nonlocal closed
        if not closed:
            closed = True
            await send({"type": "websocket.close", "code": _POLICY, "reason": why})

    async def hear() -> Message:
        message = await receive()
        if message["type"] != "websocket.receive":
            return message
        if not visit.lasts():
            await close("the login has ended")
        elif paces.take("", clock.now().mono_ns):
            await close("too many messages")
        return {"type": "websocket.disconnect", "code": _POLICY} if closed else message

    async def tell(message: Message) -> None:
        if not visit.lasts():
            await close("the login has ended")
        if not closed:
            await send(message)

    return hear, tell

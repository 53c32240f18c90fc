"""What goes around every answer: headers that keep a browser on this host, and a check of who is asking for whom."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import urlsplit

from painwatch.config.page import is_loopback

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        # NiceGUI puts the page's elements into an inline script, and Vue compiles their templates in the browser.
        "script-src 'self' 'unsafe-inline' 'unsafe-eval'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)

_HEADERS = tuple(
    (name.encode(), value.encode())
    for name, value in (
        ("content-security-policy", CONTENT_SECURITY_POLICY),
        ("x-content-type-options", "nosniff"),
        ("x-frame-options", "DENY"),
        ("referrer-policy", "no-referrer"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
        ("permissions-policy", "camera=(), microphone=(), geolocation=()"),
    )
)


def guarded(app: App, *, loopback: bool) -> App:
    """`app` with the security headers; requests that another site's page sends through a browser are refused.

    Args:
        loopback: the server listens on this machine only; then it must also be asked for by such a name, so that a
            stranger's page cannot reach it by pointing its own name here.
    """

    async def ask(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await app(scope, receive, send)
            return
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        why = _why_not(headers, loopback)
        if why:
            await _refuse(scope, receive, send, why)
            return

        async def send_guarded(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*message.get("headers", ()), *_HEADERS]}
            await send(message)

        await app(scope, receive, send_guarded)

    return ask


def _why_not(headers: dict[str, str], loopback: bool) -> str:
    host, origin = headers.get("host", ""), headers.get("origin")
    try:
        name = urlsplit(f"//{host}").hostname or ""
        asker = None if origin is None else urlsplit(origin).netloc
    except ValueError:
        return "the request's host or origin is no address"
    if loopback and not is_loopback(name):
        return f"this server answers on loopback only, not as {name or 'no name'}"
    if asker is not None and asker != host:
        return f"a page of {origin} may not ask here"
    # Pictures and scripts are fetched without an origin. A link from elsewhere may be followed.
    elsewhere = headers.get("sec-fetch-site") in ("cross-site", "same-site")
    if elsewhere and headers.get("sec-fetch-mode") != "navigate":
        return "a page of another site may not ask here"
    return ""


async def _refuse(scope: Scope, receive: Receive, send: Send, why: str) -> None:
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.close", "code": 1008, "reason": why})
        return
    body = json.dumps({"what": why, "mend": "open the page by the address it was started on"}).encode()
    await send({"type": "http.response.start", "status": 403, "headers": [(b"content-type", b"application/json")]})
    await send({"type": "http.response.body", "body": body})

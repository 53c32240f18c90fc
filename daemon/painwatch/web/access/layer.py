"""The one layer around everything that is served: pages, files, the API and the page's sockets."""

from __future__ import annotations

import asyncio
import logging
from urllib.parse import parse_qs

from starlette.datastructures import Headers
from starlette.responses import Response

from painwatch.core.clock import Clock
from painwatch.web.access import manners
from painwatch.web.access.asgi import App, Message, Receive, Scope, Send
from painwatch.web.access.asker import Asker, asker_of
from painwatch.web.access.buckets import Buckets
from painwatch.web.access.door import Door, session_in
from painwatch.web.access.headers import with_headers
from painwatch.web.access.login import LOGIN, LOGOUT, answer_login, answer_logout, path_of, to_login
from painwatch.web.access.login_page import again, own_path
from painwatch.web.access.person import Visit, admit
from painwatch.web.access.sockets import watched
from painwatch.web.refusals import Refused

_log = logging.getLogger(__name__)

LARGEST_BODY_BYTES = 65_536
BODY_WITHIN_S = 10.0

OPEN = "/healthz"
"""Answers strangers too, with one word."""

_SOCKETS = "/_nicegui_ws/"
"""Where NiceGUI's socket lives. Its client sends no header of ours, but always an origin."""

_NO_PAGES = ("/api/", "/metrics", "/healthz", "/page/", "/_nicegui")


def guarded(app: App, door: Door, *, site: str, clock: Clock, requests_per_s: float = 100.0) -> App:
    """`app`, reached only by whom `door` lets in, with requests of a sane kind.

    What lies behind finds who asks with `person_of`.

    Args:
        site: named on the login.
        requests_per_s: that one machine may send in the long run, and ten times as many at once.
    """
    paces = Buckets(requests_per_s, 10 * requests_per_s)

    async def enter(scope: Scope, headers: Headers, asker: Asker, receive: Receive, send: Send) -> None:
        wait_s = paces.take(asker.key, clock.now().mono_ns)
        if wait_s:
            raise Refused(429, "too many requests from your machine", "ask less often", again_s=wait_s)
        manners.check_size(scope)
        host = manners.check_host(headers, door.page)
        manners.check_origin(scope, headers, host, asker)
        if scope["type"] == "http" and scope["path"] in (LOGIN, LOGOUT):
            body = await _body(headers, receive) if scope["method"] == "POST" else b""
            if scope["path"] == LOGIN:
                said = answer_login(scope, headers, body, host, asker, door, site)
            else:
                said = answer_logout(scope, headers, host, asker, door)
            await said(scope, receive, send)
            return
        try:
            visit = door.visit(headers, asker)
        except Refused as refused:
            if scope["type"] == "http" and scope["path"] == OPEN and refused.status == 401:
                await app(scope, _replayed(await _body(headers, receive), receive), send)
                return
            if refused.status == 401 and door.has_login and _is_for_a_person(scope, headers):
                await _led_to_login(scope, headers, asker)(scope, receive, send)
                return
            raise
        _check_intent(scope, headers, visit)
        _check_upgraded(scope)
        admit(scope, visit)
        if scope["type"] == "websocket":
            await app(scope, *watched(visit, receive, send, clock))
        else:
            await app(scope, _replayed(await _body(headers, receive), receive), send)

    async def ask(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await app(scope, receive, send)
            return
        headers, telling = Headers(scope=scope), with_headers(send)
        try:
            asker = asker_of(scope, headers, door.page)
            telling = with_headers(send, encrypted=asker.https and not manners.is_asked_locally(headers))
            await enter(scope, headers, asker, receive, telling)
        except Refused as refused:
            await _refuse(scope, receive, telling, refused)

    return ask


def _check_intent(scope: Scope, headers: Headers, visit: Visit) -> None:
    """What a browser may be made to send by another site's page does not carry both credentials and these."""
    if not visit.ambient:
        return
    unsafe = scope["type"] == "http" and scope["method"] not in manners.SAFE_METHODS
    if scope["type"] == "websocket" or (unsafe and scope["path"].startswith(_SOCKETS)):
        if headers.get("origin") is None:
            raise Refused(403, "the request does not say which page it comes from", "open the page in a browser")
    elif unsafe and headers.get("x-painwatch") != "1":
        raise Refused(403, "what changes something needs the header `X-Painwatch: 1`", "send it along")


def _check_upgraded(scope: Scope) -> None:
    """A WebSocket that its client did not ask for as one: the page's server would give no answer, and fail of it."""
    asked = parse_qs(bytes(scope.get("query_string", b"")).decode("latin-1")).get("transport", [])
    if scope["type"] == "http" and scope["path"].startswith(_SOCKETS) and "websocket" in asked:
        raise Refused(400, "this address is for a WebSocket", "send the headers that ask for an upgrade")


def _is_for_a_person(scope: Scope, headers: Headers) -> bool:
    if scope["type"] != "http" or scope["method"] not in ("GET", "HEAD") or "authorization" in headers:
        return False
    return not scope["path"].startswith(_NO_PAGES) and "text/html" in headers.get("accept", "")


def _led_to_login(scope: Scope, headers: Headers, asker: Asker) -> Response:
    from_elsewhere = headers.get("sec-fetch-site") in ("cross-site", "same-site")
    if from_elsewhere and not session_in(headers, asker):
        return again(own_path(path_of(scope)))
    return to_login(scope)


async def _body(headers: Headers, receive: Receive) -> bytes:
    """The whole body.

    Raises:
        Refused: 408, it comes too slowly; 413, it is too large.
    """
    said = headers.get("content-length", "0")
    if not said.isdecimal() or int(said) > LARGEST_BODY_BYTES:
        raise _too_large()
    parts, size = [], 0
    try:
        async with asyncio.timeout(BODY_WITHIN_S):
            while True:
                message = await receive()
                part = message.get("body", b"")
                parts.append(part)
                size += len(part)
                if size > LARGEST_BODY_BYTES:
                    raise _too_large()
                if message["type"] != "http.request" or not message.get("more_body"):
                    return b"".join(parts)
    except TimeoutError:
        raise Refused(408, "the request's body came too slowly", "send it at once") from None


def _too_large() -> Refused:
    return Refused(413, f"the request's body is larger than {LARGEST_BODY_BYTES} bytes", "send less at once")


def _replayed(body: bytes, receive: Receive) -> Receive:
    told = False

    async def hear() -> Message:
        nonlocal told
        if told:
            return await receive()
        told = True
        return {"type": "http.request", "body": body, "more_body": False}

    return hear


async def _refuse(scope: Scope, receive: Receive, send: Send, refused: Refused) -> None:
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.close", "code": 1008, "reason": refused.refusal.what[:100]})
        return
    await refused.response()(scope, receive, send)

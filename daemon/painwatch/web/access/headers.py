"""What every answer carries: the words that keep a browser on this host."""

from __future__ import annotations

from painwatch.web.access.asgi import Message, Send

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        # NiceGUI puts the page's elements into an inline script, and Vue compiles their templates in the browser.
        "script-src 'self' 'unsafe-inline' 'unsafe-eval'",
        "script-src-attr 'none'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)

NOTHING_POLICY = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
"""Of what is no page: opened by itself, it may fetch, run and send nothing."""

_HEADERS = tuple(
    (name.encode(), value.encode())
    for name, value in (
        ("x-content-type-options", "nosniff"),
        ("x-frame-options", "DENY"),
        # Our own forms must say where they come from; other sites learn nothing.
        ("referrer-policy", "same-origin"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
        ("permissions-policy", "camera=(), microphone=(), geolocation=()"),
    )
)

# A week, renewed by each answer: it holds for every port of the host, and a host may get rid of TLS again.
_ENCRYPTED = (b"strict-transport-security", b"max-age=604800")
_NOT_KEPT = (b"cache-control", b"no-store")


def with_headers(send: Send, *, encrypted: bool = False) -> Send:
    """`send`, which adds the headers to the answer; what the answer says itself of policy and caching stays.

    Args:
        encrypted: the browser shall reach this host over TLS only, from now on.
    """

    async def told(message: Message) -> None:
        if message["type"] == "http.response.start":
            own = [*message.get("headers", ())]
            said = {name.lower(): value for name, value in own}
            is_page = said.get(b"content-type", b"").startswith(b"text/html")
            policy = (b"content-security-policy", (CONTENT_SECURITY_POLICY if is_page else NOTHING_POLICY).encode())
            usual = [pair for pair in (policy, _NOT_KEPT) if pair[0] not in said]
            message = {**message, "headers": [*own, *_HEADERS, *usual, *([_ENCRYPTED] if encrypted else [])]}
        await send(message)

    return told

"""What every request must be like: for a name of ours, not from another site's page, and of a sane size."""

from __future__ import annotations

from ipaddress import ip_address
from urllib.parse import urlsplit

from starlette.datastructures import Headers

from painwatch.config.page import PageConfig, is_loopback
from painwatch.web.access.asgi import Scope
from painwatch.web.access.asker import Asker
from painwatch.web.refusals import Refused

SAFE_METHODS = ("GET", "HEAD", "OPTIONS")

LONGEST_URL_BYTES = 4096
MOST_HEADERS = 64
LARGEST_HEADERS_BYTES = 24_576

_OPEN_AS_STARTED = "open the page by the address it was started on"


def check_size(scope: Scope) -> None:
    """Raises Refused: 414 for an address that is too long, 431 for too many or too long headers."""
    if len(scope.get("raw_path") or b"") + len(scope.get("query_string", b"")) > LONGEST_URL_BYTES:
        raise Refused(414, f"the address is longer than {LONGEST_URL_BYTES} bytes", "ask for less at once")
    headers = scope["headers"]
    if len(headers) > MOST_HEADERS or sum(len(n) + len(v) for n, v in headers) > LARGEST_HEADERS_BYTES:
        raise Refused(431, "the request has too many headers, or too long ones", "delete this site's cookies")


def check_host(headers: Headers, page: PageConfig) -> str:
    """The `Host` by which the page is asked for.

    A stranger's page can point its own name at this server and would then be of the same origin; it cannot make a
    browser say a name of ours.

    Raises:
        Refused: 403, the page is not known by that name.
    """
    hosts = headers.getlist("host")
    host = hosts[0] if len(hosts) == 1 else ""
    try:
        name = (urlsplit(f"//{host}").hostname or "").rstrip(".")
    except ValueError:
        raise Refused(403, "the request's host is no address", _OPEN_AS_STARTED) from None
    if not _is_ours(name, page):
        setting = "page.proxy.names" if page.proxy else "page.names"
        what = f"this page does not answer as {name[:100] or 'no name'}"
        raise Refused(403, what, f"{_OPEN_AS_STARTED}, or add the name to `{setting}`")
    return host


def is_asked_locally(headers: Headers) -> bool:
    """Whether the page is asked for by a name that every machine gives to itself."""
    try:
        return is_loopback(urlsplit(f"//{headers.get('host', '')}").hostname or "")
    except ValueError:
        return False


def check_origin(scope: Scope, headers: Headers, host: str, asker: Asker) -> None:
    """Raises Refused, 403, if another site's page asks through a browser, other than by a link."""
    origin = headers.get("origin")
    if origin is not None and not is_own(origin, host, asker):
        raise Refused(403, f"a page of {origin[:100]} may not ask here", _OPEN_AS_STARTED)
    # Pictures and scripts are fetched without an origin. A link from elsewhere may be followed.
    elsewhere = headers.get("sec-fetch-site") in ("cross-site", "same-site")
    followed = headers.get("sec-fetch-mode") == "navigate" and scope.get("method") in SAFE_METHODS
    if elsewhere and not followed:
        raise Refused(403, "a page of another site may not ask here", _OPEN_AS_STARTED)


def is_own(origin: str, host: str, asker: Asker) -> bool:
    """Whether `origin` is the page asked for as `host`."""
    try:
        parts = urlsplit(origin)
    except ValueError:
        return False
    return parts.netloc == host and parts.scheme in (("https",) if asker.https else ("http", "https"))


def _is_ours(name: str, page: PageConfig) -> bool:
    if page.proxy is not None:
        return not page.proxy.names or name in _lowered(page.proxy.names) or is_loopback(name)
    if is_loopback(name) or name in _lowered((page.host, *page.names)):
        return True
    # Listening everywhere; an address, unlike a name, can be pointed nowhere else.
    return page.host in ("0.0.0.0", "::", "") and _is_address(name)


def _lowered(names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(name.lower().rstrip(".") for name in names)


def _is_address(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True

"""The login as HTML: one form, no script, nothing fetched."""

from __future__ import annotations

import base64
import hashlib
from html import escape
from pathlib import Path
from string import Template
from urllib.parse import quote, urlsplit

from starlette.responses import HTMLResponse, Response

_HERE = Path(__file__).parent

_PAGE = Template((_HERE / "login.html").read_text("utf-8"))
_STYLE = (_HERE / "login.css").read_text("utf-8")
_ICON = "data:image/svg+xml," + quote((_HERE.parent / "icon.svg").read_text("utf-8"))

POLICY = "; ".join(
    (
        "default-src 'none'",
        f"style-src 'sha256-{base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()}'",
        "img-src data:",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
"""The content security policy of the login: its own style and its own form, and nothing else."""

_AGAIN = Template(
    '<!doctype html><html lang="en"><meta charset="utf-8"><title>painwatch</title>'
    '<meta http-equiv="refresh" content="0; url=$target"><p><a href="$target">Go on to the page</a></p></html>'
)


def login_page(site: str, target: str, *, fault: str = "", status: int = 200) -> Response:
    """The login to `site`, which then leads to the path `target`.

    Args:
        fault: what was wrong with the last try.
    """
    told = f'<p class="fault" id="fault" role="alert">{escape(fault)}</p>\n' if fault else ""
    described = ' aria-describedby="fault" aria-invalid="true"' if fault else ""
    html = _PAGE.substitute(
        site=escape(site), icon=_ICON, style=_STYLE, next=escape(target), fault=told, described=described
    )
    return _html(html, status)


def again(target: str) -> Response:
    """Lets the browser ask for `target` once more, now from a page of ours.

    A browser that follows a link from another site, such as a mail, leaves out the session's cookie.
    """
    return _html(_AGAIN.substitute(target=escape(target)), 200)


def own_path(text: str) -> str:
    """`text` if it is a path on this host and nothing else, otherwise the page's own."""
    plain = text.isascii() and text.isprintable() and "\\" not in text and " " not in text
    if not plain or not text.startswith("/") or text.startswith("//") or len(text) > 1024:
        return "/"
    try:
        parts = urlsplit(text)
    except ValueError:
        return "/"
    return "/" if parts.scheme or parts.netloc or parts.path in ("/login", "/logout") else text


def _html(html: str, status: int) -> Response:
    headers = {"Content-Security-Policy": POLICY, "Cache-Control": "no-store"}
    return HTMLResponse(html, status_code=status, headers=headers)

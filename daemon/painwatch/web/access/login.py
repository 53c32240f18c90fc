"""Logging in and out by a plain form."""

from __future__ import annotations

import logging
from urllib.parse import parse_qs, urlencode

from starlette.datastructures import Headers
from starlette.responses import RedirectResponse, Response

from painwatch.core.words import for_how_long
from painwatch.web.access.asgi import Scope
from painwatch.web.access.asker import Asker
from painwatch.web.access.door import Door, cookie_name, session_in
from painwatch.web.access.login_page import login_page, own_path
from painwatch.web.access.manners import is_own
from painwatch.web.access.sessions import LONGEST_COOKIE_S, LONGEST_S
from painwatch.web.refusals import Refused

LOGIN, LOGOUT = "/login", "/logout"

_log = logging.getLogger(__name__)


def to_login(scope: Scope) -> Response:
    """Sends a browser to the login, which leads back to where it wanted to go."""
    wanted = own_path(path_of(scope))
    return RedirectResponse(LOGIN if wanted == "/" else f"{LOGIN}?{urlencode({'next': wanted})}", status_code=303)


def path_of(scope: Scope) -> str:
    """The path that was asked for, with its query."""
    raw = bytes(scope.get("raw_path") or scope["path"].encode())
    query = bytes(scope.get("query_string", b""))
    return (raw.partition(b"?")[0] + (b"?" + query if query else b"")).decode("latin-1")


def answer_login(
    scope: Scope, headers: Headers, body: bytes, host: str, asker: Asker, door: Door, site: str
) -> Response:
    """The login's form, or what follows from its being sent.

    Raises:
        Refused: 403, it was not our own form; 404, nobody logs in here; 405.
    """
    if not door.has_login:
        return RedirectResponse("/", status_code=303)
    if scope["method"] in ("GET", "HEAD"):
        asked = parse_qs(bytes(scope.get("query_string", b"")).decode("latin-1"))
        return login_page(site, own_path(asked.get("next", ["/"])[0]))
    _check_form(scope, headers, host, asker)
    form = parse_qs(body.decode("latin-1"))
    target = own_path(form.get("next", ["/"])[0])
    try:
        person = door.whose(form.get("token", [""])[0].strip(), asker)
    except Refused as refused:
        if refused.again_s is None:
            return login_page(site, target, fault="This token is not known here.", status=refused.status)
        fault = f"Too many wrong tokens. Try again in {for_how_long(max(1.0, refused.again_s + 0.99))}."
        page = login_page(site, target, fault=fault, status=refused.status)
        page.headers["Retry-After"] = refused.response().headers["Retry-After"]
        return page
    door.sessions.end(session_in(headers, asker))
    _log.info("%s (%s) logged in from %s", person.name, person.role, asker.address)
    answer = RedirectResponse(target, status_code=303)
    answer.set_cookie(
        cookie_name(asker),
        door.sessions.begin(person),
        max_age=LONGEST_COOKIE_S if person.stays else LONGEST_S,
        secure=asker.https,
        httponly=True,
        samesite="strict",
    )
    return answer


def answer_logout(scope: Scope, headers: Headers, host: str, asker: Asker, door: Door) -> Response:
    """Ends the login, if there is one.

    Raises:
        Refused: 403, it was not our own form; 405.
    """
    _check_form(scope, headers, host, asker)
    person = door.sessions.end(session_in(headers, asker))
    if person is not None:
        _log.info("%s logged out from %s", person.name, asker.address)
    answer = RedirectResponse(LOGIN, status_code=303)
    answer.delete_cookie(cookie_name(asker), secure=asker.https, httponly=True, samesite="strict")
    return answer


def _check_form(scope: Scope, headers: Headers, host: str, asker: Asker) -> None:
    if scope["method"] != "POST":
        raise Refused(405, f"{scope['method']} is not understood here", "log in and out by the forms of the page")
    origin = headers.get("origin")
    if origin is None or not is_own(origin, host, asker):
        what = "logging in and out is for browsers, from the page's own forms"
        raise Refused(403, what, "a program sends the header `Authorization: Bearer TOKEN` with each request")

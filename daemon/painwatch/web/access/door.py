"""The door: who comes in with a request, by which of the three ways the configuration knows."""

from __future__ import annotations

import logging
from pathlib import Path

from starlette.datastructures import Headers

from painwatch.config.page import PageConfig, ProxyConfig, Role, is_loopback
from painwatch.core.clock import Clock
from painwatch.web.access.asker import Asker
from painwatch.web.access.buckets import Buckets
from painwatch.web.access.kept_logins import KeptLogins
from painwatch.web.access.person import Person, Visit
from painwatch.web.access.sessions import Sessions
from painwatch.web.access.users import Users
from painwatch.web.refusals import Refused

_log = logging.getLogger(__name__)

LOCAL = Person("local", Role.ADMINISTER)
"""Everyone on this machine, where the page listens on loopback and has no users."""

WRONG_PER_S, WRONG_AT_ONCE = 1 / 12, 5
"""Wrong tokens that one machine may show."""

ALL_WRONG_PER_S, ALL_WRONG_AT_ONCE = 5.0, 100
"""Wrong tokens that all machines may show together."""

PROXY_VISIT_S = 12 * 3600
"""For so long an open page lives on the proxy's word; then its socket connects anew, by the proxy."""

_LONGEST_NAME = 120

_LOG_IN = "log in at /login, or send the header `Authorization: Bearer TOKEN`"


def cookie_name(asker: Asker) -> str:
    """The session cookie's; by its prefix a browser takes it from this host over TLS only, and for all its paths."""
    return "__Host-painwatch" if asker.https else "painwatch"


class Door:
    """Lets people in. One for a page."""

    def __init__(self, page: PageConfig, users: Users, clock: Clock, logins: Path | None = None) -> None:
        """`logins`: where they are kept over a restart of this process; None: nowhere."""
        self.page = page
        self.sessions = Sessions(clock, KeptLogins(logins, users.seals()) if logins and page.users else None)
        self._users, self._clock = users, clock
        self._wrong = Buckets(WRONG_PER_S, WRONG_AT_ONCE)
        self._all_wrong = Buckets(ALL_WRONG_PER_S, ALL_WRONG_AT_ONCE, most=1)

    @property
    def has_login(self) -> bool:
        """Whether people log in here: there are users. A proxy then only brings requests, and is not asked who asks."""
        return bool(self.page.users)

    def visit(self, headers: Headers, asker: Asker) -> Visit:
        """The visit that a request with `headers` is part of.

        Raises:
            Refused: 401, nobody is let in with it; 403, the proxy names no role that is known; 429, too many wrong
                tokens.
        """
        if not self.has_login:
            return self._proxied(headers, self.page.proxy) if self.page.proxy else self._local()
        given = headers.getlist("authorization")
        if given:
            kind, _, token = given[0].partition(" ")
            if len(given) > 1 or kind.lower() != "bearer":
                raise Refused(401, "only `Authorization: Bearer TOKEN` is understood", _LOG_IN)
            return Visit(self.whose(token.strip(), asker), lambda: True, ambient=False)
        visit = self.sessions.visit(session_in(headers, asker))
        if visit is None:
            raise Refused(401, "you are not logged in", _LOG_IN)
        return visit

    def whose(self, token: str, asker: Asker) -> Person:
        """The user with this token.

        Raises:
            Refused: 401, nobody's; 429, nobody's, and this machine or all together have shown too many of those.
        """
        person = self._users.whose(token)
        if person is not None:
            # Limits are for guesses: another program of that machine, with a token of old, must not lock this one out.
            return person
        now_ns = self._clock.now().mono_ns
        wait_s = max(self._wrong.wait_s(asker.key, now_ns), self._all_wrong.wait_s("", now_ns))
        if wait_s:
            raise Refused(429, "too many wrong tokens", "wait, then try the right one", again_s=wait_s)
        self._wrong.take(asker.key, now_ns)
        self._all_wrong.take("", now_ns)
        _log.warning("a wrong token was shown from %s", asker.address)
        raise Refused(401, "this token is nobody's", "ask whoever keeps the configuration for yours")

    def _local(self) -> Visit:
        # The configuration is refused long before if this does not hold.
        if not is_loopback(self.page.host):
            raise Refused(401, "nobody may reach this page from elsewhere", "add `users`, or a `proxy`, under `page`")
        return Visit(LOCAL, lambda: True)

    def _proxied(self, headers: Headers, proxy: ProxyConfig) -> Visit:
        name = _one(headers, proxy.user_header)
        if not name:
            what = f"the proxy does not say who you are ({proxy.user_header})"
            raise Refused(401, what, "log in at the proxy; it must set that header, once, in every request")
        if len(name) > _LONGEST_NAME or not name.isprintable():
            raise Refused(403, f"the proxy's {proxy.user_header} is no name", "let it send a name of 1 to 120 letters")
        role = _role(headers, proxy) if proxy.role_header else proxy.role
        until_ns = self._clock.now().mono_ns + PROXY_VISIT_S * 1_000_000_000
        return Visit(Person(name, role), lambda: self._clock.now().mono_ns < until_ns)


def session_in(headers: Headers, asker: Asker) -> str:
    """The session id that a request carries; empty if none, or more than one."""
    pairs = (part.partition("=") for line in headers.getlist("cookie") for part in line.split(";"))
    found = {value.strip() for name, _, value in pairs if name.strip() == cookie_name(asker)}
    return found.pop() if len(found) == 1 else ""


def _role(headers: Headers, proxy: ProxyConfig) -> Role:
    said = _one(headers, proxy.role_header or "").lower()
    try:
        return Role(said)
    except ValueError:
        what = f"the proxy gives you no role that is known here ({proxy.role_header})"
        raise Refused(403, what, f"let it send one of: {', '.join(Role)}") from None


def _one(headers: Headers, name: str) -> str:
    # Twice means that somebody's own header came through beside the proxy's.
    values = headers.getlist(name)
    if len(values) != 1:
        return ""
    raw = values[0].encode("latin-1")
    try:
        return raw.decode().strip()
    except UnicodeDecodeError:
        return raw.decode("latin-1").strip()

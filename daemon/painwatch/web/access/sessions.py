"""Logins of people: a random id in a cookie, known by its hash alone and only for so long."""

from __future__ import annotations

import hashlib
import secrets
import threading
from collections import OrderedDict

from painwatch.core.clock import Clock
from painwatch.web.access.kept_logins import KeptLogins, Login
from painwatch.web.access.person import Person, Visit

IDLE_S = 12 * 3600
"""A login ends when nothing was asked with it for so long."""

LONGEST_S = 7 * 86_400
"""And in any case after so long; neither holds for persons who stay."""

LONGEST_COOKIE_S = 400 * 86_400
"""Browsers keep no cookie for longer."""

MOST = 1000
MOST_OF_ONE = 50
"""Logins at once; the one unused for longest gives way."""

ID_LENGTH = 43
"""Characters of an id: 256 bits, URL-safe."""


KEEP_S = 60
"""How much of the time since its last use a login may lose by a restart."""


class Sessions:
    """Every login there is, by the hash of its id. They end with the process, unless they are `kept`."""

    def __init__(self, clock: Clock, kept: KeptLogins | None = None) -> None:
        self._clock, self._lock = clock, threading.Lock()  # routes ask from many threads
        self._kept, self._kept_ns = kept, clock.now().mono_ns
        self._logins: OrderedDict[bytes, Login] = OrderedDict()  # the one used last comes last
        if kept is not None:
            self._logins.update(kept.read(self._kept_ns)[-MOST:])

    def begin(self, person: Person) -> str:
        """The id of a new login of `person`."""
        now_ns, made = self._clock.now().mono_ns, secrets.token_urlsafe(32)
        with self._lock:
            self._make_room(person, now_ns)
            self._logins[_key(made)] = Login(person, now_ns, now_ns)
            self._keep(now_ns)
        return made

    def visit(self, session: str) -> Visit | None:
        """The visit of whoever logged in as `session`, which counts as use of it; None if it has ended or never was."""
        if len(session) != ID_LENGTH:
            return None
        key = _key(session)
        with self._lock:
            login = self._lasting(key)
            if login is None:
                return None
            now_ns = login.used_ns = self._clock.now().mono_ns
            self._logins.move_to_end(key)
            if now_ns - self._kept_ns >= KEEP_S * 1_000_000_000:
                self._keep(now_ns)
        return Visit(login.person, lambda: self._lasts(key), session=session)

    def end(self, session: str) -> Person | None:
        """Ends a login; whoever it belonged to, if to anybody."""
        with self._lock:
            login = self._logins.pop(_key(session), None)
            if login is not None:
                self._keep(self._clock.now().mono_ns)
        return login.person if login else None

    def _keep(self, now_ns: int) -> None:
        self._kept_ns = now_ns
        if self._kept is not None:
            self._kept.write(self._logins.items())

    def _lasts(self, key: bytes) -> bool:
        with self._lock:
            return self._lasting(key) is not None

    def _lasting(self, key: bytes) -> Login | None:
        login = self._logins.get(key)
        if login is not None and _ended(login, self._clock.now().mono_ns):
            del self._logins[key]
            return None
        return login

    def _make_room(self, person: Person, now_ns: int) -> None:
        for key in [key for key, login in self._logins.items() if _ended(login, now_ns)]:
            del self._logins[key]
        own = [key for key, login in self._logins.items() if login.person.name == person.name]
        if len(own) >= MOST_OF_ONE:
            del self._logins[own[0]]
        elif len(self._logins) >= MOST:
            self._logins.popitem(last=False)


def _ended(login: Login, now_ns: int) -> bool:
    if login.person.stays:
        return False
    return now_ns - login.used_ns > IDLE_S * 1e9 or now_ns - login.began_ns > LONGEST_S * 1e9


def _key(session: str) -> bytes:
    # Looking up the hash tells nothing of the ids by the time that it takes.
    return hashlib.sha256(session.encode("utf-8", "surrogatepass")).digest()

"""The users of the configuration and their tokens: kept as hashes, compared in constant time."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable
from dataclasses import dataclass

from painwatch.config.page import UserConfig
from painwatch.core.errors import PainwatchError
from painwatch.secrets import SecretReader
from painwatch.web.access.person import Person

SHORTEST_TOKEN = 20
"""Characters. `painwatch token` makes 43, which are 256 random bits."""

LONGEST_TOKEN = 1024
"""More is not worth hashing."""


@dataclass(frozen=True, slots=True)
class Users:
    """Who may come in with a token; `known` pairs the SHA-256 of each token with its person.

    A fast hash is enough: what it hides was drawn at random and is too long to be guessed.
    """

    known: tuple[tuple[bytes, Person], ...]

    def whose(self, token: str) -> Person | None:
        """The person whose token this is; takes as long for a wrong one as for a right one."""
        if len(token) > LONGEST_TOKEN:
            return None
        asked, found = _hashed(token), None
        for hashed, person in self.known:
            if hmac.compare_digest(hashed, asked):
                found = person
        return found

    def seals(self) -> dict[str, Person]:
        """Each person by what only this token of theirs gives, and what gives nothing of it: logins are kept with it,
        and end with the token."""
        return {hashlib.sha256(b"login of " + hashed).hexdigest(): person for hashed, person in self.known}


def read_users(users: Iterable[UserConfig], read: SecretReader) -> Users:
    """The users with their tokens, read by `read`.

    Raises:
        PainwatchError: a token cannot be read, is too weak, or is another user's as well.
    """
    known: list[tuple[bytes, Person]] = []
    owners: dict[bytes, str] = {}
    for user in users:
        token = read(user.token)
        where = f"page: users: {user.name}: token"
        if weak := why_weak(token):
            raise PainwatchError(weak, where=where, mend="make one with `painwatch token`")
        hashed = _hashed(token)
        if hashed in owners:
            what = f"it is also the token of {owners[hashed]}"
            raise PainwatchError(what, where=where, mend="make each user a token of their own: `painwatch token`")
        owners[hashed] = user.name
        known.append((hashed, Person(user.name, user.role, user.stays)))
    return Users(tuple(known))


def why_weak(token: str) -> str:
    """Why `token` cannot serve, without a word of it; empty if it can."""
    if not token.isascii() or not token.isprintable() or " " in token:
        return "it holds spaces, line breaks or letters beyond ASCII, which a request cannot carry"
    if len(token) < SHORTEST_TOKEN:
        return f"it has {len(token)} characters; {SHORTEST_TOKEN} are the least"
    if len(token) > LONGEST_TOKEN:
        return f"it has {len(token)} characters; {LONGEST_TOKEN} are the most"
    if len(set(token)) < 8:
        return f"it is made of {len(set(token))} different characters only, which can be guessed"
    return ""


def _hashed(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()

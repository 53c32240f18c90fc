"""Forms and headers of people who are not let in."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from random import Random
from urllib.parse import quote_from_bytes

from fixtures.doors import TOKENS, USERS, house
from hostile.mutate import NASTY_TEXTS, mutated
from hostile.trial import Counts, Trial, UnclearError

OWN = {"origin": "http://127.0.0.1:8080", "content-type": "application/x-www-form-urlencoded"}


@contextlib.contextmanager
def logins(folder: Path) -> Iterator[Trial]:
    """The login's form and the headers that let people in: in with a right token alone, and never out of the site."""
    there = house({"users": USERS})

    def one(dice: Random) -> Counts:
        there.clock.turn(60)
        client = there.client()
        token, target = _token(dice), _word(dice)
        headers = dict(OWN)
        if dice.random() < 0.4:
            name = dice.choice(("origin", "content-type", "authorization", "cookie", "host", "content-length"))
            headers[name] = dice.choice((f"Bearer {_word(dice)}", f"painwatch={_word(dice)}", _word(dice)))
        body = f"token={quote_from_bytes(token)}&next={quote_from_bytes(target.encode())}".encode()
        body = mutated(body, dice) if dice.random() < 0.5 else body
        answer = client.post("/login", content=body, headers=headers)
        if answer.status_code >= 500:
            raise UnclearError(f"{answer.status_code} for {body[:300]!r} {headers!r}")
        if answer.status_code != 303:
            return Counts(refused=1)
        place = answer.headers["location"]
        if not place.startswith("/") or place.startswith(("//", "/\\")):
            raise UnclearError(f"leads to {place!r}")
        if not any(known.encode() in body.replace(b"%2D", b"-") for known in TOKENS.values()):
            raise UnclearError(f"let in with {body[:300]!r}")
        return Counts(accepted=1)

    yield Trial(one)


def _token(dice: Random) -> bytes:
    good = dice.choice(list(TOKENS.values())).encode()
    return dice.choice((good, mutated(good, dice, 2), dice.randbytes(20), b"x" * 5000, b""))


def _word(dice: Random) -> str:
    word = str(dice.choice((*NASTY_TEXTS, "//evil.example", "/\\evil", "/alarms", "javascript:1", "/a\r\nb")))
    return "".join(c for c in word if c.isprintable() and c.isascii())[:4000]

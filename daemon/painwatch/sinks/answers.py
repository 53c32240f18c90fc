"""What an InfluxDB's answer to a write means for what was sent. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import StrEnum

LONGEST_RETRY_AFTER_S = 300.0
"""No server makes us wait for longer."""

LONGEST_WAIT_S = 30.0
SAID_MAX_CHARS = 300
"""No more is repeated of what a server says."""

_SHORTEST_WAIT_S = 0.2
_SHORTEST_HELD_S = 1.0


class Meaning(StrEnum):
    """TAKEN: all is stored. REFUSED: at least one line never will be; the others may be stored. TOO_LARGE: send less
    at once. LATER: the same again will do. HELD: nothing will be taken until a person mends something.
    """

    TAKEN = "taken"
    REFUSED = "refused"
    TOO_LARGE = "too large"
    LATER = "later"
    HELD = "held"


@dataclass(frozen=True, slots=True)
class Answer:
    """`words` say why, and how to mend it where a person must. `retry_after_s`: what the server asked for.

    `login`: the token or password was refused, and may have been changed where it is read from.
    `dropped`: how many lines were refused, where the server says so.
    """

    meaning: Meaning
    words: str = ""
    retry_after_s: float | None = None
    login: bool = False
    dropped: int | None = None


def answer_of(status: int, headers: Mapping[str, str], body: str, *, now: datetime, secret: str = "") -> Answer:
    """What an HTTP answer means.

    Args:
        status: a write is taken with 204 and nothing else: other servers than an InfluxDB answer 200 to anything.
        now: counts where the server asks to wait until a time and does not say what time it is there.
        secret: never repeated in words.
    """
    headers = {name.lower(): value for name, value in headers.items()}
    if status == 204:
        return Answer(Meaning.TAKEN)
    everything = _said(headers, body, secret)
    said = everything[:SAID_MAX_CHARS] or "without a word"
    if status in (400, 422):
        # At the very end, where nothing of a line's own text stands.
        dropped = re.fullmatch(r"partial write: .* dropped=(\d+)", everything)
        return Answer(Meaning.REFUSED, f"{status}: {said}", dropped=int(dropped[1]) if dropped else None)
    if status == 413:
        return Answer(Meaning.TOO_LARGE, f"{status}: {said}")
    if (status in (408, 425, 429) or status >= 500) and "retention policy not found" not in said:
        return Answer(Meaning.LATER, f"answers {status}: {said}", _retry_after_s(headers, now))
    return Answer(Meaning.HELD, f"answers {status}: {said}; {_mend(status, said)}", login=status in (401, 403))


def wait_s(answer: Answer, failures: int, chance: float) -> float:
    """Seconds to wait after so many `failures` in a row (from 1): what the server asked for, else 0.2, 0.4 .. 30 s, or
    1, 2 .. 30 s where a person must mend something; each less up to a half by `chance` (0..1), so that not all who
    were turned away come back at once.
    """
    if answer.retry_after_s is not None:
        return max(_SHORTEST_WAIT_S, answer.retry_after_s) * (1 + 0.1 * chance)
    shortest = _SHORTEST_HELD_S if answer.meaning is Meaning.HELD else _SHORTEST_WAIT_S
    return min(LONGEST_WAIT_S, shortest * 2.0 ** min(failures - 1, 16)) * (1 - 0.5 * chance)


def hidden_of(secret: str, username: str | None) -> str:
    """What of a login must never be told: of `username:password` the password, else all of it."""
    return secret if username is None else secret.removeprefix(f"{username}:")


def for_ever_or(seconds: float) -> str:
    """How long a database keeps records; 0 is for ever."""
    days = seconds / 86_400
    return f"for {days:g} days" if seconds else "for ever"


def _said(headers: Mapping[str, str], body: str, secret: str) -> str:
    """The server's own words, on one line."""
    text = headers.get("x-influxdb-error") or headers.get("x-influx-error") or _from_json(body) or body
    if "<html" in text.lower():
        title = re.search(r"<title>(.*?)</title>", text, re.IGNORECASE | re.DOTALL)
        text = title[1] if title else "a web page"
    if secret:
        text = text.replace(secret, "***")
    return " ".join(text.split())


def _from_json(body: str) -> str:
    try:
        told = json.loads(body)
    except (ValueError, RecursionError):
        return ""
    if not isinstance(told, dict):
        return ""
    words = str(told.get("error") or told.get("message") or "")
    # InfluxDB 3 lists what was wrong with each line.
    lines = told.get("data")
    first = lines[0] if isinstance(lines, list) and lines else lines
    return f"{words}: {first['error_message']}" if isinstance(first, dict) and "error_message" in first else words


def _mend(status: int, said: str) -> str:
    if status in (401, 403):
        return "check the sink's token, or user and password, and what they may write (`painwatch influx check`)"
    if status == 404 and "page not found" in said:
        return "this address has no /api/v2/write: check `url`; InfluxDB has it from version 1.8 on"
    if status in (404, 500):
        return "make the database with `painwatch influx setup`, or correct `bucket` or `org`"
    if 300 <= status < 400:
        return "the address leads elsewhere: set `url` to where InfluxDB itself answers"
    if 200 <= status < 300:
        return "an InfluxDB answers 204: check that `url` is one"
    return "check the sink's settings (`painwatch influx check`)"


def _retry_after_s(headers: Mapping[str, str], now: datetime) -> float | None:
    text = headers.get("retry-after", "").strip()
    if text.isascii() and text.isdigit():
        return min(float(text[:9]), LONGEST_RETRY_AFTER_S)
    until = _date(text)
    if until is None:
        return None
    # The server's clock may be another than ours.
    seconds = (until - (_date(headers.get("date", "")) or now)).total_seconds()
    return min(max(0.0, seconds), LONGEST_RETRY_AFTER_S)


def _date(text: str) -> datetime | None:
    try:
        date = parsedate_to_datetime(text)
    except (TypeError, ValueError):
        return None
    return date if date.tzinfo is not None else date.replace(tzinfo=UTC)

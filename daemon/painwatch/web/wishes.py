"""What a person may ask of the hub, as the messages that ask for it. Pure."""

from __future__ import annotations

import hashlib
import json

from painwatch.core.alarms import Mark, Request, RequestAction

LONGEST_NAME = 120
"""Of rules, subjects, marks and people: what the hub reads of a name."""

LONGEST_WORDS = 500
LONGEST_SILENCE_MIN = 24 * 60

_MINUTE_NS = 60_000_000_000


def about_alarm(
    action: RequestAction,
    rule: str,
    subject: str,
    *,
    who: str,
    time_ns: int,
    given: str,
    minutes: float | None = None,
    words: str = "",
) -> Request:
    """A request to acknowledge, to silence for so many `minutes`, or to end a silence.

    Args:
        time_ns: the hub's clock (UTC).
        given: names the request for who asks: the same `given` again is the same request.
    """
    return Request(
        id=_id(who, action, rule, subject, given),
        action=action,
        time_ns=time_ns,
        who=who[:LONGEST_NAME],
        rule=rule,
        subject=subject,
        until_ns=None if minutes is None else time_ns + round(minutes * _MINUTE_NS),
        words=words,
    )


def to_mark(mark: Mark, *, who: str, time_ns: int, given: str) -> Request:
    """A request to keep `mark`; arguments as for `about_alarm`."""
    named = _id(who, RequestAction.MARK, mark.cage, mark.name, given)
    return Request(id=named, action=RequestAction.MARK, time_ns=time_ns, who=who[:LONGEST_NAME], mark=mark)


def readable(words: str) -> str:
    """`words` of a person, less the space around them.

    Raises:
        ValueError: more than one line, or signs that a terminal would obey and not show.
    """
    stripped = words.strip()
    if not stripped.isprintable():
        raise ValueError("must be one line of letters and signs that can be printed")
    return stripped


def _id(*parts: str) -> str:
    # Of all that is asked: an id used before by another person, or for another alarm, is not taken for done.
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:32]

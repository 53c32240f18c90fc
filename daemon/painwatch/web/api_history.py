"""What was: closed minutes."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Annotated

from fastapi import FastAPI, Query
from fastapi.responses import Response

from painwatch.core.errors import StoreError
from painwatch.store.history import History
from painwatch.web import answers
from painwatch.web.answers import answer, described
from painwatch.web.refusals import Refused
from painwatch.web.sources import Sources, known_cage

_HOUR_NS = 3_600_000_000_000
_LONGEST_NS = 366 * 24 * _HOUR_NS
_FURTHEST_NS = 2**63 - 1
"""What the history can hold, about 292 years either side of 1970."""

FROM = "ISO 8601 with its zone; default: an hour before `to`"
TO = "ISO 8601 with its zone; default: now"


def add_history(app: FastAPI, sources: Sources) -> None:
    @app.get("/api/cages/{name}/minutes", responses=described(answers.MinutesAnswer, 400, 404, 503), tags=["history"])
    def minutes(
        name: str,
        begin: Annotated[str | None, Query(alias="from", description=FROM)] = None,
        end: Annotated[str | None, Query(alias="to", description=TO)] = None,
    ) -> Response:
        """The closed minutes of a cage that began in [from, to); at most 31 days at once."""
        known_cage(sources, name)
        from_ns, to_ns = span(sources, begin, end, longest_days=31)
        try:
            found = tuple(sources.minutes(name, from_ns, to_ns))
        except StoreError as error:
            raise Refused(503, f"history cannot be read: {error.what}", error.mend) from None
        return answer(answers.MinutesAnswer(name, from_ns, to_ns, found))


def span(sources: Sources, begin: str | None, end: str | None, *, longest_days: int) -> tuple[int, int]:
    """What the query parameters `from` and `to` say, in ns since 1970. Raises Refused, 400."""
    to_ns = time_ns(end, "to") if end else sources.clock.now().wall_ns
    from_ns = time_ns(begin, "from") if begin else to_ns - _HOUR_NS
    if not 0 < to_ns - from_ns <= longest_days * 24 * _HOUR_NS:
        what = f"`from` must lie before `to`, and by no more than {longest_days} days"
        raise Refused(400, what, "ask for a shorter time")
    return from_ns, to_ns


@contextlib.contextmanager
def reading(sources: Sources) -> Iterator[History]:
    """The history, opened for a request. Raises Refused, 503, if it cannot be read."""
    try:
        # SQLite's connections belong to one thread each, and requests come in many.
        with sources.history() as past:
            yield past
    except StoreError as error:
        raise Refused(503, f"history cannot be read: {error.what}", error.mend) from None


def time_ns(text: str, which: str) -> int:
    """The time that the query parameter `which` says, in ns since 1970. Raises Refused, 400."""
    mend = "write it as 2026-01-31T08:00:00Z (in an address, + is %2B)"
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        raise Refused(400, f"`{which}` is not an ISO 8601 time: {text!r}", mend) from None
    if time.tzinfo is None:
        raise Refused(400, f"`{which}` does not say its time zone: {text!r}", mend)
    since = time - datetime(1970, 1, 1, tzinfo=UTC)
    since_ns = (since.days * 86_400 + since.seconds) * 1_000_000_000 + since.microseconds * 1000
    if abs(since_ns) > _FURTHEST_NS - _LONGEST_NS:
        raise Refused(400, f"`{which}` is further away than can be stored: {text!r}", mend)
    return since_ns

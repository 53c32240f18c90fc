"""Marks and the audit log over HTTP."""

from __future__ import annotations

from typing import Annotated

from fastapi import FastAPI, Query
from fastapi.responses import Response
from pydantic import AfterValidator, Field

from painwatch.core.alarms import Mark
from painwatch.web import answers_alarms as answers
from painwatch.web.answers import answer, described
from painwatch.web.api_alarms import LONGEST_DAYS, Acknowledger, Said
from painwatch.web.api_history import FROM, TO, reading, span, time_ns
from painwatch.web.doing import do
from painwatch.web.sources import Sources, known_cage, now
from painwatch.web.wishes import LONGEST_NAME, readable, to_mark

_TIME = "ISO 8601 with its zone; "


class SaidMark(Said):
    """What happened, and when."""

    name: Annotated[str, AfterValidator(readable), Field(min_length=1, max_length=LONGEST_NAME)]
    time: str | None = Field(default=None, description=f"{_TIME}unset: now")
    until: str | None = Field(default=None, description=f"{_TIME}unset: it happened at one moment")


def add_marks(app: FastAPI, sources: Sources) -> None:
    @app.get("/api/cages/{name}/marks", responses=described(answers.MarksAnswer, 400, 404, 503), tags=["marks"])
    def marks(
        name: str,
        begin: Annotated[str | None, Query(alias="from", description=FROM)] = None,
        end: Annotated[str | None, Query(alias="to", description=TO)] = None,
    ) -> Response:
        """Marks of a cage in [from, to), and those that reach into it; at most 366 days at once."""
        known_cage(sources, name)
        from_ns, to_ns = span(sources, begin, end, longest_days=LONGEST_DAYS)
        with reading(sources) as past:
            return answer(answers.MarksAnswer(name, from_ns, to_ns, past.marks(name, from_ns, to_ns)))

    done = described(answers.MarkDone, 400, 401, 403, 404, 409, 503, 504)

    @app.post("/api/cages/{name}/marks", responses=done, tags=["marks"])
    def mark(name: str, person: Acknowledger, said: SaidMark) -> Response:
        """Something happened at the cage: a treatment, a surgery, a new animal."""
        known_cage(sources, name)
        begin_ns = time_ns(said.time, "time") if said.time else None
        end_ns = time_ns(said.until, "until") if said.until else None
        if begin_ns is None:
            begin_ns = now(sources)[0].now_ns
        kept = Mark(name, said.name, begin_ns, end_ns, said.words, person.name)
        do(sources, lambda now_ns: to_mark(kept, who=person.name, time_ns=now_ns, given=said.request))
        return answer(answers.MarkDone(said.request, kept))

    @app.get("/api/audit", responses=described(answers.AuditAnswer, 400, 503), tags=["audit"])
    def audit(
        from_seq: Annotated[int, Query(ge=1, lt=2**62)] = 1, limit: Annotated[int, Query(ge=1, le=1000)] = 100
    ) -> Response:
        """Entries of the audit log from number `from_seq` on, with the head of its chain."""
        with reading(sources) as past:
            head = past.audit_head()
            entries = tuple(answers.AuditLine(*entry) for entry in past.audit(from_seq, limit))
        return answer(answers.AuditAnswer(from_seq, entries, head.seq, head.hash))

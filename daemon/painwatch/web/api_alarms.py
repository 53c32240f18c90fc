"""Alarms over HTTP: how they stand, how they stood, and what a person does about them."""

from __future__ import annotations

from typing import Annotated
from uuid import uuid4

from fastapi import FastAPI, Path, Query
from fastapi.responses import Response
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from painwatch.config.page import Role
from painwatch.core.alarms import RequestAction
from painwatch.web import answers_alarms as answers
from painwatch.web.access.person import Person, needs
from painwatch.web.answers import answer, described
from painwatch.web.api_history import FROM, TO, reading, span
from painwatch.web.doing import alarm_of, do
from painwatch.web.sources import Sources, now, subjects_of
from painwatch.web.wishes import LONGEST_NAME, LONGEST_SILENCE_MIN, LONGEST_WORDS, about_alarm, readable

LONGEST_DAYS = 366
MOST_TRANSITIONS = 5000

Acknowledger = Annotated[Person, needs(Role.ACKNOWLEDGE)]
Named = Annotated[str, Path(max_length=LONGEST_NAME)]
Words = Annotated[str, AfterValidator(readable), Field(max_length=LONGEST_WORDS, description="why, for those who read")]


class Said(BaseModel):
    """With what something is asked."""

    model_config = ConfigDict(extra="forbid")

    words: Words = ""
    request: str = Field(
        default_factory=lambda: uuid4().hex,
        pattern=r"^[A-Za-z0-9_-]{8,64}$",
        description="a name of yours for this request: sent again, it is done once; unset: a new one",
    )


class SaidSilence(Said):
    """For how long, and with what."""

    minutes: float = Field(gt=0, le=LONGEST_SILENCE_MIN, allow_inf_nan=False)


def add_alarms(app: FastAPI, sources: Sources) -> None:
    @app.get("/api/alarms", responses=described(answers.AlarmsAnswer, 503), tags=["alarms"])
    def alarms() -> Response:
        """Every alarm as it stands now."""
        _, hub, age_s = now(sources)
        return answer(answers.AlarmsAnswer(age_s, hub.alarms, sources.config.alarms.off))

    @app.get("/api/alarms/history", responses=described(answers.TransitionsAnswer, 400, 404, 503), tags=["alarms"])
    def history(
        begin: Annotated[str | None, Query(alias="from", description=FROM)] = None,
        end: Annotated[str | None, Query(alias="to", description=TO)] = None,
        cage: Annotated[str | None, Query(description="only what is about this cage or its cameras")] = None,
        limit: Annotated[int, Query(ge=1, le=MOST_TRANSITIONS)] = 1000,
    ) -> Response:
        """What became of alarms in [from, to), with the evidence; at most 366 days at once, and the newest `limit`."""
        subjects = None if cage is None else subjects_of(sources, cage)
        from_ns, to_ns = span(sources, begin, end, longest_days=LONGEST_DAYS)
        with reading(sources) as past:
            found = past.transitions(from_ns, to_ns, subjects=subjects, limit=limit + 1)
        return answer(answers.TransitionsAnswer(from_ns, to_ns, found[-limit:], len(found) > limit))

    def act(
        action: RequestAction, rule: str, subject: str, person: Person, said: Said, minutes: float | None = None
    ) -> Response:
        do(
            sources,
            lambda time_ns: about_alarm(
                action,
                rule,
                subject,
                who=person.name,
                time_ns=time_ns,
                given=said.request,
                minutes=minutes,
                words=said.words,
            ),
        )
        return answer(answers.AlarmDone(said.request, alarm_of(sources, rule, subject)))

    done = described(answers.AlarmDone, 400, 401, 403, 409, 503, 504)

    @app.post("/api/alarms/{rule}/{subject}/acknowledge", responses=done, tags=["alarms"])
    def acknowledge(rule: Named, subject: Named, person: Acknowledger, said: Said | None = None) -> Response:
        """You have seen the alarm. It stays until its condition ends."""
        return act(RequestAction.ACKNOWLEDGE, rule, subject, person, said or Said())

    @app.post("/api/alarms/{rule}/{subject}/silence", responses=done, tags=["alarms"])
    def silence(rule: Named, subject: Named, person: Acknowledger, said: SaidSilence) -> Response:
        """Nobody is told of the alarm for so many minutes, at most 24 h. The page still shows it."""
        return act(RequestAction.SILENCE, rule, subject, person, said, said.minutes)

    @app.post("/api/alarms/{rule}/{subject}/unsilence", responses=done, tags=["alarms"])
    def unsilence(rule: Named, subject: Named, person: Acknowledger, said: Said | None = None) -> Response:
        """The silence ends now."""
        return act(RequestAction.UNSILENCE, rule, subject, person, said or Said())

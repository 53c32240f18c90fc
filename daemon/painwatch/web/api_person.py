"""Who is asking, as the system sees it. How a route asks for a role: see `needs`."""

from __future__ import annotations

from typing import Annotated

from fastapi import FastAPI
from fastapi.responses import Response

from painwatch.config.page import Role
from painwatch.web import answers
from painwatch.web.access.person import Person, needs
from painwatch.web.answers import answer, described

Viewer = Annotated[Person, needs(Role.VIEW)]


def add_person(app: FastAPI) -> None:
    @app.get("/api/person", responses=described(answers.PersonAnswer, 401), tags=["state"])
    def person(person: Viewer) -> Response:
        """Who you are here, and what you may do: view, acknowledge or administer."""
        return answer(answers.PersonAnswer(person.name, person.role))

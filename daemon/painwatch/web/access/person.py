"""Who asks, for routes and pages. A route or a page asks here and nowhere else."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from fastapi import Depends
from nicegui import ui
from starlette.requests import HTTPConnection, Request

from painwatch.config.page import Role
from painwatch.web.refusals import Refused

_KEY = "painwatch.visit"

_LOG_IN = "log in at /login, or send the header `Authorization: Bearer TOKEN`"


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody, or some program, that was let in. `name` stands in the audit log; `stays`: logins do not end unused."""

    name: str
    role: Role
    stays: bool = False


@dataclass(frozen=True, slots=True)
class Visit:
    """A person at the door: let in, for as long as `lasts` says so.

    Attributes:
        ambient: the browser shows the visit's credentials by itself, so that a page of another site could make it act;
            what changes something must then carry the header X-Painwatch.
        session: of a login, else None.
    """

    person: Person
    lasts: Callable[[], bool]
    ambient: bool = True
    session: str | None = None


def admit(scope: Any, visit: Visit) -> None:
    """Writes `visit` into the ASGI `scope` of a request or a socket; nothing from outside can."""
    scope[_KEY] = visit


def visit_of(request: HTTPConnection) -> Visit | None:
    """The visit that `request` belongs to; None if nobody was let in with it."""
    visit = request.scope.get(_KEY)
    return visit if isinstance(visit, Visit) else None


def person_of(request: HTTPConnection) -> Person:
    """Who asks with `request`.

    Raises:
        Refused: 401, nobody was let in with it, or the login has ended since.
    """
    visit = visit_of(request)
    if visit is None or not visit.lasts():
        raise Refused(401, "you are not logged in", _LOG_IN)
    return visit.person


def allowed(person: Person, needed: Role) -> Person:
    """`person`, who may do what `needed` may.

    Raises:
        Refused: 403, the person's role does not reach.
    """
    if not person.role.may(needed):
        mend = f"ask for the role `{needed}`, which `users` under `page` (or the proxy) gives"
        raise Refused(403, f"{person.name} may {person.role} only", mend)
    return person


def needs(role: Role) -> Any:
    """For routes: `def silence(person: Annotated[Person, needs(Role.ACKNOWLEDGE)])`; refused with 401 or 403."""

    def who(request: Request) -> Person:
        return allowed(person_of(request), role)

    return Depends(who)


def acting(role: Role = Role.VIEW) -> Person:
    """For pages, while one is built and in what its buttons do: the person whose browser shows it.

    The page stays in a tab when its login has ended: ask at each action, never once for all.

    Raises:
        Refused: 401, the login has ended; 403, the person's role does not reach.
    """
    client = ui.context.client
    return allowed(sitting_at(client.request, client.environ), role)


def sitting_at(request: HTTPConnection, environ: Mapping[str, Any] | None) -> Person:
    """The person in front of a page that was built for `request` and is kept alive by the socket of `environ`.

    A socket that breaks off comes back with a new visit, perhaps another person's: a page is its first person's only.

    Raises:
        Refused: 401, the login has ended, or it is somebody else's by now.
    """
    built_for = visit_of(request)
    socket = HTTPConnection(environ["asgi.scope"]) if environ and "asgi.scope" in environ else None
    person = person_of(socket or request)
    if built_for is None or built_for.person != person:
        raise Refused(401, "this page was opened by somebody else", "load the page anew")
    return person

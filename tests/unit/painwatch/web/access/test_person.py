"""Who sits in front of a page that stays open while logins come and go."""

from __future__ import annotations

import pytest
from starlette.requests import HTTPConnection

from painwatch.config.page import Role
from painwatch.web.access.person import Person, Visit, admit, allowed, sitting_at
from painwatch.web.refusals import Refused

ANNA, WALL = Person("anna", Role.ADMINISTER), Person("wall", Role.VIEW)


def scope(kind: str, person: Person | None, *, lasts: bool = True) -> dict[str, object]:
    made: dict[str, object] = {"type": kind, "headers": []}
    if person is not None:
        admit(made, Visit(person, lambda: lasts))
    return made


def page(person: Person | None, *, lasts: bool = True) -> HTTPConnection:
    return HTTPConnection(scope("http", person, lasts=lasts))


def socket(person: Person | None, *, lasts: bool = True) -> dict[str, object]:
    return {"asgi.scope": scope("websocket", person, lasts=lasts)}


def test_while_a_page_is_built_it_is_whoever_asked_for_it() -> None:
    assert sitting_at(page(ANNA), None) == ANNA
    assert sitting_at(page(ANNA), {}) == ANNA


def test_a_socket_that_came_back_keeps_the_page_its_persons() -> None:
    assert sitting_at(page(ANNA, lasts=False), socket(ANNA)) == ANNA


@pytest.mark.parametrize(
    ("request_", "environ"),
    [
        (page(None), None),
        (page(ANNA, lasts=False), None),
        (page(ANNA), socket(ANNA, lasts=False)),
        (page(ANNA), socket(None)),
        (page(ANNA), socket(WALL)),
        (page(WALL), socket(ANNA)),
        (page(ANNA), socket(Person("anna", Role.VIEW))),
        (page(None), socket(ANNA)),
    ],
)
def test_else_nobody_sits_there(request_: HTTPConnection, environ: dict[str, object] | None) -> None:
    with pytest.raises(Refused) as refused:
        sitting_at(request_, environ)
    assert refused.value.status == 401


def test_a_role_reaches_as_far_as_itself() -> None:
    roles = list(Role)
    for own in roles:
        for needed in roles:
            if roles.index(own) >= roles.index(needed):
                assert allowed(Person("x", own), needed).role is own
            else:
                with pytest.raises(Refused) as refused:
                    allowed(Person("x", own), needed)
                assert refused.value.status == 403

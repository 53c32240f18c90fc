"""Every route of the real API, asked as its OpenAPI document allows and as it forbids (schemathesis)."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

import hypothesis
import schemathesis
from schemathesis.checks import load_all_checks, not_a_server_error
from schemathesis.openapi import from_asgi
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
)

from fixtures.fake_hub import Story, snapshot
from fixtures.stored import mark, minute, note, transition, write
from fixtures.turned_clock import TurnedClock
from fixtures.visitors import as_person
from hostile.trial import Counts, Trial, UnclearError
from painwatch.config.models import Config
from painwatch.config.places import Places
from painwatch.core.alarms import Answer, Request
from painwatch.store.history import open_history
from painwatch.web.api import build_api
from painwatch.web.asking import Asking, Wait
from painwatch.web.feed import Heard
from painwatch.web.pictures import Pictures
from painwatch.web.sources import Sources

CHECKS = [not_a_server_error, content_type_conformance, response_schema_conformance, response_headers_conformance]
"""All but those of status codes: what must be refused and what may be is decided by more than the document tells."""

NO_CRASH = (503, 504)
"""Said by us, with what and mend: the hub is silent, or does not answer."""


def app_of(folder: Path) -> Any:
    """The application with its history, and a hub that does what it is asked every other time; asked by a person."""
    cameras = [{"name": f"cage-1-{view}", "source": {"kind": "virtual", "view": view}} for view in ("left", "right")]
    cage = {"name": "cage-1", "species": "rat", "strain": "rendered", "coat": "white", "cameras": cameras}
    config = Config.model_validate({"version": 1, "site": "Room 1", "cages": [cage]})
    clock, places, asked = TurnedClock(), Places(folder / "run", folder / "data"), [0]
    start = clock.wall_ns // 60_000_000_000 * 60_000_000_000
    minutes = [minute(start - n * 60_000_000_000, cage="cage-1") for n in range(1, 20)]
    write(places.database, *minutes, transition(start, subject="cage-1"), mark(start, cage="cage-1"), note())

    def send(request: Request, _: Wait) -> Answer:
        asked[0] += 1
        return Answer(request.id, bool(asked[0] % 2), "" if asked[0] % 2 else "there is no such alarm")

    def stored(cage: str, from_ns: int, to_ns: int) -> Any:
        with open_history(places.database) as history:
            return history.minutes(cage, from_ns, to_ns)

    hub = Heard(snapshot(config, Story()), 0.2)
    pictures = Pictures([camera["name"] for camera in cameras], places, clock, 0.9)
    past = partial(open_history, places.database)
    sources = Sources(config, lambda: hub, pictures, stored, clock, past, Asking(send))
    return as_person(build_api(sources))


@contextlib.contextmanager
def api_routes(folder: Path) -> Iterator[Trial]:
    """An input is a handful of requests to one operation: each is answered as documented, and never by a 5xx crash."""
    load_all_checks()
    schema = from_asgi("/api/openapi.json", app_of(folder))
    operations = [result.ok() for result in schema.get_all_operations()]

    def one(dice: Random) -> Counts:
        operation = dice.choice(operations)
        mode = dice.choice(list(schemathesis.GenerationMode))
        try:
            strategy = operation.as_strategy(generation_mode=mode)
            return _asked(strategy, dice.randrange(2**32), 12)
        except (hypothesis.errors.Unsatisfiable, hypothesis.errors.InvalidArgument):
            return Counts(0)  # no request to this operation can be wrong

    yield Trial(one)


def _asked(strategy: Any, seed: int, most: int) -> Counts:
    counts = Counts(0)

    @hypothesis.seed(seed)
    @hypothesis.settings(
        max_examples=most,
        database=None,
        deadline=None,
        suppress_health_check=list(hypothesis.HealthCheck),
        phases=[hypothesis.Phase.generate],
    )
    @hypothesis.given(case=strategy)
    def ask(case: schemathesis.Case) -> None:
        nonlocal counts
        answer = case.call()
        if answer.status_code not in NO_CRASH:
            case.validate_response(answer, checks=CHECKS)
        told = answer.status_code < 400
        if not told and not (answer.json().get("what") and answer.json().get("mend")):
            raise UnclearError(f"{answer.status_code} without what and mend: {answer.content[:200]!r}")
        counts = _one_more(counts, told)

    ask()
    return counts


def _one_more(counts: Counts, told: bool) -> Counts:
    return Counts(counts.tried + 1, counts.accepted + told, counts.refused + (not told))

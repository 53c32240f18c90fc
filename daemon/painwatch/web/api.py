"""The HTTP interface: state and history as JSON, live pictures, health and metrics."""

from __future__ import annotations

from importlib.metadata import version
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from painwatch.web import answers
from painwatch.web.api_alarms import add_alarms
from painwatch.web.api_health import add_health
from painwatch.web.api_history import add_history
from painwatch.web.api_marks import add_marks
from painwatch.web.api_person import add_person
from painwatch.web.api_pictures import add_pictures
from painwatch.web.api_state import add_state
from painwatch.web.refusals import catch_all, say_refusals
from painwatch.web.sources import Sources


def build_api(sources: Sources) -> FastAPI:
    """The application with every route but the page's."""
    app = FastAPI(
        title="painwatch",
        version=version("painwatch"),
        description="State, history, pictures and alarms. Every answer is what the system knows now, or says how old.",
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/openapi.json",
    )
    say_refusals(app)
    add_state(app, sources)
    add_history(app, sources)
    add_alarms(app, sources)
    add_marks(app, sources)
    add_pictures(app, sources)
    add_health(app, sources)
    add_person(app)
    catch_all(app)

    def openapi() -> dict[str, Any]:
        document = get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes)
        document.setdefault("components", {}).setdefault("schemas", {}).update(answers.schemas())
        return document

    app.openapi = openapi  # type: ignore[method-assign]
    return app

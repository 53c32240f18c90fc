"""Whether the system sees, for a supervisor or a load balancer, and its figures for Prometheus."""

from __future__ import annotations

from fastapi import FastAPI, Request
from fastapi.responses import PlainTextResponse, Response

from painwatch.web import answers
from painwatch.web.access.person import visit_of
from painwatch.web.answers import answer, described
from painwatch.web.health import why_not_seeing
from painwatch.web.metrics import CONTENT_TYPE, Metrics
from painwatch.web.sources import Sources


def add_health(app: FastAPI, sources: Sources) -> None:
    metrics = Metrics(sources.heard)

    @app.get("/healthz", responses=described(answers.HealthAnswer, 503), tags=["health"])
    def healthz(request: Request) -> Response:
        """200 while the system sees with every camera, else 503; the reasons are told to who may see the rest."""
        reasons = why_not_seeing(sources.heard(), (camera.name for _, camera in sources.config.cameras))
        status = ("not_seeing", 503) if reasons else ("ok", 200)
        told = reasons if visit_of(request) is not None else ()
        return answer(answers.HealthAnswer(status[0], told), status[1])

    @app.get("/metrics", response_class=PlainTextResponse, tags=["health"])
    def exposition() -> Response:
        """Prometheus text format."""
        return Response(metrics.text(), media_type=CONTENT_TYPE)

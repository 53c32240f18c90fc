"""How the API says no: always as JSON with what is wrong and how to mend it."""

from __future__ import annotations

import math

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from painwatch.web.answers import Refusal, answer

_LIST = "GET /api/openapi.json lists all there is"


class Refused(Exception):
    """A request that gets no answer; the client is told `what` and `mend` with HTTP `status`."""

    def __init__(
        self, status: int, what: str, mend: str, *, age_s: float | None = None, again_s: float | None = None
    ) -> None:
        """`again_s`: how long to wait until it is worth asking again."""
        self.status, self.refusal, self.again_s = status, Refusal(what, mend, age_s), again_s
        super().__init__(what)

    def response(self) -> Response:
        """The refusal as JSON."""
        said = answer(self.refusal, self.status)
        if self.status == 401:
            said.headers["WWW-Authenticate"] = "Bearer"
        if self.again_s is not None:
            said.headers["Retry-After"] = str(max(1, math.ceil(self.again_s)))
        return said


def say_refusals(app: FastAPI) -> None:
    """Makes `app` answer every refusal as JSON."""

    @app.exception_handler(Refused)
    def refused(_: Request, error: Refused) -> Response:
        return error.response()

    @app.exception_handler(HTTPException)
    def http(request: Request, error: HTTPException) -> Response:
        return answer(Refusal(f"{request.method} {request.url.path}: {error.detail}", _LIST), error.status_code)

    @app.exception_handler(RequestValidationError)
    def invalid(_: Request, error: RequestValidationError) -> Response:
        what = "; ".join(f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in error.errors())
        return answer(Refusal(what, _LIST), 400)


def catch_all(app: FastAPI) -> None:
    """Refuses what is left under /api, which would else go to the page. To be called after every route is there."""

    @app.get("/api/{rest:path}", include_in_schema=False)
    def nothing(rest: str) -> Response:
        raise Refused(404, f"there is no /api/{rest}", _LIST)

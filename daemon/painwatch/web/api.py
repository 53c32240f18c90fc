"""The HTTP interface: state and history as JSON, live pictures, health and metrics. Reads only; changes nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Annotated, Any, Protocol

from fastapi import FastAPI, Query
from fastapi.openapi.utils import get_openapi
from fastapi.responses import Response

from painwatch.config.models import CageConfig, Config
from painwatch.core.clock import Clock
from painwatch.core.errors import RingError, StoreError
from painwatch.core.live import Snapshot
from painwatch.core.types import MinuteSummary, Status
from painwatch.core.wire import VERSION
from painwatch.core.words import for_how_long
from painwatch.web import answers
from painwatch.web.answers import answer, described, pictured
from painwatch.web.feed import Heard
from painwatch.web.health import why_not_seeing
from painwatch.web.looking import NO_MAP, about_attention
from painwatch.web.metrics import CONTENT_TYPE, Metrics
from painwatch.web.pictures import Kind, Pictures
from painwatch.web.refusals import Refused, catch_all, say_refusals
from painwatch.web.wording import about_cage, about_camera, about_look

_HOUR_NS = 3_600_000_000_000
_LONGEST_NS = 31 * 24 * _HOUR_NS
_FURTHEST_NS = 2**63 - 1
"""What the history can hold, about 292 years either side of 1970."""

_FROM = "ISO 8601 with its zone; default: an hour before `to`"
_TO = "ISO 8601 with its zone; default: now"


Token = Annotated[str, Query(alias="v", description="of the look to show, as the page uses it; default: the newest")]


class Minutes(Protocol):
    """Reads the closed minutes of a cage that began in [from_ns, to_ns), oldest first. Raises StoreError."""

    def __call__(self, cage: str, from_ns: int, to_ns: int) -> Sequence[MinuteSummary]: ...


@dataclass(frozen=True, slots=True)
class Sources:
    """Where the page and the API get what they show."""

    config: Config
    heard: Callable[[], Heard]
    pictures: Pictures
    minutes: Minutes
    clock: Clock


def build_api(sources: Sources) -> FastAPI:
    """The application with every route but the page's."""
    app = FastAPI(
        title="painwatch",
        version=version("painwatch"),
        description="State, history and live pictures. Every answer is what the system knows now, or says how old.",
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/openapi.json",
    )
    say_refusals(app)
    _add_state(app, sources)
    _add_history(app, sources)
    _add_pictures(app, sources)
    _add_health(app, sources)
    catch_all(app)

    def openapi() -> dict[str, Any]:
        document = get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes)
        document.setdefault("components", {}).setdefault("schemas", {}).update(answers.schemas())
        return document

    app.openapi = openapi  # type: ignore[method-assign]
    return app


def _add_state(app: FastAPI, sources: Sources) -> None:
    @app.get("/api/snapshot", responses=described(answers.SnapshotAnswer, 503), tags=["state"])
    def snapshot() -> Response:
        """All the hub knows now."""
        _, hub, age_s = _now(sources)
        return answer(answers.SnapshotAnswer(age_s, hub))

    @app.get("/api/cages", responses=described(answers.CagesAnswer, 503), tags=["state"])
    def cages() -> Response:
        """Every configured cage."""
        heard, _, age_s = _now(sources)
        return answer(answers.CagesAnswer(tuple(_cage(cage, heard, age_s) for cage in sources.config.cages)))

    @app.get("/api/cages/{name}", responses=described(answers.CageAnswer, 404, 503), tags=["state"])
    def cage(name: str) -> Response:
        """One cage."""
        configured = _known_cage(sources, name)
        heard, _, age_s = _now(sources)
        return answer(_cage(configured, heard, age_s))

    @app.get("/api/cameras/{name}", responses=described(answers.CameraAnswer, 404, 503), tags=["state"])
    def camera(name: str) -> Response:
        """One camera, with its last prediction."""
        cage = _known_camera(sources, name)
        heard, hub, age_s = _now(sources)
        live = heard.camera(name)
        said = about_camera(live, hub.time_ns, age_s)
        look = about_look(live, age_s)
        facts = answers.CameraAnswer(name, cage, said.state, said.headline, said.severity, look, age_s, live)
        return answer(facts)

    @app.get("/api/cameras/{name}/attention", responses=described(answers.AttentionAnswer, 404, 503), tags=["state"])
    def attention(name: str) -> Response:
        """What the classifier attended to in the last face, as numbers; the same as a picture: attention.jpg."""
        _known_camera(sources, name)
        heard, _, age_s = _now(sources)
        live = heard.camera(name)
        look = live.prediction if live and live.predictions_per_s > 0 else None
        if look is None or not look.attention:
            told = look is not None and look.status is Status.OK
            why = f"{NO_MAP} ({look.model})" if look and told else f"there is no attention map of {name} now"
            raise Refused(404, why, "look at the camera's state and ask again")
        return answer(
            answers.AttentionAnswer(
                camera=name,
                cage=look.cage,
                time_ns=look.time_ns,
                model=look.model,
                pain_probability=look.pain_probability,
                rows=look.attention,
                looked_at=look.looked_at,
                words=about_attention(look),
                age_s=age_s,
            )
        )

    @app.get("/api/version", responses=described(answers.VersionAnswer), tags=["state"])
    def versions() -> Response:
        """Which painwatch this is, and which version of its messages it speaks."""
        return answer(answers.VersionAnswer(app.version, VERSION))


def _add_history(app: FastAPI, sources: Sources) -> None:
    @app.get("/api/cages/{name}/minutes", responses=described(answers.MinutesAnswer, 400, 404, 503), tags=["history"])
    def minutes(
        name: str,
        begin: Annotated[str | None, Query(alias="from", description=_FROM)] = None,
        end: Annotated[str | None, Query(alias="to", description=_TO)] = None,
    ) -> Response:
        """The closed minutes of a cage that began in [from, to); at most 31 days at once."""
        _known_cage(sources, name)
        to_ns = _time(end, "to") if end else sources.clock.now().wall_ns
        from_ns = _time(begin, "from") if begin else to_ns - _HOUR_NS
        if not 0 < to_ns - from_ns <= _LONGEST_NS:
            raise Refused(400, "`from` must lie before `to`, and by no more than 31 days", "ask for a shorter time")
        try:
            found = tuple(sources.minutes(name, from_ns, to_ns))
        except StoreError as error:
            raise Refused(503, f"history cannot be read: {error.what}", error.mend) from None
        return answer(answers.MinutesAnswer(name, from_ns, to_ns, found))


def _add_pictures(app: FastAPI, sources: Sources) -> None:
    def picture(name: str, kind: Kind, token: str) -> Response:
        _known_camera(sources, name)
        try:
            data = sources.pictures.jpeg(name, kind, sources.heard(), token)
        except (RingError, ValueError) as error:
            raise Refused(404, f"the picture of {name} cannot be read: {error}", "look at the camera's log") from None
        if data is None:
            missing = {"picture": "picture", "crop": "judged face", "attention": "attention map"}[kind]
            raise Refused(404, f"there is no {missing} of {name} now", "look at the camera's state and ask again")
        return Response(data, media_type="image/jpeg", headers={"Cache-Control": "no-store"})

    @app.get("/api/cameras/{name}/picture.jpg", responses=pictured(404), tags=["pictures"])
    def whole(name: str, token: Token = "") -> Response:
        """The newest picture, with face square and keypoints drawn if it is one that was judged."""
        return picture(name, "picture", token)

    @app.get("/api/cameras/{name}/crop.jpg", responses=pictured(404), tags=["pictures"])
    def crop(name: str, token: Token = "") -> Response:
        """The face that was judged, 224 px square."""
        return picture(name, "crop", token)

    @app.get("/api/cameras/{name}/attention.jpg", responses=pictured(404), tags=["pictures"])
    def attention(name: str, token: Token = "") -> Response:
        """The judged face under the classifier's attention map."""
        return picture(name, "attention", token)


def _add_health(app: FastAPI, sources: Sources) -> None:
    metrics = Metrics(sources.heard)

    @app.get("/healthz", responses=described(answers.HealthAnswer, 503), tags=["health"])
    def healthz() -> Response:
        """200 while the system sees with every camera, else 503 with the reasons."""
        reasons = why_not_seeing(sources.heard(), (camera.name for _, camera in sources.config.cameras))
        status = ("not_seeing", 503) if reasons else ("ok", 200)
        return answer(answers.HealthAnswer(status[0], reasons), status[1])

    @app.get("/metrics", tags=["health"])
    def exposition() -> Response:
        """Prometheus text format."""
        return Response(metrics.text(), media_type=CONTENT_TYPE)


def _now(sources: Sources) -> tuple[Heard, Snapshot, float]:
    heard = sources.heard()
    if heard.snapshot is None or heard.age_s is None:
        raise Refused(503, "the hub has not been heard yet", "start `painwatch run`, or look at the hub's log")
    if not heard.fresh:
        what = f"the hub has been silent for {for_how_long(heard.age_s)}"
        raise Refused(503, what, "look at the hub's log", age_s=heard.age_s)
    return heard, heard.snapshot, heard.age_s


def _cage(cage: CageConfig, heard: Heard, age_s: float) -> answers.CageAnswer:
    live = heard.cage(cage.name)
    said = about_cage(live, len(cage.cameras), heard.now_ns, age_s)
    return answers.CageAnswer(cage.name, said.state, said.headline, said.severity, age_s, live)


def _known_cage(sources: Sources, name: str) -> CageConfig:
    for cage in sources.config.cages:
        if cage.name == name:
            return cage
    raise Refused(404, f"there is no cage {name!r}", f"there are {', '.join(c.name for c in sources.config.cages)}")


def _known_camera(sources: Sources, name: str) -> str:
    try:
        return sources.config.camera(name)[0].name
    except KeyError:
        names = ", ".join(camera.name for _, camera in sources.config.cameras)
        raise Refused(404, f"there is no camera {name!r}", f"there are {names}") from None


def _time(text: str, which: str) -> int:
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

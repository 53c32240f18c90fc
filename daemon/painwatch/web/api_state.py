"""What is now: snapshot, cages, cameras, and what the classifier attended to."""

from __future__ import annotations

from fastapi import FastAPI
from fastapi.responses import Response

from painwatch.config.models import CageConfig
from painwatch.core.types import Status
from painwatch.core.wire import VERSION
from painwatch.web import answers
from painwatch.web.answers import answer, described
from painwatch.web.feed import Heard
from painwatch.web.looking import NO_MAP, about_attention
from painwatch.web.refusals import Refused
from painwatch.web.sources import Sources, known_cage, known_camera, now
from painwatch.web.wording import about_cage, about_camera, about_look


def add_state(app: FastAPI, sources: Sources) -> None:
    @app.get("/api/snapshot", responses=described(answers.SnapshotAnswer, 503), tags=["state"])
    def snapshot() -> Response:
        """All the hub knows now."""
        _, hub, age_s = now(sources)
        return answer(answers.SnapshotAnswer(age_s, hub))

    @app.get("/api/cages", responses=described(answers.CagesAnswer, 503), tags=["state"])
    def cages() -> Response:
        """Every configured cage."""
        heard, _, age_s = now(sources)
        return answer(answers.CagesAnswer(tuple(_cage(cage, heard, age_s) for cage in sources.config.cages)))

    @app.get("/api/cages/{name}", responses=described(answers.CageAnswer, 404, 503), tags=["state"])
    def cage(name: str) -> Response:
        """One cage."""
        configured = known_cage(sources, name)
        heard, _, age_s = now(sources)
        return answer(_cage(configured, heard, age_s))

    @app.get("/api/cameras/{name}", responses=described(answers.CameraAnswer, 404, 503), tags=["state"])
    def camera(name: str) -> Response:
        """One camera, with its last prediction."""
        cage = known_camera(sources, name)
        heard, hub, age_s = now(sources)
        live = heard.camera(name)
        said = about_camera(live, hub.time_ns, age_s)
        look = about_look(live, age_s)
        facts = answers.CameraAnswer(name, cage, said.state, said.headline, said.severity, look, age_s, live)
        return answer(facts)

    @app.get("/api/cameras/{name}/attention", responses=described(answers.AttentionAnswer, 404, 503), tags=["state"])
    def attention(name: str) -> Response:
        """What the classifier attended to in the last face, as numbers; the same as a picture: attention.jpg."""
        known_camera(sources, name)
        heard, _, age_s = now(sources)
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


def _cage(cage: CageConfig, heard: Heard, age_s: float) -> answers.CageAnswer:
    live = heard.cage(cage.name)
    said = about_cage(live, len(cage.cameras), heard.now_ns, age_s)
    return answers.CageAnswer(cage.name, said.state, said.headline, said.severity, age_s, live)

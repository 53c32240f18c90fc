"""Live pictures, as JPEG."""

from __future__ import annotations

from typing import Annotated

from fastapi import FastAPI, Query
from fastapi.responses import Response

from painwatch.config.sources import RemoteSource
from painwatch.core.errors import RingError
from painwatch.web.answers import pictured
from painwatch.web.pictures import Kind
from painwatch.web.refusals import Refused
from painwatch.web.sources import Sources, known_camera

Token = Annotated[str, Query(alias="v", description="of the look to show, as the page uses it; default: the newest")]


def add_pictures(app: FastAPI, sources: Sources) -> None:
    def picture(name: str, kind: Kind, token: str) -> Response:
        known_camera(sources, name)
        source = sources.config.camera(name)[1].source
        if isinstance(source, RemoteSource):
            raise Refused(404, f"the pictures of {name} stay on the host {source.host}", "look at them there")
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

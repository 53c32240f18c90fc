"""Where a camera's frames come from: one model per kind, told apart by `kind`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, model_validator


class Model(BaseModel):
    """Every configuration model: unknown keys are errors, values do not change."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Secret(Model):
    """Where a password is read from; never the password itself. Give exactly one of the two."""

    env: str | None = Field(default=None, description="name of an environment variable that holds the password")
    file: Path | None = Field(default=None, description="file that holds the password, such as a systemd credential")


def _without_credentials(url: str) -> str:
    if urlsplit(url).username is not None or urlsplit(url).password is not None:
        raise ValueError("must not carry credentials: put the name in `username` and the password behind `password`")
    return url


def _scheme(*allowed: str) -> AfterValidator:
    def check(url: str) -> str:
        if urlsplit(url).scheme not in allowed or not urlsplit(url).hostname:
            raise ValueError(f"must be a URL such as {allowed[0]}://host:port/path")
        return url

    return AfterValidator(check)


class FileSource(Model):
    """A recording. Every frame is handed over, none dropped."""

    kind: Literal["file"]
    path: Path
    pace: Literal["realtime", "fast"] = Field(
        default="realtime", description="realtime: as it was recorded; fast: as quickly as it can be scored"
    )
    loop: bool = Field(default=False, description="start again at the end (realtime only)")
    started_at: AwareDatetime | None = Field(
        default=None, description="when it was recorded, such as 2026-11-20T22:00:00Z (fast only); unset: now"
    )

    @model_validator(mode="after")
    def _fits_its_pace(self) -> FileSource:
        if self.started_at is not None and self.pace != "fast":
            raise ValueError("started_at goes with pace fast: a recording played in real time is stamped when it plays")
        return self


class V4l2Source(Model):
    """A camera on this host, through Video4Linux."""

    kind: Literal["v4l2"]
    device: Path = Field(description="such as /dev/video0, or better a path under /dev/v4l/by-id")
    width_px: int = Field(default=640, ge=64, le=7680)
    height_px: int = Field(default=360, ge=64, le=4320)
    frames_per_s: float = Field(default=15, gt=0, le=240)
    pixel_format: str | None = Field(default=None, description="such as mjpeg or yuyv422; the driver's choice if unset")


class RtspSource(Model):
    """A network camera that speaks RTSP."""

    kind: Literal["rtsp"]
    url: Annotated[str, _scheme("rtsp", "rtsps"), AfterValidator(_without_credentials)]
    transport: Literal["tcp", "udp"] = "tcp"
    username: str | None = None
    password: Secret | None = None


class HttpMjpegSource(Model):
    """A network camera that sends JPEG pictures over HTTP (multipart/x-mixed-replace)."""

    kind: Literal["http_mjpeg"]
    url: Annotated[str, _scheme("http", "https"), AfterValidator(_without_credentials)]
    username: str | None = None
    password: Secret | None = None


class VirtualSource(Model):
    """One camera of the virtual cage: rendered animals, no live ones."""

    kind: Literal["virtual"]
    scenario: str = Field(default="demo", description="a shipped scenario's name, or a YAML file")
    view: str = Field(description="which of the scenario's cameras")


SourceConfig = Annotated[
    FileSource | V4l2Source | RtspSource | HttpMjpegSource | VirtualSource, Field(discriminator="kind")
]

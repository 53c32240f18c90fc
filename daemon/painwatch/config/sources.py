"""Where a camera's frames come from: one model per kind, told apart by `kind`."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import parse_qsl, urlsplit

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from painwatch.config.names import Name


class Model(BaseModel):
    """Every configuration model: unknown keys are errors, values do not change."""

    model_config = ConfigDict(extra="forbid", frozen=True)


_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]*:/", re.IGNORECASE)


def _not_the_secret(path: Path) -> Path:
    if _ADDRESS.match(str(path)):
        raise ValueError("is an address, not a file: put the address into a file")
    return path


class Secret(Model):
    """Where a password, a token or a secret address is read from; never itself. Give exactly one of the two."""

    env: str | None = Field(
        default=None,
        pattern=r"^[A-Za-z_][A-Za-z0-9_]*$",
        description="name of an environment variable that holds it",
    )
    file: Annotated[Path, AfterValidator(_not_the_secret)] | None = Field(
        default=None, description="file that holds it, such as a systemd credential"
    )


_SECRET_QUERIES = frozenset({"password", "passwd", "pass", "pwd", "psw", "token", "secret", "apikey", "api_key"})


def without_credentials(url: str) -> str:
    """`url`, if it holds no login. Raises ValueError."""
    parts = urlsplit(url)
    asked = {key.lower() for key, _ in parse_qsl(parts.query, keep_blank_values=True)}
    if parts.username is not None or parts.password is not None or asked & _SECRET_QUERIES:
        raise ValueError("must not carry credentials: put the name in `username` and the password behind `password`")
    return url


def with_scheme(*allowed: str) -> AfterValidator:
    """Lets through URLs of these schemes that name a host."""

    def check(url: str) -> str:
        try:
            parts = urlsplit(url)
            fits = parts.scheme in allowed and bool(parts.hostname) and parts.port != 0
        except ValueError:  # brackets or a port that cannot be; its words may repeat what stands before the @
            fits = False
        if not fits:
            raise ValueError(f"is not a URL of its kind: write it as {allowed[0]}://host:port/path")
        return url

    return AfterValidator(check)


def _on_disk(path: Path) -> Path:
    if _ADDRESS.match(str(path)):
        raise ValueError("is an address, not a file: use `kind: rtsp` or `kind: http_mjpeg`")
    return path


class FileSource(Model):
    """A recording. Every frame is handed over, none dropped."""

    kind: Literal["file"]
    path: Annotated[Path, AfterValidator(_on_disk)]
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
        if self.started_at is not None and not 1970 < self.started_at.year < 2200:
            raise ValueError("started_at lies in no year of a recording: write it as 2026-11-20T22:00:00Z")
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
    url: Annotated[str, with_scheme("rtsp", "rtsps"), AfterValidator(without_credentials)]
    transport: Literal["tcp", "udp"] = "tcp"
    username: str | None = None
    password: Secret | None = None


class HttpMjpegSource(Model):
    """A network camera that sends JPEG pictures over HTTP (multipart/x-mixed-replace)."""

    kind: Literal["http_mjpeg"]
    url: Annotated[str, with_scheme("http", "https"), AfterValidator(without_credentials)]
    username: str | None = None
    password: Secret | None = None


class VirtualSource(Model):
    """One camera of the virtual cage: rendered animals, no live ones."""

    kind: Literal["virtual"]
    scenario: str = Field(default="demo", description="a shipped scenario's name, or a YAML file")
    view: str = Field(description="which of the scenario's cameras")


class RemoteSource(Model):
    """A camera that another host captures and judges; its results come in through `network.listen`."""

    kind: Literal["remote"]
    host: Name = Field(description="the host's name in the key list (`painwatch keys`)")


SourceConfig = Annotated[
    FileSource | V4l2Source | RtspSource | HttpMjpegSource | VirtualSource | RemoteSource, Field(discriminator="kind")
]

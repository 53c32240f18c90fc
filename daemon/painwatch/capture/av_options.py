"""How each kind of source is asked of FFmpeg. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import quote, urlsplit, urlunsplit

from painwatch.config.sources import HttpMjpegSource, RtspSource, V4l2Source


@dataclass(frozen=True, slots=True)
class AvInput:
    """What FFmpeg opens. `address` may hold a password and is in no text of ours; `shown` is what people read."""

    address: str = field(repr=False)
    shown: str
    format: str | None = None
    options: dict[str, str] = field(default_factory=dict)
    queues: bool = False
    """Whether pictures from before the opening may come first."""


_SMALL_DELAY = {"flags": "low_delay", "fpsprobesize": "0"}
# Not measuring the frame rate, which nothing here uses, opens an RTSP camera in 0.6 s instead of 2 s.
# Not `fflags nobuffer`: it throws away the pictures read while probing, and with them the key frame that the next
# ones build on, so a camera with a key frame each 10 s would show nothing, or smears, for that long.


def rtsp_input(source: RtspSource, password: str | None) -> AvInput:
    """An RTSP camera; credentials go into the address, the one place where FFmpeg takes them."""
    return AvInput(
        address=_with_credentials(source.url, source.username, password),
        shown=_shown(source.url),
        format="rtsp",
        options={"rtsp_transport": source.transport, **_SMALL_DELAY},
        queues=True,
    )


def http_mjpeg_input(source: HttpMjpegSource, password: str | None) -> AvInput:
    """JPEG pictures over HTTP. FFmpeg rather than `http.client`: it speaks Basic and Digest and TLS, and was seen to
    step over parts that are no pictures and to tell 401, 404, a refusal, silence and an end apart.
    """
    return AvInput(
        address=_with_credentials(source.url, source.username, password),
        shown=_shown(source.url),
        format="mpjpeg",
        options=dict(_SMALL_DELAY),
    )


def v4l2_input(source: V4l2Source) -> AvInput:
    """A camera of this host."""
    options = {
        "video_size": f"{source.width_px}x{source.height_px}",
        "framerate": f"{source.frames_per_s:g}",
        **_SMALL_DELAY,
    }
    if source.pixel_format:
        options["input_format"] = source.pixel_format
    return AvInput(address=str(source.device), shown=str(source.device), format="v4l2", options=options)


def _shown(url: str) -> str:
    """The address without its query, and without a path that holds values: some cameras take the password there."""
    parts = urlsplit(url)
    path = "/..." if "=" in parts.path else parts.path
    return urlunsplit(parts._replace(path=path, query="", fragment=""))


def _with_credentials(url: str, username: str | None, password: str | None) -> str:
    if username is None:
        return url
    parts = urlsplit(url)
    who = quote(username, safe="") + (f":{quote(password, safe='')}" if password is not None else "")
    return urlunsplit(parts._replace(netloc=f"{who}@{parts.netloc}"))

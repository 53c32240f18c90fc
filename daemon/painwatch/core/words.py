"""Plain words for what the system knows, the same on the page, in the terminal and in the API. Pure."""

from __future__ import annotations

from painwatch.core.types import Status

STATUS_WORDS: dict[Status, str] = {
    Status.OK: "sees a face",
    Status.NO_FRAME: "gets no picture",
    Status.NO_FACE: "cannot see a face",
    Status.LOW_QUALITY: "sees a face too poorly to judge",
    Status.STALE: "has heard nothing new",
    Status.ENGINE_ERROR: "cannot compute (engine error)",
    Status.OUT_OF_DOMAIN: "must not judge this animal: the model was not made for it",
}

FAULT_WORDS: dict[str, str] = {
    "not_found": "the camera or recording is not there",
    "auth": "the camera refuses the user name or password",
    "timeout": "the camera does not answer in time",
    "codec": "the camera's pictures cannot be decoded",
    "ended": "the recording has ended",
    "frozen": "the picture stands still",
}


def for_how_long(seconds: float) -> str:
    """A duration as a person would say it: '12 s', '3 min', '2 h 5 min', '4 d'."""
    whole = max(0, int(seconds))
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min"
    if whole < 86_400:
        hours, minutes = whole // 3600, whole % 3600 // 60
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    return f"{whole // 86_400} d"

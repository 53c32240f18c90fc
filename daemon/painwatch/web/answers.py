"""What the API answers, and its description in OpenAPI, both from the same types."""

from __future__ import annotations

from typing import Any

import msgspec
from fastapi.responses import Response

from painwatch.config.page import Role
from painwatch.core.live import CageLive, CameraLive, Snapshot
from painwatch.core.types import MinuteSummary, RegionShare
from painwatch.web import answers_alarms


class SnapshotAnswer(msgspec.Struct, frozen=True):
    """All the hub knows. `age_s`: seconds since it said so."""

    age_s: float
    snapshot: Snapshot


class CageAnswer(msgspec.Struct, frozen=True):
    """A cage as the page tells it. `severity`: quiet, attention, pain or unknown; `live`: None if the hub has none."""

    name: str
    state: str
    headline: str
    severity: str
    age_s: float
    live: CageLive | None


class CagesAnswer(msgspec.Struct, frozen=True):
    cages: tuple[CageAnswer, ...]


class CameraAnswer(msgspec.Struct, frozen=True):
    """A camera as the page tells it; fields as for a cage. `look`: what its last look at the animal gave."""

    name: str
    cage: str
    state: str
    headline: str
    severity: str
    look: str
    age_s: float
    live: CameraLive | None


class AttentionAnswer(msgspec.Struct, frozen=True):
    """What the classifier attended to in the last face it judged.

    `rows`: the map over the face's square, rows from the top, each from left to right, summing to 1. `looked_at`: the
    same by regions of the face, as far as its keypoints were seen; `words`: as the page says it. `time_ns`: when the
    frame was taken, UTC; `model`: name, version and hash.
    """

    camera: str
    cage: str
    time_ns: int
    model: str
    pain_probability: float | None
    rows: tuple[tuple[float, ...], ...]
    looked_at: tuple[RegionShare, ...]
    words: str
    age_s: float


class MinutesAnswer(msgspec.Struct, frozen=True):
    """The closed minutes that began in [from_ns, to_ns), oldest first. A minute that is not there was not watched."""

    cage: str
    from_ns: int
    to_ns: int
    minutes: tuple[MinuteSummary, ...]


class VersionAnswer(msgspec.Struct, frozen=True):
    painwatch: str
    wire: int


class PersonAnswer(msgspec.Struct, frozen=True):
    """`role`: view, acknowledge or administer; each may do what those before may."""

    name: str
    role: Role


class HealthAnswer(msgspec.Struct, frozen=True):
    """`status`: ok or not_seeing; `reasons`: every one there is, told to who is logged in."""

    status: str
    reasons: tuple[str, ...]


class Refusal(msgspec.Struct, frozen=True):
    """Why there is no answer and how to mend it. `age_s`: how old the hub's last word is, None if never heard."""

    what: str
    mend: str
    age_s: float | None = None


_TYPES = (
    SnapshotAnswer,
    CageAnswer,
    CagesAnswer,
    CameraAnswer,
    AttentionAnswer,
    MinutesAnswer,
    VersionAnswer,
    PersonAnswer,
    HealthAnswer,
    Refusal,
    *answers_alarms.TYPES,
)

_REFERENCE = "#/components/schemas/{name}"


def answer(value: msgspec.Struct, status: int = 200) -> Response:
    """`value` as a JSON response."""
    return Response(msgspec.json.encode(value), status_code=status, media_type="application/json")


def described(kind: type[msgspec.Struct], *refusals: int) -> dict[int | str, dict[str, Any]]:
    """The `responses` of a route that answers `kind`, or a Refusal with one of the codes `refusals`."""
    return {200: _json(kind, "The answer."), **{code: _json(Refusal, "No answer.") for code in refusals}}


def pictured(*refusals: int) -> dict[int | str, dict[str, Any]]:
    """The `responses` of a route that answers a JPEG picture, or a Refusal."""
    jpeg = {
        "description": "The picture.",
        "content": {"image/jpeg": {"schema": {"type": "string", "format": "binary"}}},
    }
    return {200: jpeg, **{code: _json(Refusal, "No picture.") for code in refusals}}


def schemas() -> dict[str, Any]:
    """The JSON schemas of every answer, for OpenAPI's components."""
    return msgspec.json.schema_components(_TYPES, ref_template=_REFERENCE)[1]


def _json(kind: type[msgspec.Struct], description: str) -> dict[str, Any]:
    schema = {"$ref": _REFERENCE.format(name=kind.__name__)}
    return {"description": description, "content": {"application/json": {"schema": schema}}}

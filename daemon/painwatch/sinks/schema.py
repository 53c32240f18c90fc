"""What is written to an InfluxDB: measurements, tags, fields, their types and units. docs/influxdb.md is made of this.

A field's type is fixed here and never depends on a value: a database refuses a field that changes its type. What is not
known is left out: it is never 0.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from painwatch.core.alarms import AlarmPhase, Mark, Transition
from painwatch.core.signals import Of
from painwatch.core.types import CameraPhase, CameraState, FusedPoint, MinuteSummary, ProcessPhase, ProcessState, Status
from painwatch.core.vitals import Vitals


class Kind(StrEnum):
    """How a field is stored."""

    FLOAT = "float"
    INTEGER = "integer"
    STRING = "string"


@dataclass(frozen=True, slots=True)
class Tag:
    """Something that points are told apart by. `of` gives its value for a record; empty: the tag is left out."""

    name: str
    words: str
    of: Callable[[Any], str]


@dataclass(frozen=True, slots=True)
class Field:
    """One number or text of a record. `of` gives None where there is none. `unit` is empty for counts and texts."""

    name: str
    kind: Kind
    unit: str
    words: str
    of: Callable[[Any], float | int | str | None]


@dataclass(frozen=True, slots=True)
class Family:
    """Fields whose names begin alike: `prefix` and then what `of` names."""

    prefix: str
    ending: str
    kind: Kind
    unit: str
    words: str
    of: Callable[[Any], Iterable[tuple[str, float | int | str | None]]]


@dataclass(frozen=True, slots=True)
class Measurement:
    """What becomes of one kind of record. `cage` and `camera` name what it is of; their tags come from the settings."""

    name: str
    record: type
    words: str
    time: Callable[[Any], int]
    fields: tuple[Field | Family, ...]
    tags: tuple[Tag, ...] = ()
    cage: Callable[[Any], str] | None = None
    camera: Callable[[Any], str] | None = None


SITE_TAG = ("site", "`site` of the settings")
CAGE_TAGS: tuple[tuple[str, str], ...] = (
    ("cage", "its name"),
    ("species", "`rat` or `mouse`"),
    ("strain", "as in the settings"),
    ("coat", "`white`, `black` or `agouti`"),
    ("group", "of the study, if the cage has one"),
    ("room", "where the cage stands, if the settings say so"),
)
"""Of everything that is about a cage, in this order, with what they mean."""

CAMERA_TAG = ("camera", "its name")


def _float(name: str, unit: str, words: str, of: Callable[[Any], float | None]) -> Field:
    return Field(name, Kind.FLOAT, unit, words, of)


def _count(name: str, words: str, of: Callable[[Any], int | None], unit: str = "") -> Field:
    return Field(name, Kind.INTEGER, unit, words, of)


def _text(name: str, words: str, of: Callable[[Any], str]) -> Field:
    return Field(name, Kind.STRING, "", words, of)


_UNITS = Family(
    "unit_",
    "NAME",
    Kind.FLOAT,
    "0..2",
    "score of an action unit such as `unit_orbital`, if the model scores them and it could be seen",
    lambda record: ((unit.name, unit.score) for unit in record.units),
)

_BY_STATUS = Family(
    "status_",
    "STATUS",
    Kind.INTEGER,
    "",
    f"moments of each status: {', '.join(f'`status_{status.value}`' for status in Status)}",
    lambda minute: ({status.value: 0 for status in Status} | minute.by_status).items(),
)

POINTS = Measurement(
    name="painwatch_points",
    record=FusedPoint,
    words="One cage at one moment, all its cameras together. Written if `points` of the sink is true.",
    time=lambda point: int(point.time_ns),
    cage=lambda point: str(point.cage),
    fields=(
        _text("status", "what became of the look", lambda p: str(p.status.value)),
        _count("scored", "1 if the moment was scored, else 0", lambda p: int(p.status is Status.OK)),
        _float("pain_probability", "0..1", "only of scored moments", lambda p: p.pain_probability),
        _count(
            "pain",
            "1 for pain, 0 for no pain; only of scored moments",
            lambda p: None if p.pain is None else int(p.pain),
        ),
        _count("cameras", "cameras that brought something", lambda p: len(p.shares)),
        _count("cameras_scored", "those whose face was scored", lambda p: sum(s.status is Status.OK for s in p.shares)),
        _text("model", "what scored it, empty without a score", lambda p: str(p.model)),
        _UNITS,
    ),
)

MINUTES = Measurement(
    name="painwatch_minutes",
    record=MinuteSummary,
    words="One cage over one minute, whether anything was seen or not; the time is the minute's beginning.",
    time=lambda minute: int(minute.start_ns),
    cage=lambda minute: str(minute.cage),
    fields=(
        _float(
            "pain_probability",
            "0..1",
            "pain / (pain + no pain); left out if nothing was scored",
            lambda m: m.pain_probability,
        ),
        _float("coverage", "0..1", "scored / expected; 0 if nothing was scored", lambda m: m.coverage),
        _count("pain", "moments scored as pain", lambda m: m.pain),
        _count("no_pain", "moments scored as no pain", lambda m: m.no_pain),
        _count("skipped", "moments expected and not scored", lambda m: m.skipped),
        _count("expected", "60 s times the cage's sample rate", lambda m: m.expected),
        _count("faces", "faces scored, of all cameras", lambda m: m.faces),
        _text("models", "what scored, with commas between", lambda m: ", ".join(m.models)),
        _BY_STATUS,
        _UNITS,
    ),
)

CAMERAS = Measurement(
    name="painwatch_camera_events",
    record=CameraState,
    words="A camera at each change of its phase or fault.",
    time=lambda state: int(state.time_ns),
    cage=lambda state: str(state.cage),
    camera=lambda state: str(state.camera),
    fields=(
        _text("phase", f"{', '.join(f'`{phase.value}`' for phase in CameraPhase)}", lambda c: str(c.phase.value)),
        _count("live", "1 if live, else 0", lambda c: int(c.phase is CameraPhase.LIVE)),
        _text("fault", "why it gives no pictures, empty if it does", lambda c: str(c.fault)),
        _text("detail", "the same in words", lambda c: str(c.detail)),
        _count("frames", "pictures since its process began", lambda c: c.frames),
        _count("dropped", "pictures that came faster than asked for", lambda c: c.dropped),
        _count("reconnects", "connections made anew", lambda c: c.reconnects),
        _float("frames_per_s", "1/s", "pictures a second", lambda c: c.frames_per_s),
    ),
)

PROCESSES = Measurement(
    name="painwatch_process_events",
    record=ProcessState,
    words="A process of the watch at each change of its phase.",
    time=lambda state: int(state.time_ns),
    tags=(Tag("process", "its name", lambda p: str(p.name)),),
    fields=(
        _text("phase", f"{', '.join(f'`{phase.value}`' for phase in ProcessPhase)}", lambda p: str(p.phase.value)),
        _count("up", "1 if running, else 0", lambda p: int(p.phase is ProcessPhase.RUNNING)),
        _count("restarts", "starts anew since the watch began", lambda p: p.restarts),
        _text("reason", "why it last ended", lambda p: str(p.reason)),
        _float("cpu_percent", "% of one core", "processor time, if known", lambda p: p.cpu_percent),
        _count("rss_bytes", "resident memory, if known", lambda p: p.rss_bytes, "bytes"),
    ),
)

_RAISED = (AlarmPhase.ACTIVE, AlarmPhase.ACKNOWLEDGED, AlarmPhase.SILENCED)

ALARMS = Measurement(
    name="painwatch_alarms",
    record=Transition,
    words="An alarm at each change of its phase and each step of its escalation. All evidence is in the audit log.",
    time=lambda transition: int(transition.time_ns),
    tags=(
        Tag("rule", "the rule's name", lambda t: str(t.rule)),
        Tag(
            "subject",
            "the cage, group, camera, process, sink or target it is about, or `site`",
            lambda t: str(t.subject),
        ),
        Tag("kind", "`welfare` or `technical`", lambda t: str(t.kind.value)),
        Tag("priority", "`low`, `medium` or `high`", lambda t: str(t.priority.value)),
        Tag("phase", f"the new one: {', '.join(f'`{p.value}`' for p in AlarmPhase)}", lambda t: str(t.after.value)),
        Tag("escalation", "steps of escalation reached, `0` at first", lambda t: str(t.escalation)),
    ),
    fields=(
        _count("raised", "1 if active, acknowledged or silenced, else 0", lambda t: int(t.after in _RAISED)),
        _text("before", "the phase before", lambda t: str(t.before.value)),
        _text("cause", "`condition`, `person`, `time` or `rules`", lambda t: str(t.cause.value)),
        _text("words", "what a person is told", lambda t: str(t.words)),
        _text("who", "the person who caused it, if any", lambda t: str(t.who)),
        _float("value", "of the signal", "the last judged value, if any", lambda t: t.evidence.value),
        _float("threshold", "of the signal", "the rule's", lambda t: t.evidence.threshold),
        _float("coverage", "0..1", "of the last judged minute, if it is about minutes", lambda t: t.evidence.coverage),
        _float(
            "baseline", "of the signal", "what values are compared with, if anything", lambda t: t.evidence.baseline
        ),
        _count("faces", "faces scored in the minutes judged", lambda t: t.evidence.faces),
        _count("unjudged", "minutes between them that could not be judged", lambda t: t.evidence.unjudged),
        _count("silenced_until_ns", "UTC, if silenced", lambda t: t.silenced_until_ns, "ns since 1970"),
        _text("rule_hash", "SHA-256 of the rule's definition", lambda t: str(t.evidence.rule_hash)),
    ),
)

MARKS = Measurement(
    name="painwatch_marks",
    record=Mark,
    words="What people marked: a treatment, a surgery, a new animal. The time is when it began.",
    time=lambda mark: int(mark.time_ns),
    cage=lambda mark: str(mark.cage),
    tags=(Tag("name", "what was marked", lambda m: str(m.name)),),
    fields=(
        _text("words", "as written by the person", lambda m: str(m.words)),
        _text("who", "the person", lambda m: str(m.who)),
        _count("end_ns", "UTC, if it lasted", lambda m: m.end_ns, "ns since 1970"),
    ),
)

HEALTH = Measurement(
    name="painwatch_health",
    record=Vitals,
    words="How the watch itself does, four times a minute: its cameras, cages, processes, sinks, targets and the site.",
    time=lambda vitals: int(vitals.time_ns),
    cage=lambda vitals: str(vitals.cage),
    tags=(
        Tag("of", f"{', '.join(f'`{of.value}`' for of in Of)}", lambda v: str(v.of.value)),
        Tag("subject", "the name of the camera, cage, process, sink or target, or `site`", lambda v: str(v.subject)),
    ),
    fields=(
        Family(
            "",
            "NUMBER",
            Kind.FLOAT,
            "in the name",
            "such as `frames_per_s`, `dropped`, `latency_ms_p95`, `cpu_percent`, `rss_bytes`, `waiting`, `oldest_s`",
            lambda vitals: vitals.values.items(),
        ),
        Family(
            "",
            "WORD",
            Kind.STRING,
            "",
            "such as `phase`, `fault`, `engine`, `model`",
            lambda vitals: vitals.words.items(),
        ),
    ),
)

MEASUREMENTS: tuple[Measurement, ...] = (MINUTES, POINTS, ALARMS, MARKS, CAMERAS, PROCESSES, HEALTH)

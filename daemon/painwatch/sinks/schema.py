"""What is written to an InfluxDB: measurements, tags, fields, their types and units. docs/influxdb.md is made of this.

A field's type is fixed here and never depends on a value: a database refuses a field that changes its type. What is not
known is left out: it is never 0.
"""

from __future__ import annotations

from painwatch.core.alarms import RAISED, AlarmPhase, Mark, Reading, Transition
from painwatch.core.signals import SIGNALS, Of
from painwatch.core.types import CameraPhase, CameraState, FusedPoint, MinuteSummary, ProcessPhase, ProcessState, Status
from painwatch.core.vitals import Vitals
from painwatch.sinks.columns import Family, Kind, Measurement, Tag, count_of, float_of, text_of

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

READ = tuple(signal for signal, about in SIGNALS.items() if about.of is not Of.CAGE_MINUTE)
"""Signals that are no numbers of a cage's minute."""

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
        text_of("status", "what became of the look", lambda p: str(p.status.value)),
        count_of("scored", "1 if the moment was scored, else 0", lambda p: int(p.status is Status.OK)),
        float_of("pain_probability", "0..1", "only of scored moments", lambda p: p.pain_probability),
        count_of(
            "pain",
            "1 for pain, 0 for no pain; only of scored moments",
            lambda p: None if p.pain is None else int(p.pain),
        ),
        count_of("cameras", "cameras that brought something", lambda p: len(p.shares)),
        count_of(
            "cameras_scored",
            "those with a score, repeated or not",
            lambda p: sum(s.status is Status.OK for s in p.shares),
        ),
        count_of(
            "cameras_repeated",
            "those of them whose picture showed no change, so that their last score was told again",
            lambda p: sum(s.repeated and s.status is Status.OK for s in p.shares),
        ),
        text_of("model", "what scored it, empty without a score", lambda p: str(p.model)),
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
        float_of(
            "pain_probability",
            "0..1",
            "pain / (pain + no pain); left out if nothing was scored",
            lambda m: m.pain_probability,
        ),
        float_of("coverage", "0..1", "scored / expected; 0 if nothing was scored", lambda m: m.coverage),
        count_of("pain", "moments scored as pain", lambda m: m.pain),
        count_of("no_pain", "moments scored as no pain", lambda m: m.no_pain),
        count_of("skipped", "moments expected and not scored", lambda m: m.skipped),
        count_of("expected", "60 s times the cage's sample rate", lambda m: m.expected),
        count_of("faces", "faces really scored, of all cameras", lambda m: m.faces),
        count_of("repeated", "scored moments that only repeat an answer, as nothing moved", lambda m: m.repeated),
        text_of("models", "what scored, with commas between", lambda m: ", ".join(m.models)),
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
        text_of("phase", f"{', '.join(f'`{phase.value}`' for phase in CameraPhase)}", lambda c: str(c.phase.value)),
        count_of("live", "1 if live, else 0", lambda c: int(c.phase is CameraPhase.LIVE)),
        text_of("fault", "why it gives no pictures, empty if it does", lambda c: str(c.fault)),
        text_of("detail", "the same in words", lambda c: str(c.detail)),
        count_of("frames", "pictures that came since its process began", lambda c: c.frames),
        count_of("dropped", "pictures that came faster than they could be taken", lambda c: c.dropped),
        count_of("reconnects", "connections made anew", lambda c: c.reconnects),
        float_of("frames_per_s", "1/s", "pictures a second", lambda c: c.frames_per_s),
    ),
)

PROCESSES = Measurement(
    name="painwatch_process_events",
    record=ProcessState,
    words="A process of the watch at each change of its phase.",
    time=lambda state: int(state.time_ns),
    tags=(Tag("process", "its name", lambda p: str(p.name)),),
    fields=(
        text_of("phase", f"{', '.join(f'`{phase.value}`' for phase in ProcessPhase)}", lambda p: str(p.phase.value)),
        count_of("up", "1 if running, else 0", lambda p: int(p.phase is ProcessPhase.RUNNING)),
        count_of("restarts", "starts anew since the watch began", lambda p: p.restarts),
        text_of("reason", "why it last ended", lambda p: str(p.reason)),
        float_of("cpu_percent", "% of one core", "processor time, if known", lambda p: p.cpu_percent),
        count_of("rss_bytes", "resident memory, if known", lambda p: p.rss_bytes, "bytes"),
    ),
)

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
        count_of("raised", "1 if active, acknowledged or silenced, else 0", lambda t: int(t.after in RAISED)),
        text_of("before", "the phase before", lambda t: str(t.before.value)),
        text_of("cause", "`condition`, `person`, `time` or `rules`", lambda t: str(t.cause.value)),
        text_of("words", "what a person is told", lambda t: str(t.words)),
        text_of("who", "the person who caused it, if any", lambda t: str(t.who)),
        float_of("value", "of the signal", "the last judged value, if any", lambda t: t.evidence.value),
        float_of("threshold", "of the signal", "the rule's", lambda t: t.evidence.threshold),
        float_of(
            "coverage", "0..1", "of the last judged minute, if it is about minutes", lambda t: t.evidence.coverage
        ),
        float_of(
            "baseline", "of the signal", "what values are compared with, if anything", lambda t: t.evidence.baseline
        ),
        count_of("faces", "faces scored in the minutes judged", lambda t: t.evidence.faces),
        count_of("unjudged", "minutes between them that could not be judged", lambda t: t.evidence.unjudged),
        count_of("silenced_until_ns", "UTC, if silenced", lambda t: t.silenced_until_ns, "ns since 1970"),
        text_of("rule_hash", "SHA-256 of the rule's definition", lambda t: str(t.evidence.rule_hash)),
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
        text_of("words", "as written by the person", lambda m: str(m.words)),
        text_of("who", "the person", lambda m: str(m.who)),
        count_of("end_ns", "UTC, if it lasted", lambda m: m.end_ns, "ns since 1970"),
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
            "such as `frames_per_s`, `dropped`, `latency_ms_p95`, `cpu_percent`, `rss_bytes`, `waiting`, `oldest_s`; "
            "of a cage `welfare_alarms` and `technical_alarms` that stand, `welfare_unseen` (1: nobody has seen one), "
            "`alarm_level` (2: a welfare alarm stands, 1: only technical ones, 0: none)",
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

READINGS = Measurement(
    name="painwatch_readings",
    record=Reading,
    words="What the technical alarms last read, four times a minute: signals that are read once a second.",
    time=lambda reading: int(reading.time_ns),
    tags=(
        Tag("signal", f"{', '.join(f'`{signal.value}`' for signal in READ)}", lambda r: str(r.signal.value)),
        Tag(
            "of",
            f"what it is a signal of: {', '.join(f'`{of.value}`' for of in Of if of is not Of.CAGE_MINUTE)}",
            lambda r: str(SIGNALS[r.signal].of.value),
        ),
        Tag("subject", "the name of that cage, camera, process, sink or target, or `site`", lambda r: str(r.subject)),
    ),
    fields=(
        float_of(
            "value", "of the signal", "as in [alarms.md](alarms.md); left out if it cannot be told", lambda r: r.value
        ),
    ),
)

MEASUREMENTS: tuple[Measurement, ...] = (MINUTES, POINTS, ALARMS, MARKS, CAMERAS, PROCESSES, HEALTH, READINGS)

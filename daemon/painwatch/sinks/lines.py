"""Records as InfluxDB line protocol. Pure; what becomes of each record is said in `schema`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from painwatch.alarm.rules import rules_of
from painwatch.config.models import CageConfig, Config
from painwatch.core.alarms import Reading, Transition
from painwatch.core.signals import SIGNALS, AlarmKind, Of
from painwatch.sinks.columns import Family, Field, Kind, Measurement
from painwatch.sinks.line_protocol import float_field, integer_field, line, text_field
from painwatch.sinks.schema import ALARMS, CAGE_TAGS, MEASUREMENTS, POINTS, READINGS

Tags = tuple[tuple[str, str], ...]


def lines_for(config: Config) -> Callable[[object, str], bytes | None]:
    """Gives what a record is for the sink named second: one line without its line break, None if the sink gets nothing.

    Moments go only to sinks with `points`; what is no FusedPoint, MinuteSummary, CameraState, ProcessState,
    Transition, Mark, Vitals or Reading goes nowhere. The function never raises for a record of these types.
    """
    without_points = {sink.name for sink in config.sinks if not sink.points}
    by_type = {measurement.record: measurement for measurement in MEASUREMENTS}
    known = _Known(config)

    def line_of(record: object, sink: str) -> bytes | None:
        measurement = by_type.get(type(record))
        if measurement is None or (measurement is POINTS and sink in without_points):
            return None
        fields = (_field(field, record) for field in measurement.fields)
        tags = known.tags(measurement, record)
        return line(measurement.name, tags, (text for texts in fields for text in texts), measurement.time(record))

    return line_of


class _Known:
    """The tags that the settings give to cages and cameras."""

    def __init__(self, config: Config) -> None:
        self._site: Tags = (("site", config.site),)
        self._cages = {cage.name: _cage_tags(cage) for cage in config.cages}
        self._cage_of = {camera.name: cage.name for cage, camera in config.cameras}
        self._groups = {cage.group for cage in config.cages if cage.group}
        self._rules = {rule.config.name: rule.config for rule in rules_of(config)}

    def tags(self, measurement: Measurement, record: Any) -> Tags:
        tags = self._site + tuple((tag.name, tag.of(record)) for tag in measurement.tags)
        if measurement is ALARMS:
            return tags + self._of_alarm(record)
        if measurement is READINGS:
            return tags + self._of_reading(record)
        if measurement.cage is not None:
            tags += self._of_cage(measurement.cage(record))
        if measurement.camera is not None:
            tags += (("camera", measurement.camera(record)),)
        return tags

    def _of_cage(self, cage: str) -> Tags:
        return self._cages.get(cage, (("cage", cage),))

    def _of_reading(self, reading: Reading) -> Tags:
        match SIGNALS[reading.signal].of:
            case Of.CAMERA:
                return self._of_camera(reading.subject)
            case Of.CAGE:
                return self._of_cage(reading.subject)
            case _:
                return ()

    def _of_camera(self, camera: str) -> Tags:
        return (*self._of_cage(self._cage_of.get(camera, "")), ("camera", camera))

    def _of_alarm(self, transition: Transition) -> Tags:
        """A cage and a camera may bear one name: the rule says which of them its alarms are about."""
        rule, subject = self._rules.get(transition.rule), transition.subject
        if rule is None:
            return self._of_gone_rule(transition)
        of = SIGNALS[rule.signal].of
        if of is Of.CAMERA:
            return self._of_camera(subject)
        if of not in (Of.CAGE_MINUTE, Of.CAGE) or rule.scope == "all":
            return ()
        return self._of_cage(subject) if rule.scope == "cage" else (("group", subject),)

    def _of_gone_rule(self, transition: Transition) -> Tags:
        """What ends an alarm must bear the tags that its beginning bore: else it would stand for ever where they are
        asked by. Of a rule that is gone only the subject tells what it was about, where no two things share the name.
        """
        subject, welfare = transition.subject, transition.kind is AlarmKind.WELFARE
        a_cage, a_camera, a_group = subject in self._cages, subject in self._cage_of, subject in self._groups
        if a_cage and not a_group and (welfare or not a_camera):
            return self._of_cage(subject)
        if a_group and not a_cage and (welfare or not a_camera):
            return (("group", subject),)
        return self._of_camera(subject) if a_camera and not (welfare or a_cage or a_group) else ()


def _cage_tags(cage: CageConfig) -> Tags:
    values = (cage.name, cage.species, cage.strain, cage.coat, cage.group or "", cage.room)
    return tuple((name, value) for (name, _), value in zip(CAGE_TAGS, values, strict=True))


def _field(field: Field | Family, record: Any) -> Iterator[str]:
    if isinstance(field, Family):
        for ending, value in field.of(record):
            yield _written(field.kind, field.prefix + ending, value)
    else:
        yield _written(field.kind, field.name, field.of(record))


def _written(kind: Kind, name: str, value: Any) -> str:
    match kind:
        case Kind.FLOAT:
            return float_field(name, value)
        case Kind.INTEGER:
            return integer_field(name, value)
        case Kind.STRING:
            return text_field(name, value)

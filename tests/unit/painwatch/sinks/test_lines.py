"""Records as lines: read back by a parser of the format's own rules, they say the same."""

from __future__ import annotations

import math
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fixtures.kinds_of_record import (
    T0,
    all_kinds,
    camera_state,
    config_with,
    mark,
    minute,
    point,
    reading,
    transition,
)
from fixtures.line_parser import parsed
from painwatch.core.alarms import AlarmPhase, AuditNote
from painwatch.core.signals import SIGNALS, Of, Signal
from painwatch.core.types import FusedPoint, MinuteSummary, Status, UnitScore
from painwatch.sinks import line_protocol as lp
from painwatch.sinks.columns import Family, Kind
from painwatch.sinks.lines import lines_for
from painwatch.sinks.schema import MEASUREMENTS

URL = "http://127.0.0.1:8086"
ALL = {"url": URL}


def told(record: object, **sink: object) -> tuple[str, dict[str, str], dict[str, Any], int]:
    line = lines_for(config_with(ALL | sink))(record, "influxdb")
    assert line is not None
    return parsed(line)


def test_a_minute_says_all_it_knows() -> None:
    measurement, tags, fields, time_ns = told(minute())
    assert measurement == "painwatch_minutes"
    assert time_ns == minute().start_ns
    assert tags == {
        "site": "North wing",
        "cage": "cage-1",
        "species": "rat",
        "strain": "Long-Evans, blue=1",
        "coat": "white",
        "group": "treated",
        "room": "Room 3",
    }
    statuses = {f"status_{status.value}": 0 for status in Status} | {"status_ok": 180, "status_no_face": 60}
    assert fields == statuses | {
        "pain_probability": 1 / 3,
        "coverage": 0.75,
        "pain": 60,
        "no_pain": 120,
        "skipped": 60,
        "expected": 240,
        "faces": 180,
        "repeated": 0,
        "models": "zoo (0123abcd)",
        "unit_orbital": 1.0,
        "unit_ear": 0.1 + 0.2,
    }


def test_a_blind_minute_is_visible_and_never_painless() -> None:
    _, _, fields, _ = told(minute(scored=0))
    assert fields["coverage"] == 0.0
    assert fields["skipped"] == fields["expected"] == 240
    assert fields["status_no_face"] == 240
    assert "pain_probability" not in fields
    assert not any(name.startswith("unit_") for name in fields)


def test_a_moment_without_a_score_has_none() -> None:
    _, _, fields, _ = told(point(status=Status.STALE))
    assert fields == {
        "status": "stale",
        "scored": 0,
        "cameras": 1,
        "cameras_scored": 0,
        "cameras_repeated": 0,
        "model": "",
    }
    _, _, fields, _ = told(point())
    assert (fields["pain_probability"], fields["pain"], fields["unit_orbital"]) == (0.75, 1, 1.5)
    assert "unit_whisker" not in fields


def test_moments_go_only_to_sinks_that_want_them() -> None:
    line_of = lines_for(config_with(ALL | {"name": "minutes-only", "points": False}, ALL | {"name": "everything"}))
    assert line_of(point(), "minutes-only") is None
    assert line_of(point(), "everything") is not None
    assert line_of(minute(), "everything") is not None
    assert line_of(minute(), "minutes-only") == line_of(minute(), "everything")


def test_what_no_sink_is_told_of_gives_no_line() -> None:
    line_of = lines_for(config_with(ALL))
    assert line_of(AuditNote("rules in force", T0, {}), "influxdb") is None
    assert line_of("anything", "influxdb") is None


@pytest.mark.parametrize(
    ("rule", "subject", "tags"),
    [
        ("pain", "cage-1", {"cage": "cage-1", "group": "treated"}),
        ("pain-of-group", "treated", {"group": "treated"}),
        ("pain-of-all", "site", {}),
        ("of-another-day", "cage-1", {"cage": "cage-1", "group": "treated"}),
        ("of-another-day", "treated", {"group": "treated"}),
        ("of-another-day", "nobody", {}),
    ],
)
def test_an_alarm_bears_the_tags_of_what_it_is_about(rule: str, subject: str, tags: dict[str, str]) -> None:
    _, found, fields, _ = told(transition(rule, subject))
    assert {name: value for name, value in found.items() if name in ("cage", "group", "camera")} == tags
    assert found["rule"] == rule
    assert found["subject"] == subject
    assert (found["kind"], found["priority"], found["phase"]) == ("welfare", "high", "active")
    assert fields["raised"] == 1
    assert fields["words"] == transition().words
    assert (fields["value"], fields["threshold"], fields["faces"]) == (0.81, 0.6, 400)
    assert told(transition(phase=AlarmPhase.CLEARED))[2]["raised"] == 0


def test_a_technical_alarm_of_a_camera_bears_its_cage() -> None:
    rules = [{"name": "old-picture", "signal": "camera_age_s", "above": 10}]
    line = lines_for(config_with(ALL, alarms={"rules": rules}))(transition("old-picture", "cage-2-left"), "influxdb")
    assert line is not None
    tags = parsed(line)[1]
    assert (tags["camera"], tags["cage"]) == ("cage-2-left", "cage-2")


@pytest.mark.parametrize(
    ("signal", "subject", "tags"),
    [
        (Signal.CAMERA_AGE_S, "cage-1-left", {"of": "camera", "cage": "cage-1", "camera": "cage-1-left"}),
        (Signal.CAGE_AGE_S, "cage-2", {"of": "cage", "cage": "cage-2"}),
        (Signal.PROCESS_DOWN_S, "cage-1", {"of": "process"}),
        (Signal.SINK_BACKLOG_S, "influxdb", {"of": "sink"}),
        (Signal.NOTICE_AGE_S, "vet", {"of": "target"}),
        (Signal.STORE_FAULT_S, "site", {"of": "site"}),
    ],
)
def test_a_reading_bears_the_tags_of_what_it_is_of(signal: Signal, subject: str, tags: dict[str, str]) -> None:
    measurement, found, fields, time_ns = told(reading(signal, subject, 0.0))
    assert (measurement, fields, time_ns) == ("painwatch_readings", {"value": 0.0}, T0)
    assert (found["signal"], found["subject"]) == (signal.value, subject)
    assert {name: value for name, value in found.items() if name in ("of", "cage", "camera")} == tags


def test_a_reading_that_cannot_be_told_is_not_told() -> None:
    line_of = lines_for(config_with(ALL))
    for value in (None, math.nan, math.inf):
        assert line_of(reading(value=value), "influxdb") is None


def test_every_signal_that_is_read_is_among_the_tags_that_the_page_lists() -> None:
    (measurement,) = (one for one in MEASUREMENTS if one.name == "painwatch_readings")
    (tag,) = (tag for tag in measurement.tags if tag.name == "signal")
    listed = {name.strip("`") for name in tag.words.split(", ")}
    assert listed == {signal.value for signal, about in SIGNALS.items() if about.of is not Of.CAGE_MINUTE}


def test_transitions_of_one_instant_do_not_overwrite_each_other() -> None:
    series = [frozenset(told(transition(phase=phase))[1].items()) for phase in AlarmPhase]
    assert len(set(series)) == len(AlarmPhase)


def test_marks_keep_what_people_write() -> None:
    measurement, tags, fields, time_ns = told(mark())
    assert (measurement, time_ns) == ("painwatch_marks", T0)
    assert tags["name"] == "carprofen, 5 mg/kg"
    assert fields == {"words": "back \\ slash", "who": "Åsa", "end_ns": T0 + 10**9}


def test_a_cage_that_the_settings_do_not_know_is_told_of_all_the_same() -> None:
    _, tags, _, _ = told(msgspec.structs.replace(camera_state(), cage="gone", camera="gone-left"))
    assert tags == {"site": "North wing", "cage": "gone", "camera": "gone-left"}


def test_every_line_is_as_the_schema_says() -> None:
    python = {Kind.FLOAT: float, Kind.INTEGER: int, Kind.STRING: str}
    by_name = {measurement.name: measurement for measurement in MEASUREMENTS}
    for record in all_kinds():
        measurement, tags, fields, _ = told(record)
        known = by_name[measurement]
        assert known.record is type(record)
        exact = {field.name: field for field in known.fields if not isinstance(field, Family)}
        families = [field for field in known.fields if isinstance(field, Family)]
        for name, value in fields.items():
            of = [exact[name]] if name in exact else [each for each in families if name.startswith(each.prefix)]
            assert type(value) in {python[each.kind] for each in of}, name
        assert not set(tags) & set(fields)


floats = st.floats() | st.none()
names = st.text(min_size=1, max_size=30)


@given(
    st.floats(),
    floats,
    st.lists(st.tuples(names, st.none() | st.floats(0, 2)), max_size=3, unique_by=lambda pair: lp.as_tag(pair[0])),
    st.text(max_size=50),
    names,
)
def test_no_minute_whatever_breaks_the_format(
    coverage: float, probability: float | None, units: list[tuple[str, float | None]], model: str, cage: str
) -> None:
    record = MinuteSummary(
        cage=cage,
        start_ns=T0,
        pain=1,
        no_pain=2,
        skipped=3,
        expected=6,
        coverage=coverage,
        pain_probability=probability,
        by_status={},
        units=tuple(UnitScore(name, score) for name, score in units),
        models=(model,),
    )
    _, tags, fields, _ = told(record)
    assert tags.get("cage", "") == lp.as_tag(cage)
    assert fields["models"] == lp.as_text(model)
    for name, value in (("coverage", coverage), ("pain_probability", probability)):
        if value is None or not math.isfinite(value):
            assert name not in fields
        else:
            assert fields[name] == value
    scored = {"unit_" + name: score for name, score in units if score is not None}
    assert {name: value for name, value in fields.items() if name.startswith("unit_")} == {
        lp.as_tag(name): score for name, score in scored.items()
    }


@given(st.text(max_size=40), st.text(max_size=60), st.integers())
def test_tags_texts_and_whole_numbers_come_back(tag: str, text: str, number: int) -> None:
    fields = [lp.text_field("text", text), lp.integer_field("number", number)]
    line = lp.line("m", [("tag", tag), ("last", "x")], fields, 5)
    assert line is not None
    _, tags, found, time_ns = parsed(line)
    assert tags == ({"tag": lp.as_tag(tag)} if lp.as_tag(tag) else {}) | {"last": "x"}
    assert found.get("text") == lp.as_text(text)
    assert found.get("number") == (number if -(2**63) <= number < 2**63 else None)
    assert time_ns == 5


def test_ordinary_tags_and_texts_are_kept_as_they_are() -> None:
    for value in ("C57BL/6J", "Long-Evans, blue = 1", 'the "old" one', "mäuse 鼠"):
        assert lp.as_tag(value) == value
    assert lp.as_tag("C:\\rats\\") == "C:/rats/"
    assert lp.as_tag(" two\nlines ") == "two lines"
    assert lp.as_text('say "no"\nC:\\rats\\') == 'say "no"\nC:\\rats\\'


def test_a_line_without_a_field_is_none() -> None:
    assert lp.line("m", [("a", "b")], [lp.float_field("x", math.nan), lp.integer_field("y", None)], 1) is None


def test_a_float_is_a_float_also_when_it_is_whole() -> None:
    assert lp.float_field("x", 1) == "x=1.0"
    assert lp.integer_field("x", True) == "x=1i"


@given(st.floats(0, 1))
def test_numbers_come_back_to_the_last_bit(probability: float) -> None:
    record = FusedPoint("cage-1", T0, Status.OK, (), probability, False)
    assert told(record)[2]["pain_probability"] == probability

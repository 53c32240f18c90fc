"""What is annotated in a Grafana, and that all of it survives what Grafana does to tags and texts."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from fixtures.kinds_of_record import T0, all_kinds, config_with, mark, transition
from painwatch.core.alarms import AlarmPhase, Cause, Mark, Priority, Transition
from painwatch.core.signals import AlarmKind
from painwatch.grafana.annotations import annotations_for, form_of, is_shown, key_of
from painwatch.validation import NO_DIAGNOSIS
from servers.grafana_annotations import Annotations

VALIDATION = f"Demo 1.2: trained on drawings, not validated on live animals. {NO_DIAGNOSIS}"
CONFIG = config_with(
    alarms={
        "rules": [
            {"name": "pain", "signal": "pain_probability", "above": 0.6},
            {"name": "pain-of-group", "signal": "pain_probability", "above": 0.6, "scope": "group"},
            {"name": "pain-of-all", "signal": "pain_probability", "above": 0.6, "scope": "all"},
            {"name": "dark", "signal": "camera_age_s", "above": 30},
            {"name": "full", "signal": "disk_free_fraction", "below": 0.1},
        ]
    }
)


def form(record: object, **config: Any) -> dict[str, Any]:
    line = annotations_for(config.get("config", CONFIG), VALIDATION)(record)
    assert line is not None
    assert b"\n" not in line
    return form_of(line)


def technical(rule: str, subject: str) -> Transition:
    return replace(transition(rule, subject), kind=AlarmKind.TECHNICAL)


def test_a_mark_that_lasted_is_a_region_with_what_was_written() -> None:
    told = form(mark())
    assert (told["time"], told["timeEnd"]) == (T0 // 10**6, (T0 + 10**9) // 10**6)
    assert told["tags"][:2] == ["painwatch", "site:North wing"]
    assert {"kind:mark", "cage:cage-2", "mark:carprofen, 5 mg/kg"} <= set(told["tags"])
    assert told["text"] == "carprofen, 5 mg/kg at cage-2 (Åsa)<br>back \\ slash"


def test_a_mark_at_one_moment_has_no_end() -> None:
    assert "timeEnd" not in form(replace(mark(), end_ns=None))
    assert "timeEnd" not in form(replace(mark(), end_ns=T0 + 10)), "Grafana's times are in milliseconds"


def test_what_people_write_is_no_html() -> None:
    told = form(replace(mark(), words='<script>alert("x")</script> & <b>\nnext'))
    assert told["text"].endswith('<br>&lt;script&gt;alert("x")&lt;/script&gt; &amp; &lt;b&gt;<br>next')


def test_a_raised_alarm_asks_for_a_review_and_says_what_the_model_is() -> None:
    told = form(replace(transition(), runbook="SOP 12"))
    lines = told["text"].split("<br>")
    assert lines[0] == "please review the animal in cage-1 (high priority)"
    assert "What to do: SOP 12" in lines
    assert lines[-1] == VALIDATION
    assert {"kind:welfare", "rule:pain", "phase:active", "cage:cage-1"} <= set(told["tags"])
    assert told["time"] == T0 // 10**6


def test_the_end_of_an_alarm_is_no_finding() -> None:
    ended = replace(transition(phase=AlarmPhase.CLEARED), before=AlarmPhase.ACTIVE)
    assert "it does not say that there is no pain" in form(ended)["text"]


def test_a_technical_alarm_says_nothing_of_a_model() -> None:
    assert NO_DIAGNOSIS not in form(technical("dark", "cage-2-left"))["text"]


@pytest.mark.parametrize(
    ("rule", "subject", "about"),
    [
        ("pain", "cage-1", {"cage:cage-1"}),
        ("pain-of-group", "treated", {"group:treated"}),
        ("pain-of-all", "site", set()),
        ("dark", "cage-2-left", {"cage:cage-2", "camera:cage-2-left"}),
        ("full", "site", {"subject:site"}),
        ("of-another-day", "cage-1", {"subject:cage-1"}),
    ],
)
def test_an_alarm_is_found_by_what_it_is_about(rule: str, subject: str, about: set[str]) -> None:
    tags = form(technical(rule, subject))["tags"]
    assert {tag for tag in tags if tag.split(":")[0] in ("cage", "camera", "group", "subject")} == about


RAISED = (AlarmPhase.ACTIVE, AlarmPhase.ACKNOWLEDGED, AlarmPhase.SILENCED)


@pytest.mark.parametrize("before", AlarmPhase)
@pytest.mark.parametrize("after", AlarmPhase)
def test_what_nobody_was_asked_for_is_not_shown(before: AlarmPhase, after: AlarmPhase) -> None:
    shown = is_shown(replace(transition(), before=before, after=after))
    if before is after or after is AlarmPhase.PENDING:
        assert not shown, "a step of escalation, or a condition that only began to hold"
    elif after in RAISED:
        assert shown
    else:
        assert shown == (before in (*RAISED, AlarmPhase.CLEARED)), "the end of what was never raised"


def test_only_marks_and_alarms_are_annotated() -> None:
    line_of = annotations_for(CONFIG)
    assert {type(record) for record in all_kinds() if line_of(record) is not None} == {Mark, Transition}


def test_each_annotation_has_a_key_of_its_own_and_always_the_same() -> None:
    records = [
        mark(),
        replace(mark(), cage="cage-1"),
        replace(mark(), time_ns=T0 + 1),
        replace(mark(), name="carprofen"),
        *(replace(transition(), after=phase, before=AlarmPhase.PENDING) for phase in RAISED),
        replace(transition(), time_ns=T0 + 1),
        replace(transition(), request="r1"),
        transition("pain-of-group", "treated"),
    ]
    keys = [key_of(form(record)) for record in records]
    assert len(set(keys)) == len(keys)
    assert keys == [key_of(form(record)) for record in records]
    elsewhere = config_with(site="South wing")
    assert key_of(form(mark(), config=elsewhere)) != key_of(form(mark())), "two sites may write into one Grafana"


def test_a_line_that_is_no_annotation_is_told() -> None:
    for line in (b"", b"mark", b"mark []", b'mark {"time": 1}', b"mark {", b'mark {"tags": ["painwatch"]}'):
        with pytest.raises(ValueError, match=r"."):
            form_of(line)


anything = st.text(max_size=120)


@given(anything.filter(str.strip), st.text(min_size=1, max_size=80), anything, anything, st.integers(0, 2**61))
def test_whatever_is_written_grafana_keeps_it_and_finds_it_again(
    name: str, site: str, words: str, who: str, time_ns: int
) -> None:
    told = form(Mark("cage-1", name, time_ns, words=words, who=who), config=config_with(site=site))
    keeps(told)


@given(st.text(max_size=64), st.sampled_from([t["name"] for t in CONFIG.model_dump()["alarms"]["rules"]]), anything)
def test_whatever_an_alarm_is_about_grafana_keeps_it(subject: str, rule: str, words: str) -> None:
    alarm = replace(transition(rule, subject), words=words, cause=Cause.RULES, priority=Priority.MEDIUM)
    keeps(form(replace(alarm, after=AlarmPhase.ACKNOWLEDGED), config=CONFIG.model_copy(update={"site": "😀" * 80})))


def keeps(told: dict[str, Any]) -> None:
    grafana = Annotations()
    assert grafana.answer("POST", {}, json.dumps(told).encode())[0] == 200
    assert told["time"] > 0, "0 would be now"
    (kept,) = grafana.bearing(key_of(told))
    assert kept["tags"] == told["tags"] == list(dict.fromkeys(told["tags"])), "nothing is cut off"
    begin, end = told["time"], told.get("timeEnd", told["time"])
    asked = {"tags": [key_of(told)], "type": ["annotation"], "from": [str(begin)], "to": [str(end)]}
    assert grafana.answer("GET", asked, b"") == (200, [kept])

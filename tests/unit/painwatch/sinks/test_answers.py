"""What a database's answer means."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from painwatch.sinks.answers import (
    LONGEST_RETRY_AFTER_S,
    LONGEST_WAIT_S,
    SAID_MAX_CHARS,
    Answer,
    Meaning,
    answer_of,
    wait_s,
)

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)


def answer(status: int, body: str = "", **headers: str) -> Answer:
    return answer_of(status, {k.replace("_", "-"): v for k, v in headers.items()}, body, now=NOW, secret="s3cret")


@pytest.mark.parametrize(
    ("status", "meaning"),
    [
        (204, Meaning.TAKEN),
        (200, Meaning.HELD),
        (201, Meaning.HELD),
        (301, Meaning.HELD),
        (307, Meaning.HELD),
        (400, Meaning.REFUSED),
        (401, Meaning.HELD),
        (403, Meaning.HELD),
        (404, Meaning.HELD),
        (405, Meaning.HELD),
        (407, Meaning.HELD),
        (408, Meaning.LATER),
        (413, Meaning.TOO_LARGE),
        (418, Meaning.HELD),
        (422, Meaning.REFUSED),
        (429, Meaning.LATER),
        (500, Meaning.LATER),
        (502, Meaning.LATER),
        (503, Meaning.LATER),
        (504, Meaning.LATER),
        (507, Meaning.LATER),
    ],
)
def test_every_status_has_a_meaning(status: int, meaning: Meaning) -> None:
    assert answer(status, "why").meaning is meaning


@given(st.integers(100, 599).filter(lambda status: status != 204))
def test_nothing_but_204_lets_a_record_go(status: int) -> None:
    assert answer(status).meaning is not Meaning.TAKEN


def test_what_a_person_must_mend_is_said_with_how() -> None:
    assert "painwatch influx setup" in answer(404, '{"error":"database not found: \\"x\\""}').words
    assert "1.8" in answer(404, "404 page not found\n").words
    assert "token" in answer(401, '{"code":"unauthorized","message":"unauthorized access"}').words
    assert "check that `url`" in answer(200, "<html><title>Grafana</title>").words
    missing_policy = answer(500, '{"error":"retention policy not found: x"}')
    assert missing_policy.meaning is Meaning.HELD
    assert "painwatch influx setup" in missing_policy.words


def test_the_servers_own_words_are_told_from_wherever_they_stand() -> None:
    assert "two of it" in answer(503, "", x_influxdb_error="two\nof  it").words
    assert "one of 1.x" in answer(503, '{"error":"one of 1.x"}').words
    assert "one of 2.x" in answer(503, '{"code":"unavailable","message":"one of 2.x"}').words
    data = [{"error_message": "no fields", "line_number": 2}]
    third = {"error": "partial write of line protocol occurred", "data": data}
    assert answer(400, json.dumps(third)).words == "400: partial write of line protocol occurred: no fields"
    assert answer(502, "<html><head><title>502 Bad Gateway</title></head>").words == "answers 502: 502 Bad Gateway"
    assert answer(503, "plain").words == "answers 503: plain"


@given(st.text(), st.integers(100, 599))
def test_words_never_hold_the_secret_and_are_short(said: str, status: int) -> None:
    found = answer(status, f"{said}s3cret{said}")
    assert "s3cret" not in found.words
    assert len(found.words) < SAID_MAX_CHARS + 200
    assert "\n" not in found.words


def test_only_the_server_says_how_many_were_dropped() -> None:
    conflict = 'partial write: field type conflict: input field "v" on measurement "m" is type integer dropped=3'
    assert answer(400, json.dumps({"error": conflict})).dropped == 3
    assert answer(400, json.dumps({"error": f"partial write: {'long ' * 100} dropped=2"})).dropped == 2
    # The text of a mark may say anything.
    assert answer(400, json.dumps({"error": "unable to parse 'm words=\"dropped=3\"': bad timestamp"})).dropped is None


def test_retry_after_is_honoured_in_both_forms_and_bounded() -> None:
    assert answer(503, retry_after="7").retry_after_s == 7
    assert answer(429, retry_after="999999999999").retry_after_s == LONGEST_RETRY_AFTER_S
    assert answer(503, retry_after=format_datetime(NOW + timedelta(seconds=9), usegmt=True)).retry_after_s == 9
    assert answer(503, retry_after=format_datetime(NOW - timedelta(days=9), usegmt=True)).retry_after_s == 0
    # A server whose clock is a year off means 5 s by its own clock.
    there = NOW + timedelta(days=365)
    later, date = format_datetime(there + timedelta(seconds=5), usegmt=True), format_datetime(there, usegmt=True)
    assert answer(503, retry_after=later, date=date).retry_after_s == 5
    for nonsense in ("", "soon", "-3", "1.5e9", "²", "Fri, 99 Foo 2026"):
        assert answer(503, retry_after=nonsense).retry_after_s is None


@given(st.integers(1, 10_000), st.floats(0, 1), st.sampled_from(Meaning))
def test_waits_grow_and_never_exceed_half_a_minute(failures: int, chance: float, meaning: Meaning) -> None:
    seconds = wait_s(Answer(meaning), failures, chance)
    assert 0.1 <= seconds <= LONGEST_WAIT_S
    assert wait_s(Answer(meaning), failures + 1, chance) >= seconds


@given(st.integers(1, 10_000), st.floats(0, 1))
def test_no_wait_is_shorter_than_what_the_server_asked_for(failures: int, chance: float) -> None:
    assert 7 <= wait_s(Answer(Meaning.LATER, retry_after_s=7), failures, chance) < 7.8
    assert wait_s(Answer(Meaning.LATER, retry_after_s=0), failures, chance) >= 0.2

"""Alarms through a hub with real sockets, a real history and a real web hook."""

from __future__ import annotations

from pathlib import Path

import pytest

from fixtures.hubs import clock_at, hub_thread, listener, places_in, sender
from fixtures.looks import MINUTE, NOON, SECOND
from fixtures.standing_pain import (
    NOW,
    SENT_MINUTES,
    alarm,
    answer_to,
    config_with_rules,
    minutes_of,
    request,
    stands,
    watched_before,
)
from painwatch.config.places import Places
from painwatch.core.alarms import AlarmPhase, Answer, Mark, RequestAction, Transition
from painwatch.core.types import MinuteSummary
from painwatch.hub.recording import read_recording
from painwatch.hub.site import replay
from painwatch.store.audit_check import verify
from painwatch.store.history import END_OF_TIME_NS, open_history


@pytest.fixture
def places(tmp_path: Path) -> Places:
    return places_in(tmp_path)


def test_sustained_pain_is_told_once_it_is_stored_and_a_person_acknowledges_it(places: Places) -> None:
    config = config_with_rules()
    watched_before(config, places)
    with sender(places) as send:
        send(*minutes_of(0.9))
        with hub_thread(config, places, clock=clock_at(NOW)), listener(places) as heard:
            raised = heard.message(Transition, lambda t: t.after is AlarmPhase.ACTIVE)
            with open_history(places.database) as history:
                assert raised in history.transitions(0, END_OF_TIME_NS), "published before it was stored"
            assert raised.time_ns == NOON + 2 * MINUTE
            assert raised.evidence.minutes == (NOON, NOON + MINUTE)
            assert raised.evidence.faces == 120
            heard.snapshot(stands(AlarmPhase.ACTIVE))
            seen = request(RequestAction.ACKNOWLEDGE, words="on my way")
            send(seen)
            assert answer_to(heard, seen) == Answer(seen.id, True)
            acknowledged = alarm(heard.snapshot(stands(AlarmPhase.ACKNOWLEDGED)))
            assert acknowledged is not None
            assert acknowledged.acknowledged_by == "vera"
            send(seen)
            assert answer_to(heard, seen).done, "the same request again is done already"
    with open_history(places.database) as history:
        told = history.transitions(0, END_OF_TIME_NS)
        assert [t.after for t in told if t.rule == "pain-at-last"] == [
            AlarmPhase.PENDING,
            AlarmPhase.ACTIVE,
            AlarmPhase.ACKNOWLEDGED,
        ]
    assert verify(places.database).faults == ()


def test_replay_of_what_came_in_raises_what_was_raised(places: Places, tmp_path: Path) -> None:
    config, record = config_with_rules(fast=True), tmp_path / "inputs.pw"
    with sender(places) as send:
        send(*minutes_of(0.9), *minutes_of(0.1, from_minute=SENT_MINUTES))
        with hub_thread(config, places, clock=clock_at(NOW), record=record), listener(places) as heard:
            heard.snapshot(stands(AlarmPhase.CLEARED))
            seen = request(RequestAction.ACKNOWLEDGE)
            send(seen)
            assert answer_to(heard, seen).done
    with open_history(places.database) as history:
        told = history.transitions(0, END_OF_TIME_NS)
    replayed = replay(read_recording(record), config)
    assert sorted(t.key for t in replayed.transitions) == sorted(t.key for t in told)
    assert [t.after for t in told if t.rule == "pain-at-last"] == [
        AlarmPhase.PENDING,
        AlarmPhase.ACTIVE,
        AlarmPhase.CLEARED,
        AlarmPhase.INACTIVE,
    ]


def test_what_cannot_be_done_is_answered_with_its_reason(places: Places) -> None:
    with (
        sender(places) as send,
        hub_thread(config_with_rules(), places, clock=clock_at(NOW)),
        listener(places) as heard,
    ):
        heard.snapshot()
        nothing = request(RequestAction.ACKNOWLEDGE, subject="no-such-cage")
        send(nothing)
        answer = answer_to(heard, nothing)
        assert not answer.done
        assert "no-such-cage" in answer.words


def test_alarms_and_silences_outlive_the_hub(places: Places) -> None:
    config = config_with_rules()
    watched_before(config, places)
    with sender(places) as send:
        send(*minutes_of(0.9))
        with hub_thread(config, places, clock=clock_at(NOW)), listener(places) as heard:
            heard.snapshot(stands(AlarmPhase.ACTIVE))
            silence = request(RequestAction.SILENCE, until_ns=NOW + 600 * SECOND)
            send(silence)
            assert answer_to(heard, silence).done
        with hub_thread(config, places, clock=clock_at(NOW + 20 * SECOND)), listener(places) as heard:
            silenced = alarm(heard.snapshot(stands(AlarmPhase.SILENCED)))
            assert silenced is not None
            assert silenced.silenced_until_ns == NOW + 600 * SECOND
    with open_history(places.database) as history:
        keys = [t.key for t in history.transitions(0, END_OF_TIME_NS)]
        assert len(keys) == len(set(keys)), "a restart tells nothing twice"


def test_silence_of_the_cameras_raises_no_welfare_alarm_and_clears_none(places: Places) -> None:
    config = config_with_rules()
    watched_before(config, places)
    with sender(places) as send:
        send(*minutes_of(0.9, count=2))
        later = NOON + 8 * MINUTE
        with hub_thread(config, places, clock=clock_at(later)), listener(places) as heard:
            heard.message(MinuteSummary, lambda m: m.start_ns >= NOON + 3 * MINUTE and m.coverage == 0.0)
            still = alarm(heard.snapshot(stands(AlarmPhase.ACTIVE)))
            assert still is not None


def test_a_mark_is_stored_audited_and_answered(places: Places) -> None:
    with (
        sender(places) as send,
        hub_thread(config_with_rules(), places, clock=clock_at(NOW)),
        listener(places) as heard,
    ):
        heard.snapshot()
        asked = request(RequestAction.MARK, mark=Mark("cage", "carprofen", NOON, words="5 mg/kg", who="somebody else"))
        send(asked)
        assert answer_to(heard, asked).done
    with open_history(places.database) as history:
        (mark,) = history.marks("cage", 0, END_OF_TIME_NS)
        assert (mark.name, mark.words, mark.who) == ("carprofen", "5 mg/kg", "vera"), "who it was is told by the door"
        audited = [entry for entry in history.audit(0, limit=100) if "carprofen" in str(entry)]
        assert audited
    assert verify(places.database).faults == ()

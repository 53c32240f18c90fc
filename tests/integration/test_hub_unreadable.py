"""A hub that is started while its history cannot be read goes on from it as soon as it can be."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from fixtures.hubs import clock_at, hub_thread, listener, places_in, sender
from fixtures.looks import MINUTE, NOON
from fixtures.standing_pain import (
    NOW,
    SENT_MINUTES,
    answer_to,
    config_with_rules,
    minutes_of,
    request,
    stands,
    watched_before,
)
from fixtures.waiting import wait_until
from painwatch.config.places import Places
from painwatch.core.alarms import AlarmPhase, RequestAction, Transition
from painwatch.core.types import MinuteSummary
from painwatch.store import schema
from painwatch.store.audit_check import verify
from painwatch.store.history import END_OF_TIME_NS, open_history

LATER = NOW + 3 * MINUTE


@pytest.fixture
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Places:
    monkeypatch.setattr(schema, "_BUSY_TIMEOUT_S", 0.1)
    return places_in(tmp_path)


@contextlib.contextmanager
def held_by_another(places: Places) -> Iterator[None]:
    """Nobody else can open the history, to read or to write."""
    with contextlib.closing(sqlite3.connect(places.database, isolation_level=None)) as other:
        other.execute("PRAGMA locking_mode = EXCLUSIVE")
        other.execute("BEGIN EXCLUSIVE")
        yield
        other.execute("ROLLBACK")


def told_of_pain(places: Places) -> tuple[Transition, ...]:
    with open_history(places.database) as history:
        return history.transitions(0, END_OF_TIME_NS, rule="pain-at-last")


def test_an_alarm_and_its_silence_stand_when_the_history_can_be_read_again(places: Places) -> None:
    config, until_ns = config_with_rules(), NOW + 60 * MINUTE
    watched_before(config, places)
    with sender(places) as send:
        send(*minutes_of(0.9))
        with hub_thread(config, places, clock=clock_at(NOW)), listener(places) as heard:
            heard.snapshot(stands(AlarmPhase.ACTIVE))
            silence = request(RequestAction.SILENCE, until_ns=until_ns)
            send(silence)
            assert answer_to(heard, silence).done
        before = told_of_pain(places)
        send(*minutes_of(0.9, from_minute=SENT_MINUTES, count=3))
        with contextlib.ExitStack() as lock:
            lock.enter_context(held_by_another(places))
            with hub_thread(config, places, clock=clock_at(LATER)), listener(places) as heard:
                blind = heard.snapshot(lambda s: s.store_fault and s.cages[0].last_minute is not None)
                assert blind.store.fault_since_ns is not None
                seen = request(RequestAction.ACKNOWLEDGE, time_ns=LATER)
                send(seen)
                answer = answer_to(heard, seen)
                assert (answer.done, "cannot be read" in answer.words) == (False, True)
                lock.close()
                again = heard.snapshot(stands(AlarmPhase.SILENCED))
                assert [a.silenced_until_ns for a in again.alarms if a.rule == "pain-at-last"] == [until_ns]
                heard.snapshot(lambda s: not s.store_fault and not s.store.waiting)
                send(seen)
                assert answer_to(heard, seen).done
    told = told_of_pain(places)
    assert told[:-1] == before, "nothing is told twice"
    assert (told[-1].request, told[-1].silenced_until_ns) == (seen.id, until_ns)
    assert verify(places.database).faults == ()


def test_minutes_that_came_meanwhile_are_judged_by_the_alarm_of_before(places: Places) -> None:
    config = config_with_rules()
    watched_before(config, places)
    with sender(places) as send:
        send(*minutes_of(0.9))
        with hub_thread(config, places, clock=clock_at(NOW)), listener(places) as heard:
            heard.snapshot(stands(AlarmPhase.ACTIVE))
            wait_until(lambda: len(told_of_pain(places)) == 2, what="it is stored")
        send(*minutes_of(0.1, from_minute=SENT_MINUTES, count=3))
        with contextlib.ExitStack() as lock:
            lock.enter_context(held_by_another(places))
            with hub_thread(config, places, clock=clock_at(LATER)), listener(places) as heard:
                heard.snapshot(lambda s: s.store_fault and s.cages[0].last_minute is not None)
                lock.close()
                ended = heard.message(Transition, lambda t: t.rule == "pain-at-last")
                heard.snapshot(stands(AlarmPhase.CLEARED))
    assert (ended.before, ended.after) == (AlarmPhase.ACTIVE, AlarmPhase.CLEARED)
    assert ended.time_ns == NOON + (SENT_MINUTES + 1) * MINUTE
    with open_history(places.database) as history:
        minutes: tuple[MinuteSummary, ...] = history.minutes("cage", NOON + SENT_MINUTES * MINUTE, END_OF_TIME_NS)
    assert [minute.no_pain for minute in minutes] == [60, 60, 60]

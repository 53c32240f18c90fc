"""Going on after a restart: by the same rules, by others, and under a clock that was set."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from fixtures.alarming import (
    MINUTE,
    SECOND,
    asks,
    at,
    config_of,
    feed,
    minute,
    pain_rule,
    phase_of,
    remembered,
    steps,
)
from painwatch.alarm.book import AlarmBook
from painwatch.alarm.taken import Taken
from painwatch.config.models import Config
from painwatch.core.alarms import AlarmMemory, AlarmPhase, Cause, Priority, Reading
from painwatch.core.signals import Signal
from painwatch.core.types import Tick

QUICK = pain_rule(for_min=1, escalation=[{"after_min": 5}])
NEXT_HOUR = 60


def stored(inputs: list[Any], rule: dict[str, Any] = QUICK, **more: Any) -> list[AlarmMemory]:
    return remembered(AlarmBook(config_of(rule, **more)), inputs)[1]


def resumed(memories: list[AlarmMemory], *rules: dict[str, Any], **more: Any) -> tuple[AlarmBook, Taken]:
    book = AlarmBook(config_of(*rules, **more))
    return book, book.resume(memories)


def test_it_escalates_when_it_would_have_without_the_restart() -> None:
    book, taken = resumed(stored([minute(0, 0.8)]), QUICK)
    assert taken.transitions == ()
    assert steps(feed(book, [minute(i, 0.8) for i in range(1, 8)])) == [(6, "active", "active")]


def test_what_people_did_is_kept() -> None:
    inputs = [minute(0, 0.8), asks("acknowledge", 1.5)]
    book, _ = resumed(stored(inputs), QUICK)
    assert phase_of(book) is AlarmPhase.ACKNOWLEDGED
    assert book.live()[0].acknowledged_by == "anna"
    again = book.take(asks("acknowledge", 1.5))
    assert (again.transitions, again.refused) == ((), "")


def test_a_rule_that_is_gone_closes_its_alarm_once() -> None:
    memories = stored([minute(0, 0.8)])
    book, taken = resumed(memories)
    (closed,) = taken.transitions
    assert (closed.before, closed.after, closed.cause) == (AlarmPhase.ACTIVE, AlarmPhase.INACTIVE, Cause.RULES)
    assert closed.notify == ("vet",)
    assert closed.evidence.values == (0.8,)
    assert book.live() == ()
    later = {(memory.rule, memory.subject): memory for memory in [*memories, *taken.memories]}
    _, taken = resumed(list(later.values()))
    assert taken.transitions == ()


def test_a_cage_that_a_rule_no_longer_watches_is_closed_too() -> None:
    _, taken = resumed(stored([minute(0, 0.8)]), QUICK | {"cages": ["b"]}, cages=("a", "b"))
    assert [(t.subject, t.cause) for t in taken.transitions] == [("a", Cause.RULES)]


def test_a_target_that_is_gone_is_closed_too() -> None:
    late = {"name": "late", "signal": "notice_age_s", "above": 300}
    memories = stored([Reading(Signal.NOTICE_AGE_S, "vet", at(0), 400.0)], late)
    _, taken = resumed(memories, late, targets=[{"name": "boss"}])
    assert [(t.subject, t.after.value, t.cause) for t in taken.transitions] == [("vet", "inactive", Cause.RULES)]


@pytest.mark.parametrize("name", ["infer-gone", "hub:infer-cpu", "room-2:capture-far"])
def test_a_process_that_is_gone_is_closed_too(name: str) -> None:
    down = {"name": "down", "signal": "process_down_s", "above": 10}
    memories = stored([Reading(Signal.PROCESS_DOWN_S, "infer-cpu", at(0), 40.0)], down)
    gone = [msgspec.structs.replace(one, subject=name) for one in memories if one.subject == "infer-cpu"]
    book, taken = resumed(gone, down)
    assert [(t.subject, t.after.value, t.cause) for t in taken.transitions] == [(name, "inactive", Cause.RULES)]
    assert book.live() == ()


def test_a_process_of_another_host_goes_on() -> None:
    down = {"name": "down", "signal": "process_down_s", "above": 10}
    config = config_of(down).model_dump(mode="json")
    config["cages"][0]["cameras"][0]["source"] = {"kind": "remote", "host": "room-2"}
    config["network"]["listen"] = {"host": "192.0.2.1"}
    inputs = [Reading(Signal.PROCESS_DOWN_S, "room-2:infer-cpu", at(0), 40.0)]
    told, memories = remembered(AlarmBook(Config.model_validate(config)), inputs)
    assert [(t.subject, t.after.value) for t in told] == [("room-2:infer-cpu", "active")]
    book = AlarmBook(Config.model_validate(config))
    assert book.resume(memories).transitions == ()
    assert phase_of(book, "down", "room-2:infer-cpu") is AlarmPhase.ACTIVE


def test_a_name_that_now_means_something_else_begins_anew() -> None:
    inputs = [minute(0, 0.8)]
    other = {"name": "pain", "signal": "coverage", "below": 0.9}
    book, taken = resumed(stored(inputs), other)
    assert steps(taken.transitions) == [(1, "active", "inactive")]
    assert feed(book, [minute(0, 0.8, 0.6)]) == []
    assert steps(feed(book, [minute(1, 0.8, 0.6)])) == [(2, "inactive", "active")]


def test_an_active_alarm_stays_when_its_rule_is_changed() -> None:
    book, taken = resumed(stored([minute(0, 0.8)]), QUICK | {"above": 0.9, "clear": 0.3})
    assert taken.transitions == ()
    assert [memory.rule for memory in taken.memories] == ["pain"]
    assert phase_of(book) is AlarmPhase.ACTIVE
    assert steps(feed(book, [minute(1, 0.35), minute(2, 0.2)])) == [(3, "active", "cleared")]


def test_who_was_not_told_hears_of_it_when_its_priority_is_raised() -> None:
    targets = [{"name": "vet"}, {"name": "boss", "minimum_priority": "high"}]
    memories = stored([minute(0, 0.8)], targets=targets)
    _, taken = resumed(memories, QUICK | {"priority": "high"}, targets=targets)
    (told,) = taken.transitions
    assert (told.before, told.after, told.cause) == (AlarmPhase.ACTIVE, AlarmPhase.ACTIVE, Cause.RULES)
    assert (told.priority, told.notify) == (Priority.HIGH, ("boss",))


def test_what_was_only_on_its_way_begins_anew_by_a_changed_rule() -> None:
    slow = pain_rule(for_min=3)
    memories = stored([minute(0, 0.8), minute(1, 0.8)], slow)
    book, taken = resumed(memories, slow | {"for_min": 2})
    assert [(t.before, t.after, t.cause) for t in taken.transitions] == [
        (AlarmPhase.PENDING, AlarmPhase.INACTIVE, Cause.RULES)
    ]
    assert steps(feed(book, [minute(2, 0.8), minute(3, 0.8)]))[-1] == (4, "pending", "active")


def test_a_rule_that_was_away_judges_nothing_of_that_time() -> None:
    other = pain_rule("other", for_min=1)
    memories = stored([minute(0, 0.1)], QUICK)
    book, taken = resumed(memories, other)
    _, later = remembered(book, [minute(i, 0.9) for i in range(1, 60)])
    newest = {(one.rule, one.subject): one for one in (*memories, *taken.memories, *later)}
    book, _ = resumed(list(newest.values()), QUICK, other)
    assert [t for t in feed(book, [minute(i, 0.9) for i in range(60)]) if t.rule == "pain"] == []
    assert steps(t for t in feed(book, [minute(60, 0.9)]) if t.rule == "pain") == [(61, "inactive", "active")]


def test_a_silence_outlives_a_change_of_rules() -> None:
    memories = stored([minute(0, 0.8), asks("silence", 1.5, until_ns=at(30))])
    book, taken = resumed(memories, QUICK | {"for_min": 2})
    assert taken.transitions == ()
    assert phase_of(book) is AlarmPhase.SILENCED


def test_a_new_rule_raises_nothing_over_what_is_past() -> None:
    past = [minute(i, 0.8) for i in range(10)]
    book, _ = resumed(stored(past), QUICK, pain_rule("new", for_min=2))
    assert feed(book, past) == []
    told = feed(book, [minute(i, 0.8) for i in (10, 11)])
    assert [t.after.value for t in told if t.rule == "new"] == ["pending", "active"]


def test_minutes_from_before_there_were_alarms_raise_nothing() -> None:
    book = AlarmBook(config_of(QUICK))
    assert book.resume([], now_ns=at(10.5)).transitions == ()
    assert feed(book, [minute(i, 0.8) for i in range(8)]) == []
    assert steps(feed(book, [minute(i, 0.8) for i in (8, 9)])) == [(9, "inactive", "active")]


def test_a_new_cage_is_judged_from_its_first_minute() -> None:
    book, _ = resumed(stored([minute(i, 0.2) for i in range(10)]), QUICK, cages=("a", "b"))
    assert steps(feed(book, [minute(3, 0.8, cage="b")])) == [(4, "inactive", "active")]


def test_a_baseline_is_not_begun_anew_by_a_change_of_the_threshold() -> None:
    own = pain_rule(for_min=1, above=0.3, clear=0.1, baseline={"first_minutes": 2})
    memories = stored([minute(0, 0.2), minute(1, 0.2)], own)
    book, _ = resumed(memories, own | {"above": 0.5})
    (raised,) = feed(book, [minute(2, 0.8)])
    assert raised.evidence.baseline == 0.2


def test_memories_that_cannot_be_read_are_told_and_passed_over() -> None:
    book, taken = resumed([AlarmMemory("pain", "a", 5, "{"), AlarmMemory("", "requests", 5, "{")], QUICK)
    assert "1 memories of alarms cannot be read" in taken.refused
    assert steps(feed(book, [minute(0, 0.8)])) == [(1, "inactive", "active")]


def test_what_was_judged_under_a_clock_that_was_ahead_goes_on_from_now() -> None:
    memories = stored([minute(10_000, 0.8)])
    book = AlarmBook(config_of(QUICK))
    assert book.resume(memories, now_ns=at(3)).transitions == ()
    told = feed(book, [minute(i, 0.8) for i in range(3, 9)])
    # Its five minutes go on counting.
    assert steps(told) == [(8, "active", "active")]


def test_a_clock_that_is_set_back_is_followed() -> None:
    book = AlarmBook(config_of(QUICK | {"longest_gap_min": 1440}))
    feed(book, [minute(5000, 0.8), asks("silence", 5001, until_ns=at(5003)), Tick(at(5002))])
    assert feed(book, [Tick(at(2)), minute(1, 0.8), Tick(at(3))]) == []
    told = feed(book, [minute(2, 0.8), minute(3, 0.8)])
    assert steps(told) == [(3, "silenced", "active")]


def test_readings_follow_a_clock_that_is_set_back() -> None:
    book = AlarmBook(config_of({"name": "lost", "signal": "camera_age_s", "above": 30, "for_min": 1}))
    reading = [
        message
        for second in (3600, 3630, 5, 20, 40)
        for message in (
            Reading(Signal.CAMERA_AGE_S, "a-cam", at(0) + second * SECOND, 60.0),
            Tick(at(0) + second * SECOND),
        )
    ]
    # The reading of the first Tick after the step comes before it, and is taken for an old one.
    told = feed(book, reading)
    assert [t.after.value for t in told] == ["active"]
    assert told[-1].time_ns == at(0) + 40 * SECOND


def test_a_recording_that_is_read_fast_has_its_own_time() -> None:
    book = AlarmBook(config_of(QUICK, cages=("a", "b"), fast=("a",)))
    told = feed(book, [minute(0, 0.8), Tick(at(5 * NEXT_HOUR))])
    assert steps(told) == [(1, "inactive", "active")]
    # Silenced for two minutes of the recording, whatever the time of day.
    told = feed(book, [asks("silence", 5 * NEXT_HOUR, until_ns=at(5 * NEXT_HOUR + 2)), Tick(at(9 * NEXT_HOUR))])
    assert steps(told) == [(1, "active", "silenced")]
    assert steps(feed(book, [minute(1, 0.8), minute(2, 0.8)])) == [(3, "silenced", "active")]


def test_a_recording_of_which_nothing_was_seen_has_no_time_to_count_from() -> None:
    book = AlarmBook(config_of(QUICK, fast=("a",)))
    assert "nothing was seen of this recording" in book.take(asks("silence", 0, until_ns=at(9))).refused


def test_an_older_recording_is_judged_and_the_same_one_again_is_not() -> None:
    config = config_of(QUICK, fast=("a",))
    newer, older = [minute(100, 0.8), minute(101, 0.2)], [minute(3, 0.2), minute(4, 0.8)]
    told, memories = remembered(AlarmBook(config), newer)
    assert len(told) == 2
    book = AlarmBook(config)
    book.resume(memories)
    assert feed(book, newer) == []
    assert steps(feed(book, older)) == [(5, "cleared", "active")]


def test_memories_come_with_every_minute_but_not_with_every_reading() -> None:
    config = config_of(QUICK, {"name": "lost", "signal": "camera_age_s", "above": 30})
    book = AlarmBook(config)
    first = book.take(minute(0, 0.2)).memories
    assert {memory.rule for memory in first} == {"pain", "lost"}
    assert [memory.time_ns for memory in book.take(minute(1, 0.2)).memories] == [at(2)]
    ages = [book.take(Reading(Signal.CAMERA_AGE_S, "a-cam", at(2) + i * SECOND, 40.0)) for i in range(70)]
    assert sum(len(taken.memories) for taken in ages) == 2
    assert ages[0].memories[0].time_ns - at(2) < MINUTE

"""Several cages as one: what is summed, and when a minute is waited for no longer."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from fixtures.alarming import MINUTE, NOON, SECOND, at, config_of, feed, minute, pain_rule, steps
from painwatch.alarm.book import AlarmBook
from painwatch.alarm.pooling import LONGEST_WAIT, Pool, pooled
from painwatch.core.signals import SITE
from painwatch.core.types import Tick

EXPECTED = {"a": 60, "b": 60}


def test_counts_are_summed_and_units_weighted_by_what_was_scored() -> None:
    told = {
        "a": minute(0, 1.0, 0.5, cage="a", units={"orbital": 2.0, "ears": None}, by_status={"ok": 30, "no_face": 30}),
        "b": minute(0, 0.0, 1.0, cage="b", units={"orbital": 0.5}, by_status={"ok": 60}),
    }
    whole = pooled("g", NOON, told, EXPECTED)
    assert (whole.cage, whole.pain, whole.no_pain, whole.skipped, whole.expected) == ("g", 30, 60, 30, 120)
    assert (whole.coverage, whole.pain_probability, whole.faces) == (0.75, pytest.approx(1 / 3), 90)
    assert whole.by_status == {"no_face": 30, "ok": 90}
    assert {unit.name: unit.score for unit in whole.units} == {"orbital": pytest.approx(1.0), "ears": None}


def test_repeated_moments_are_summed() -> None:
    told = {cage: replace(minute(0, 1.0, cage=cage), repeated=20) for cage in ("a", "b")}
    assert pooled("g", NOON, told, EXPECTED).repeated == 40


def test_an_absent_cage_was_expected_and_skipped() -> None:
    whole = pooled("g", NOON, {"a": minute(0, 1.0)}, EXPECTED)
    assert (whole.expected, whole.skipped, whole.coverage, whole.pain_probability) == (120, 60, 0.5, 1.0)


def test_a_minute_waits_for_every_cage() -> None:
    pool = Pool("g", EXPECTED, live=True)
    assert pool.minute(minute(0, 1.0)) == ()
    assert pool.minute(minute(1, 1.0)) == ()
    assert [whole.start_ns for whole in pool.minute(minute(0, 0.0, cage="b"))] == [NOON]
    # A cage that tells a later minute will not tell this one.
    assert [whole.expected - whole.skipped for whole in pool.minute(minute(2, 1.0, cage="b"))] == [60]


def test_a_minute_is_waited_for_two_minutes_at_most() -> None:
    pool = Pool("g", EXPECTED, live=True)
    pool.minute(minute(0, 1.0))
    assert pool.tick(NOON + 3 * MINUTE - SECOND) == ()
    assert [whole.coverage for whole in pool.tick(NOON + 3 * MINUTE)] == [0.5]
    assert pool.minute(minute(0, 0.0, cage="b")) == ()


def test_recordings_are_waited_for_without_a_clock_but_not_for_ever() -> None:
    pool = Pool("g", EXPECTED, live=False)
    closed = [pool.minute(minute(i, 1.0)) for i in range(LONGEST_WAIT + 2)]
    assert pool.tick(at(1_000_000)) == ()
    assert [len(minutes) for minutes in closed[-3:]] == [0, 1, 1]


def test_the_alarm_of_a_group_is_about_its_cages() -> None:
    config = config_of(
        pain_rule(scope="group", for_min=1), cages=("a", "b", "c"), groups={"a": "treated", "b": "treated"}
    )
    book = AlarmBook(config)
    told = feed(book, [minute(0, 1.0, cage="c"), minute(0, 1.0), minute(0, 0.4, cage="b")])
    assert [(t.subject, t.evidence.value) for t in told] == [("treated", 0.7)]
    assert book.live()[0].cages == ("a", "b")


def test_all_cages_are_the_site() -> None:
    book = AlarmBook(config_of(pain_rule(scope="all", for_min=1), cages=("a", "b")))
    told = feed(book, [minute(0, 1.0), Tick(at(2.5)), Tick(at(3))])
    assert [(t.subject, t.evidence.coverage) for t in told] == [(SITE, 0.5)]


def test_a_group_cannot_be_judged_by_a_part_of_it_that_is_too_small() -> None:
    book = AlarmBook(config_of(pain_rule(scope="all", for_min=1), cages=("a", "b", "c")))
    assert feed(book, [*(minute(i, 1.0) for i in range(9)), Tick(at(99))]) == []


def test_a_recording_that_is_read_fast_is_left_out_of_a_live_group() -> None:
    book = AlarmBook(config_of(pain_rule(scope="all", for_min=1), cages=("a", "b"), fast=("b",)))
    told = feed(book, [minute(-9000, 1.0, cage="b"), minute(0, 1.0)])
    assert steps(told) == [(1, "inactive", "active")]
    assert book.live()[0].cages == ("a",)

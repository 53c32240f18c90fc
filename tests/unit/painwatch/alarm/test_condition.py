"""When a condition begins and ends: sustained, with hysteresis, never by what could not be judged."""

from __future__ import annotations

from typing import Any

import pytest

from fixtures.alarming import MINUTE, NOON, asks, at, config_of, feed, minute, pain_rule, phase_of, steps
from painwatch.alarm.book import AlarmBook
from painwatch.core.alarms import AlarmPhase, Cause
from painwatch.core.types import Tick


def book_with(**settings: Any) -> AlarmBook:
    return AlarmBook(config_of(pain_rule(**settings)))


def fed(book: AlarmBook, *pains: float | None) -> list[tuple[int, str, str]]:
    return steps(feed(book, [minute(i, pain) for i, pain in enumerate(pains)]))


def test_it_is_raised_by_so_many_judged_minutes_in_a_row() -> None:
    assert fed(book_with(), 0.8, 0.8, 0.8) == [(1, "inactive", "pending"), (3, "pending", "active")]


def test_the_threshold_itself_raises() -> None:
    assert fed(book_with(for_min=0), 0.6) == [(1, "inactive", "active")]


def test_below_does_not_include_its_threshold() -> None:
    book = book_with(above=None, below=0.4, clear=0.6, for_min=0, latched=False)
    assert fed(book, 0.4, 0.3, 0.5, 0.6) == [(2, "inactive", "active"), (4, "active", "inactive")]


def test_part_of_a_minute_counts_as_a_whole_one() -> None:
    assert fed(book_with(for_min=1.5), 0.8, 0.8)[-1] == (2, "pending", "active")


def test_a_judged_minute_that_does_not_hold_breaks_the_row() -> None:
    assert fed(book_with(), 0.8, 0.8, 0.5, 0.8, 0.8)[1:] == [
        (3, "pending", "inactive"),
        (4, "inactive", "pending"),
    ]


def test_minutes_that_could_not_be_judged_do_not_break_the_row_nor_count() -> None:
    book = book_with()
    told = feed(book, [minute(0, 0.8), minute(1, None), minute(2, 0.1, 0.3), minute(3, 0.8), minute(4, 0.8)])
    assert steps(told) == [(1, "inactive", "pending"), (5, "pending", "active")]
    evidence = told[-1].evidence
    assert evidence.unjudged == 2
    assert evidence.minutes == (NOON, NOON + 3 * MINUTE, NOON + 4 * MINUTE)
    assert len(evidence.values) == 3
    assert evidence.faces == 180
    assert evidence.models == ("seeker@1",)
    assert (evidence.threshold, evidence.clear, evidence.minimum_coverage) == (0.6, 0.4, 0.5)


def test_it_ends_only_beyond_clear() -> None:
    book = book_with(for_min=1, latched=False)
    assert fed(book, 0.8, 0.5, 0.4, 0.35) == [(1, "inactive", "active"), (4, "active", "inactive")]


def test_it_ends_only_after_so_many_judged_minutes() -> None:
    book = book_with(for_min=1, clear_for_min=2, latched=False)
    told = fed(book, 0.8, 0.2, None, 0.5, 0.2, None, 0.2)
    assert told == [(1, "inactive", "active"), (7, "active", "inactive")]


@pytest.mark.parametrize(("unjudged", "given_up"), [(5, False), (6, True)])
def test_a_pending_alarm_is_given_up_after_too_long_a_gap(unjudged: int, given_up: bool) -> None:
    book = book_with(longest_gap_min=5)
    told = feed(book, [minute(0, 0.8), *(minute(1 + i, None) for i in range(unjudged))])
    assert steps(told)[1:] == ([(7, "pending", "inactive")] if given_up else [])
    if given_up:
        assert told[-1].cause is Cause.TIME
        assert "not seen: nothing could be judged for 5 min" in told[-1].words
    else:
        later = feed(book, [minute(6, 0.8), minute(7, 0.8)])
        assert steps(later) == [(8, "pending", "active")]


def test_a_gap_without_any_minute_is_the_same() -> None:
    book = book_with(longest_gap_min=5)
    told = feed(book, [minute(0, 0.8), minute(1, 0.8), minute(9, 0.8)])
    assert steps(told)[1:] == [(8, "pending", "inactive"), (10, "inactive", "pending")]


def test_ticks_give_up_too_when_no_minutes_come_at_all() -> None:
    book = book_with(longest_gap_min=5)
    feed(book, [minute(0, 0.8)])
    assert feed(book, [Tick(at(7)), Tick(at(8.9))]) == []
    (given_up,) = feed(book, [Tick(at(9))])
    assert steps([given_up]) == [(7, "pending", "inactive")]


def test_a_gap_lets_the_end_begin_anew() -> None:
    book = book_with(for_min=1, clear_for_min=2, longest_gap_min=5)
    feed(book, [minute(0, 0.8), minute(1, 0.2)])
    assert feed(book, [minute(8, 0.2)]) == []
    assert steps(feed(book, [minute(9, 0.2)])) == [(10, "active", "cleared")]


def test_an_active_alarm_never_ends_by_silence() -> None:
    book = book_with(for_min=1)
    feed(book, [minute(0, 0.8)])
    assert feed(book, [*(minute(i, None) for i in range(1, 300)), Tick(at(1000))]) == []
    assert phase_of(book) is AlarmPhase.ACTIVE
    (live,) = book.live()
    assert live.condition is None
    assert "cannot be judged now" in live.words


def test_a_minute_told_again_changes_nothing() -> None:
    book = book_with()
    told = feed(book, [minute(0, 0.8), minute(0, 0.8), minute(0, 0.8), minute(1, 0.8), minute(0, 0.1)])
    assert steps(told) == [(1, "inactive", "pending")]
    assert book.take(minute(0, 0.8)).memories == ()


def test_an_action_unit_is_judged_by_its_own_score() -> None:
    book = AlarmBook(config_of({"name": "eyes", "signal": "action_unit", "unit": "orbital", "above": 1, "for_min": 2}))
    told = feed(book, [minute(0, 0.5, units={"orbital": 1.5, "ears": 0.0}), minute(1, 0.5, units={"orbital": None})])
    assert steps(told) == [(1, "inactive", "pending")]
    (raised,) = feed(book, [minute(2, 0.5, units={"orbital": 1.2})])
    assert raised.words.startswith("a: orbital score 1.20 for 3 min (threshold 1.00")


def test_shares_are_of_all_looks_expected() -> None:
    book = AlarmBook(
        config_of(
            {"name": "domain", "signal": "out_of_domain_share", "above": 0.5},
            {"name": "engine", "signal": "engine_error_share", "above": 0.25},
        )
    )
    told = feed(book, [minute(0, None, by_status={"out_of_domain": 29, "engine_error": 15})])
    assert [(t.rule, t.evidence.value) for t in told] == [("engine", 0.25)]
    told = feed(book, [minute(1, None, by_status={"out_of_domain": 30})])
    assert [(t.rule, t.after.value) for t in told] == [("domain", "active"), ("engine", "inactive")]


def test_words_say_what_was_measured_and_against_what() -> None:
    book = book_with(for_min=10)
    told = feed(book, [minute(i, 0.8, 0.75) for i in range(10)])
    assert told[-1].words == "a: pain probability 0.80 for 10 min (threshold 0.60, coverage 0.75)"
    assert told[0].words.endswith("; an alarm if it lasts 10 min")


def test_a_technical_alarm_that_may_yet_come_is_shown_and_not_told() -> None:
    book = AlarmBook(config_of({"name": "dark", "signal": "coverage", "below": 0.5, "for_min": 3}))
    assert feed(book, [minute(0, 0.2, 0.2)]) == []
    assert phase_of(book, "dark") is AlarmPhase.PENDING
    assert feed(book, [minute(1, 0.2), minute(2, 0.2, 0.2), minute(3, 0.2, 0.2)]) == []
    assert book.live()[0].since_ns == at(3)
    told = feed(book, [minute(4, 0.2, 0.2), minute(5, 0.2)])
    assert steps(told) == [(5, "inactive", "active"), (6, "active", "inactive")]


def test_who_knows_of_a_technical_alarm_hears_that_it_ended_though_it_may_come_again() -> None:
    book = AlarmBook(config_of({"name": "dark", "signal": "coverage", "below": 0.5, "for_min": 2}))
    feed(book, [minute(0, 0.2, 0.2), minute(1, 0.2, 0.2), asks("silence", 2.5, rule="dark", until_ns=at(5.5))])
    (ended,) = feed(book, [minute(2, 0.2), minute(3, 0.2), minute(4, 0.2, 0.2), Tick(at(9))])
    assert (ended.before, ended.after, ended.notify) == (AlarmPhase.SILENCED, AlarmPhase.INACTIVE, ("vet",))
    assert phase_of(book, "dark") is AlarmPhase.PENDING

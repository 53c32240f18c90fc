"""A cage that blinks: a good minute now and then keeps `cannot-see` away, and somebody is told all the same."""

from __future__ import annotations

from fixtures.alarming import LOOKS, MINUTE, NOON, config_of, feed, minute, pain_rule, remembered
from painwatch.alarm.book import AlarmBook
from painwatch.core.types import MinuteSummary

SELDOM = {"name": "seldom", "signal": "judged_share", "below": 0.2, "clear": 0.3}
UNSEEN = {"name": "unseen", "signal": "coverage", "below": 0.5, "for_min": 15}


def blinking(count: int, every: int = 15, start: int = 0) -> list[MinuteSummary]:
    return [minute(i, 0.9, 1.0 if i % every == 0 else 0.1) for i in range(start, start + count)]


def raised(book: AlarmBook, minutes: list[MinuteSummary]) -> list[tuple[int, str, str]]:
    return [((t.time_ns - NOON) // MINUTE, t.rule, t.after.value) for t in feed(book, minutes) if t.rule != "pain"]


def test_a_cage_that_blinks_is_told_after_an_hour() -> None:
    book = AlarmBook(config_of(pain_rule(for_min=10), SELDOM, UNSEEN))
    told = [one for one in raised(book, blinking(120)) if one[1] == "seldom" or one[2] == "active"]
    assert told == [(60, "seldom", "active")], "cannot-see alone would say nothing"


def test_it_ends_when_enough_is_judged_again() -> None:
    book = AlarmBook(config_of(pain_rule(for_min=10), SELDOM))
    raised(book, [*blinking(60), minute(59, 0.1), minute(3, 0.1)])
    ended = raised(book, [minute(60 + i, 0.1) for i in range(30)])
    # 18 of 60 are needed: the 15 that are new by then, and three of the four good ones of the first hour.
    assert ended == [(75, "seldom", "inactive")]


def test_nothing_is_said_of_less_than_an_hour_in_a_row_or_without_welfare_rules() -> None:
    book = AlarmBook(config_of(pain_rule(), SELDOM))
    assert raised(book, [*blinking(59), *blinking(59, start=60)]) == []
    assert raised(AlarmBook(config_of(SELDOM)), blinking(90)) == []


def test_a_restart_forgets_nothing_of_the_hour() -> None:
    config, minutes = config_of(pain_rule(for_min=10), SELDOM), blinking(60)
    _, memories = remembered(AlarmBook(config), minutes[:40])
    book = AlarmBook(config)
    book.resume(memories)
    assert raised(book, minutes)[-1] == (60, "seldom", "active")


def test_the_mean_of_a_group_is_judged_by_its_own_minutes() -> None:
    rules = (pain_rule(scope="all", for_min=10), SELDOM | {"scope": "all"})
    book = AlarmBook(config_of(*rules, cages=("a", "b")))
    both = [one for i in range(60) for one in (minute(i, 0.9, 0.1, cage="a"), minute(i, 0.9, 0.1, cage="b"))]
    assert raised(book, both)[-1] == (60, "seldom", "active")
    assert LOOKS == 60

"""An animal held against its own mean: its first minutes, or a marked interval."""

from __future__ import annotations

from typing import Any

import pytest

from fixtures.alarming import asks, at, config_of, feed, minute, pain_rule, steps
from painwatch.alarm.book import AlarmBook
from painwatch.core.alarms import Mark


def book_with(baseline: dict[str, Any], *others: dict[str, Any]) -> AlarmBook:
    own = {"name": "own", "signal": "pain_probability", "above": 0.3, "clear": 0.1, "baseline": baseline}
    return AlarmBook(config_of(own, *others))


def words(book: AlarmBook) -> str:
    return " | ".join(alarm.words for alarm in book.live())


def test_the_first_minutes_are_the_baseline_and_are_not_judged() -> None:
    book = book_with({"first_minutes": 3})
    assert words(book) == "a: baseline: 0 of 3 minutes"
    assert feed(book, [minute(0, 0.9), minute(1, None), minute(2, 0.1)]) == []
    assert words(book) == "a: baseline: 2 of 3 minutes"
    assert feed(book, [minute(3, 0.2)]) == []
    assert words(book) == ""
    (raised,) = feed(book, [minute(4, 0.7)])
    assert raised.evidence.baseline == pytest.approx(0.4)
    assert raised.evidence.value == pytest.approx(0.3)
    assert raised.words == "a: pain probability +0.30 from the baseline 0.40 for 1 min (threshold 0.30, coverage 1.00)"


def test_a_new_animal_begins_anew() -> None:
    book = book_with({"first_minutes": 2})
    feed(book, [minute(0, 0.0), minute(1, 0.0)])
    # It is told ten minutes later that it came at minute 2.
    feed(book, [minute(2, 0.2), minute(3, 0.2), Mark("a", "new animal", at(2))])
    assert words(book) == ""
    assert feed(book, [minute(4, 0.4)]) == []
    (raised,) = feed(book, [minute(5, 0.6)])
    assert raised.evidence.baseline == pytest.approx(0.2)


def test_minutes_of_the_animal_before_raise_nothing_for_a_new_one() -> None:
    dark = {"name": "dark", "signal": "coverage", "below": 0.9, "for_min": 4}
    book = AlarmBook(config_of(pain_rule(), pain_rule("both", scope="all", for_min=9), dark))
    feed(book, [minute(0, 0.8, 0.7), minute(1, 0.8, 0.7)])
    asked = asks("mark", 2.5, mark=Mark("a", "new animal", at(2)))
    taken = book.take(asked)
    assert [(t.rule, t.before.value, t.after.value) for t in taken.transitions] == [("pain", "pending", "inactive")]
    assert {memory.rule for memory in taken.memories} == {"pain", ""}
    told = [t for t in feed(book, [minute(i, 0.8, 0.7) for i in (2, 3, 4)]) if t.rule != "both"]
    assert [(t.rule, *step) for t, step in zip(told, steps(told), strict=True)] == [
        ("pain", 3, "inactive", "pending"),
        ("dark", 4, "inactive", "active"),
        ("pain", 5, "pending", "active"),
    ]
    assert book.take(Mark("a", "new animal", at(5))).transitions == (), "an alarm that was raised stands"


def test_what_came_after_the_new_animal_counts() -> None:
    book = AlarmBook(config_of(pain_rule()))
    feed(book, [minute(0, 0.8), minute(1, 0.8), Mark("a", "new animal", at(0))])
    assert steps(feed(book, [minute(2, 0.8)])) == [(3, "pending", "active")]


def test_a_mark_of_another_cage_or_name_changes_nothing() -> None:
    book = book_with({"first_minutes": 1})
    feed(book, [minute(0, 0.0), Mark("a", "surgery", at(1)), Mark("elsewhere", "new animal", at(1))])
    assert words(book) == ""


def test_a_marked_interval_may_be_past() -> None:
    book = book_with({"marked": True})
    assert words(book) == "a: baseline: no interval is marked"
    feed(book, [minute(i, pain) for i, pain in enumerate((0.9, 0.1, 0.3, 0.9))])
    feed(book, [Mark("a", "baseline", at(1), at(3))])
    (raised,) = feed(book, [minute(4, 0.5)])
    assert raised.evidence.baseline == pytest.approx(0.2)


def test_a_marked_interval_may_be_yet_to_come_and_the_old_one_holds_until_it_is_over() -> None:
    book = book_with({"marked": True})
    feed(book, [minute(0, 0.0), Mark("a", "baseline", at(0), at(1)), Mark("a", "baseline", at(2), at(4))])
    assert feed(book, [minute(1, 0.2)]) == []
    assert steps(feed(book, [minute(2, 0.6), minute(3, 0.0), minute(4, 0.5)])) == [
        (3, "inactive", "active"),
        (4, "active", "cleared"),
    ]
    (raised,) = feed(book, [minute(5, 0.6)])
    assert raised.evidence.baseline == pytest.approx(0.3)


def test_an_interval_of_which_nothing_was_judged_is_no_baseline() -> None:
    book = book_with({"marked": True})
    feed(book, [Mark("a", "baseline", at(0), at(2)), minute(0, None), minute(1, None), minute(2, 0.9)])
    assert words(book) == "a: baseline: 0 judged minutes in the marked interval, which is over"


def test_baselines_of_the_animal_before_do_not_count() -> None:
    book = book_with({"marked": True})
    feed(book, [minute(0, 0.0), Mark("a", "baseline", at(0), at(1)), Mark("a", "new animal", at(2))])
    assert feed(book, [minute(3, 0.9)]) == []
    assert words(book) == "a: baseline: no interval is marked"


def test_people_mark_by_requests() -> None:
    book = book_with({"marked": True})
    feed(book, [minute(0, 0.1)])
    asked = asks("mark", 1, mark=Mark("a", "baseline", at(0), at(1), who="eve"))
    taken = book.take(asked)
    assert taken.marks == (Mark("a", "baseline", at(0), at(1), who="anna", request=asked.id),)
    assert {memory.rule for memory in taken.memories} == {"own", ""}
    assert book.take(asked).marks == ()
    assert words(book) == ""


@pytest.mark.parametrize(
    ("mark", "why"),
    [
        (Mark("z", "surgery", at(0)), "there is no cage 'z'"),
        (Mark("a", " ", at(0)), "needs a name"),
        (Mark("a", "x" * 501, at(0)), "longer than"),
        (Mark("a", "surgery", at(1), at(1)), "ends before it begins"),
        (Mark("a", "baseline", at(1)), "say when it ends"),
    ],
)
def test_marks_that_make_no_sense_are_refused(mark: Mark, why: str) -> None:
    book = book_with({"marked": True})
    taken = book.take(asks("mark", 5, mark=mark))
    assert why in taken.refused
    assert taken.marks == taken.memories == ()
    assert book.take(mark).memories == ()


def test_a_rule_that_waits_for_its_baseline_is_told_as_blind() -> None:
    blind = {"name": "cannot-judge", "signal": "blind_rules", "above": 1, "for_min": 2}
    unit = {"name": "eyes", "signal": "action_unit", "unit": "orbital", "above": 1}
    book = book_with({"first_minutes": 4}, pain_rule(), unit, blind)
    told = feed(book, [minute(0, 0.1), minute(1, 0.1, units={"orbital": 0.5})])
    assert [(t.rule, t.after.value, t.evidence.values) for t in told] == [("cannot-judge", "active", (2.0, 1.0))]
    told = feed(book, [minute(i, 0.1, units={"orbital": 0.5}) for i in (2, 3, 4)])
    assert [(t.rule, t.after.value) for t in told] == [("cannot-judge", "inactive")]

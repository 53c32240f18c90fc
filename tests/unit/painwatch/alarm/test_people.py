"""What people do about an alarm, and who is told of what."""

from __future__ import annotations

from typing import Any

import pytest

from fixtures.alarming import MINUTE, asks, at, config_of, feed, minute, pain_rule, phase_of, steps
from painwatch.alarm.book import AlarmBook
from painwatch.core.alarms import AlarmPhase, Cause, Priority, Transition
from painwatch.core.types import Tick

VET, BOSS = {"name": "vet"}, {"name": "boss", "minimum_priority": "high", "cleared": False}


def book_with(*targets: dict[str, Any], **settings: Any) -> AlarmBook:
    return AlarmBook(config_of(pain_rule(**({"for_min": 1} | settings)), targets=targets or (VET,)))


def pains(*values: float | None, start: int = 0) -> list[Any]:
    return [minute(start + i, value) for i, value in enumerate(values)]


def notified(told: list[Transition]) -> list[tuple[str, tuple[str, ...]]]:
    return [(t.after.value, t.notify) for t in told]


def refused(book: AlarmBook, request: Any) -> str:
    taken = book.take(request)
    assert taken.transitions == ()
    assert taken.memories == ()
    return taken.refused


def test_an_alarm_that_ended_unseen_stays_until_a_person_has_seen_it() -> None:
    book = book_with()
    told = feed(book, [*pains(0.8, 0.2, 0.2), asks("acknowledge", 3.5)])
    assert steps(told) == [
        (1, "inactive", "active"),
        (2, "active", "cleared"),
        (3, "cleared", "inactive"),
    ]
    assert notified(told) == [("active", ("vet",)), ("cleared", ("vet",)), ("inactive", ())]
    assert (told[-1].cause, told[-1].who, told[-1].request) == (Cause.PERSON, "anna", "acknowledge-3.5-pain-a")


def test_one_that_does_not_stay_is_gone_when_it_ends() -> None:
    assert steps(feed(book_with(latched=False), pains(0.8, 0.2)))[-1] == (2, "active", "inactive")


def test_a_cleared_alarm_comes_back() -> None:
    told = feed(book_with(), pains(0.8, 0.2, 0.8))
    assert steps(told)[-1] == (3, "cleared", "active")
    assert told[-1].notify == ("vet",)


def test_an_acknowledged_alarm_ends_by_itself_and_comes_back_as_new() -> None:
    book = book_with()
    told = feed(book, [*pains(0.8), asks("acknowledge", 1.5, words="on my way"), *pains(0.8, 0.2, 0.8, start=1)])
    assert steps(told) == [
        (1, "inactive", "active"),
        (1, "active", "acknowledged"),
        (3, "acknowledged", "inactive"),
        (4, "inactive", "active"),
    ]
    assert notified(told)[1:] == [("acknowledged", ()), ("inactive", ("vet",)), ("active", ("vet",))]
    assert told[1].words.endswith("acknowledged by anna: on my way")


def test_what_cannot_be_done_is_refused_and_may_be_asked_again() -> None:
    book = book_with()
    assert "nothing to acknowledge: the alarm is inactive" in refused(book, asks("acknowledge", 0))
    assert "there is no alarm other on a" in refused(book, asks("acknowledge", 0, rule="other"))
    assert "there is no alarm pain on b" in refused(book, asks("silence", 0, subject="b", until_ns=at(9)))
    assert "not silenced" in refused(book, asks("unsilence", 0))
    assert "needs a time" in refused(book, asks("silence", 0))
    assert "is over already" in refused(book, asks("silence", 5, until_ns=at(5)))
    assert "24 h at most" in refused(book, asks("silence", 0, until_ns=at(24 * 60 + 1)))
    assert "no mark" in refused(book, asks("mark", 0))
    assert "no id" in refused(book, asks("acknowledge", 0, id=""))
    assert "too long" in refused(book, asks("acknowledge", 0, id="x" * 65))
    feed(book, [*pains(0.8), asks("acknowledge", 1)])
    assert "anna has already acknowledged it" in refused(book, asks("acknowledge", 2))


def test_an_alarm_that_was_raised_after_the_request_is_not_acknowledged_by_it() -> None:
    book = book_with()
    feed(book, pains(0.8))
    assert "only after that" in refused(book, asks("acknowledge", 0.9))
    assert phase_of(book) is AlarmPhase.ACTIVE


def test_a_request_of_a_clock_that_is_ahead_is_refused() -> None:
    book = book_with()
    feed(book, [*pains(0.8), Tick(at(1))])
    assert "ahead" in refused(book, asks("acknowledge", 3))
    assert steps(feed(book, [asks("acknowledge", 2)]))[-1] == (2, "active", "acknowledged")


def test_the_same_request_twice_is_done_once() -> None:
    book = book_with()
    feed(book, [*pains(0.8), asks("silence", 1, until_ns=at(10)), asks("unsilence", 2)])
    again = book.take(asks("silence", 1, until_ns=at(10)))
    assert (again.transitions, again.refused) == ((), "")
    assert phase_of(book) is AlarmPhase.ACTIVE


def test_a_silenced_alarm_is_told_when_its_time_is_up() -> None:
    book = book_with()
    told = feed(book, [*pains(0.8), asks("silence", 1.5, until_ns=at(4)), *pains(0.8, 0.8, 0.8, start=1)])
    assert steps(told) == [(1, "inactive", "active"), (1, "active", "silenced"), (4, "silenced", "active")]
    assert told[1].silenced_until_ns == at(4)
    assert (told[2].cause, told[2].notify) == (Cause.TIME, ("vet",))


def test_a_planned_procedure_is_silenced_before_anything_happens() -> None:
    book = book_with()
    told = feed(book, [asks("silence", 0, until_ns=at(10)), *pains(0.8, 0.8, 0.2, 0.2)])
    assert steps(told) == [(0, "inactive", "silenced")]
    (live,) = book.live()
    assert (live.phase, live.silenced_until_ns) == (AlarmPhase.SILENCED, at(10))
    told = feed(book, [Tick(at(12))])
    # It came and went in that time, and nobody has seen it.
    assert steps(told) == [(10, "silenced", "cleared")]


def test_a_silence_goes_on_when_nothing_is_heard_and_ends_by_the_ticks() -> None:
    book = book_with()
    feed(book, [*pains(0.8), asks("silence", 1.5, until_ns=at(4))])
    assert feed(book, [Tick(at(5.9))]) == []
    assert steps(feed(book, [Tick(at(6))])) == [(4, "silenced", "active")]


def test_a_silence_is_taken_back() -> None:
    book = book_with()
    told = feed(book, [*pains(0.8), asks("silence", 1.5, until_ns=at(60)), asks("unsilence", 2)])
    assert steps(told)[-1] == (2, "silenced", "active")
    assert (told[-1].cause, told[-1].notify) == (Cause.PERSON, ("vet",))


def test_it_can_be_acknowledged_while_it_is_silenced() -> None:
    book = book_with()
    told = feed(book, [*pains(0.8), asks("silence", 1.5, until_ns=at(3)), asks("acknowledge", 2)])
    assert steps(told)[-1] == (2, "silenced", "silenced")
    assert "acknowledged by anna" in told[-1].words
    assert steps(feed(book, pains(0.8, 0.8, 0.2, start=1))) == [
        (3, "silenced", "acknowledged"),
        (4, "acknowledged", "inactive"),
    ]


def test_an_alarm_within_its_cooldown_is_shown_but_not_sent() -> None:
    book = book_with(cooldown_min=5, latched=False)
    told = feed(book, pains(0.8, 0.2, 0.8, 0.2, 0.8, *[0.8] * 4))
    assert steps(told)[2:] == [
        (3, "inactive", "active"),
        (4, "active", "inactive"),
        (5, "inactive", "active"),
        (7, "active", "active"),
    ]
    assert [t.notify for t in told] == [("vet",), ("vet",), (), (), (), ("vet",)]
    assert told[-1].cause is Cause.TIME
    assert "within its cooldown" in told[2].words
    assert "still there after its cooldown" in told[-1].words


def test_one_that_keeps_coming_and_going_is_sent_again_after_its_cooldown() -> None:
    told = feed(book_with(cooldown_min=5, latched=False), pains(*[0.8, 0.2] * 6))
    sent = [(t.time_ns - at(0)) // MINUTE for t in told if t.after is AlarmPhase.ACTIVE and t.notify]
    assert sent == [1, 7]


def test_nobody_is_told_after_a_cooldown_what_was_acknowledged_in_it() -> None:
    book = book_with(cooldown_min=5, latched=False)
    told = feed(book, [*pains(0.8, 0.2, 0.8), asks("acknowledge", 3.5), *pains(*[0.8] * 10, start=3)])
    assert steps(told)[-1] == (3, "active", "acknowledged")


def test_escalation_raises_the_priority_and_tells_others() -> None:
    book = book_with(
        VET,
        BOSS,
        escalation=[{"after_min": 4, "priority": "high"}, {"after_min": 2, "notify": ["boss"]}],
    )
    told = feed(book, pains(*[0.8] * 10))
    assert steps(told)[1:] == [(3, "active", "active"), (5, "active", "active")]
    assert [(t.priority, t.escalation, t.notify, t.cause) for t in told] == [
        (Priority.MEDIUM, 0, ("vet",), Cause.CONDITION),
        (Priority.MEDIUM, 1, ("vet", "boss"), Cause.TIME),
        (Priority.HIGH, 2, ("vet", "boss"), Cause.TIME),
    ]
    assert "nobody has acknowledged it for 2 min" in told[1].words
    assert book.live()[0].priority is Priority.HIGH


def test_no_step_is_taken_while_a_person_knows() -> None:
    book = book_with(escalation=[{"after_min": 3}])
    told = feed(book, [*pains(0.8), asks("acknowledge", 1.5), *pains(*[0.8] * 9, start=1)])
    assert all(t.escalation == 0 for t in told)
    told = feed(book, pains(0.2, 0.8, 0.8, 0.8, 0.8, start=10))
    assert [t.escalation for t in told] == [0, 0, 1]


def test_after_a_silence_the_steps_begin_anew() -> None:
    book = book_with(escalation=[{"after_min": 3}])
    told = feed(book, [*pains(*[0.8] * 4), asks("silence", 4.5, until_ns=at(6)), *pains(*[0.8] * 6, start=4)])
    assert [(t.after.value, t.escalation) for t in told] == [
        ("active", 0),
        ("active", 1),
        ("silenced", 1),
        ("active", 0),
        ("active", 1),
    ]
    assert steps(told)[-1][0] == 9


def test_steps_that_fell_due_in_a_gap_are_taken_each_at_its_time() -> None:
    book = book_with(escalation=[{"after_min": 2}, {"after_min": 4}])
    told = feed(book, [*pains(0.8), minute(30, None)])
    assert steps(told)[1:] == [(3, "active", "active"), (5, "active", "active")]


@pytest.mark.parametrize(
    ("settings", "targets", "told_of_active", "told_of_end"),
    [
        ({}, [VET, BOSS], ("vet",), ("vet",)),
        ({"priority": "high"}, [VET, BOSS], ("vet", "boss"), ("vet",)),
        ({"notify": ["boss"]}, [VET, BOSS], ("boss",), ()),
        ({"notify": []}, [VET, BOSS], (), ()),
        ({}, [{"name": "it", "kinds": ["technical"]}], (), ()),
    ],
)
def test_who_is_told(
    settings: dict[str, Any], targets: list[Any], told_of_active: tuple[str, ...], told_of_end: tuple[str, ...]
) -> None:
    told = feed(book_with(*targets, latched=False, **settings), pains(0.8, 0.2))
    assert [t.notify for t in told] == [told_of_active, told_of_end]


def test_the_worst_is_shown_first() -> None:
    rules = [pain_rule("low", priority="low", for_min=1), pain_rule("high", priority="high", for_min=1)]
    rules += [pain_rule("seen", for_min=1), {"name": "dark", "signal": "coverage", "below": 1, "priority": "high"}]
    book = AlarmBook(config_of(*rules))
    feed(book, [minute(0, 0.8, 0.9), asks("acknowledge", 1, rule="seen")])
    assert [alarm.rule for alarm in book.live()] == ["high", "low", "dark", "seen"]


def test_times_of_an_alarm_never_repeat() -> None:
    book = book_with()
    told = feed(book, [*pains(0.8), asks("silence", 1, until_ns=at(9)), asks("unsilence", 1), asks("acknowledge", 1)])
    assert len({t.time_ns for t in told}) == len({t.key for t in told}) == len(told) == 4

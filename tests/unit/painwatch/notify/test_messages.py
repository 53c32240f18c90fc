"""What goes out: one notice whole, several in order, and what is late says so."""

from __future__ import annotations

from painwatch.core.alarms import Notice, Priority
from painwatch.core.signals import AlarmKind
from painwatch.notify.messages import Due, message_of, utc

NOON_NS = 1_795_003_200_000_000_000
HOUR_NS = 3_600_000_000_000


def told(notice: Notice) -> Due:
    return Due(notice, notice.time_ns)


def notice(number: int, priority: Priority = Priority.LOW, time_ns: int = NOON_NS) -> Notice:
    body = f"asked {number}\nwords {number}\nmore {number}"
    return Notice("vet", f"k{number}", time_ns, AlarmKind.WELFARE, priority, f"title {number}", body)


def test_one_goes_as_it_is() -> None:
    message = message_of([told(notice(1, Priority.HIGH))], "Lab", NOON_NS + 5)
    assert (message.title, message.body) == ("title 1", "asked 1\nwords 1\nmore 1")
    assert message.priority is Priority.HIGH


def test_what_is_late_says_how_late_and_of_when_it_is() -> None:
    body = message_of([told(notice(1))], "Lab", NOON_NS + 3 * HOUR_NS).body
    assert body.startswith("Told 3 h late: this is of 2026-11-18 12:00 UTC.\n\nasked 1")


def test_a_clock_that_went_back_is_not_called_late() -> None:
    assert message_of([told(notice(1))], "Lab", NOON_NS - HOUR_NS).body.startswith("asked 1")


def test_what_is_told_at_once_of_an_old_recording_is_not_late() -> None:
    old = [Due(notice(number, time_ns=NOON_NS - 50_000 * HOUR_NS), NOON_NS) for number in range(2)]
    assert message_of(old[:1], "Lab", NOON_NS + 5).body.startswith("asked 0")
    assert "late" not in message_of(old, "Lab", NOON_NS + 5).body
    body = message_of(old[:1], "Lab", NOON_NS + 2 * HOUR_NS).body
    assert body.startswith(f"Told 2 h late: this is of {utc(NOON_NS - 50_000 * HOUR_NS)}.")


def test_several_are_told_in_order_each_with_its_words_and_time() -> None:
    notices = [
        notice(2, Priority.HIGH, NOON_NS + HOUR_NS),
        notice(1),
        notice(3, Priority.MEDIUM, NOON_NS + 2 * HOUR_NS),
    ]
    message = message_of([told(one) for one in notices], "Lab", NOON_NS + 2 * HOUR_NS)
    assert message.title == "Lab: 3 notices together, 1 of high priority"
    assert message.priority is Priority.HIGH
    places = [message.body.index(part) for part in ("title 1", "words 1", "2 h late", "title 2", "words 2", "title 3")]
    assert places == sorted(places)
    assert "more" not in message.body
    assert utc(NOON_NS + HOUR_NS) in message.body


def test_fifty_long_ones_stay_within_what_services_take() -> None:
    long = [
        Notice("vet", f"k{n}", n, AlarmKind.WELFARE, Priority.LOW, "t" * 999, "a\n" + "w" * 9999) for n in range(50)
    ]
    body = message_of([told(one) for one in long], "Lab", NOON_NS).body
    assert len(body) < 50_000
    assert body.count("late") == 50

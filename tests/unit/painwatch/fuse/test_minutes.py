"""Points to minutes: counts, coverage, holes, and each minute once."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fixtures.looks import MINUTE, NOON, SECOND
from painwatch.core.types import CameraShare, FusedPoint, Status
from painwatch.fuse.minutes import LONGEST_HOLE_NS, MinuteBook, expected_looks, minute_of, summarise


def point(at_ns: int, pain: bool | None) -> FusedPoint:
    status = Status.NO_FACE if pain is None else Status.OK
    probability = None if pain is None else float(pain)
    return FusedPoint(
        cage="cage",
        time_ns=at_ns,
        status=status,
        shares=(CameraShare("left", status, probability),),
        pain_probability=probability,
        pain=pain,
    )


def test_a_minute_of_the_published_kind() -> None:
    # 30 Hz, 1,800 looks: 450 pain, 900 no pain, the rest skipped.
    outcomes = [True] * 450 + [False] * 900 + [None] * 300
    minute = summarise([point(NOON + at, pain) for at, pain in enumerate(outcomes)], "cage", NOON, expected_looks(30))
    assert (minute.pain, minute.no_pain, minute.skipped, minute.expected) == (450, 900, 450, 1800)
    assert minute.pain_probability == pytest.approx(1 / 3)
    assert minute.coverage == 0.75
    assert minute.by_status == {"ok": 1350, "no_face": 300}


def test_a_minute_in_which_nothing_was_seen_has_no_number() -> None:
    minute = summarise([point(NOON, None)], "cage", NOON, 300)
    assert (minute.pain_probability, minute.coverage, minute.skipped) == (None, 0.0, 300)


def shared(at_ns: int, *repeated: bool) -> FusedPoint:
    shares = tuple(CameraShare(f"cam-{n}", Status.OK, 1.0, again) for n, again in enumerate(repeated))
    return FusedPoint("cage", at_ns, Status.OK, shares, 1.0, True)


def test_what_is_told_again_counts_as_scored_and_is_counted_apart() -> None:
    points = [shared(NOON, False, False), shared(NOON + 1, True, False), shared(NOON + 2, True, True)]
    minute = summarise(points, "cage", NOON, 6)
    assert (minute.pain, minute.skipped, minute.coverage) == (3, 3, 0.5)
    assert (minute.faces, minute.repeated) == (3, 1)


def test_a_moment_without_a_score_repeats_none() -> None:
    point = FusedPoint("cage", NOON, Status.NO_FACE, (CameraShare("cam", Status.NO_FACE, None, True),))
    assert not point.repeated
    assert summarise([point], "cage", NOON, 6).repeated == 0


@given(st.lists(st.sampled_from([True, False, None]), max_size=40), st.integers(1, 30))
def test_counts_add_up(outcomes: list[bool | None], expected: int) -> None:
    minute = summarise([point(NOON + at, pain) for at, pain in enumerate(outcomes)], "cage", NOON, expected)
    scored = minute.pain + minute.no_pain
    assert 0.0 <= minute.coverage <= 1.0
    assert minute.skipped >= 0
    assert (minute.pain_probability is None) == (scored == 0)
    if scored <= expected:
        assert scored + minute.skipped == expected


@pytest.mark.parametrize(("rate", "looks"), [(30, 1800), (4, 240), (0.1, 6), (0.001, 1)])
def test_a_minute_always_expects_a_look(rate: float, looks: int) -> None:
    assert expected_looks(rate) == looks


def test_a_point_of_the_next_minute_closes_this_one() -> None:
    book = MinuteBook("cage", 4)
    assert book.point(point(NOON + SECOND, True)) == ()
    (minute,) = book.point(point(NOON + MINUTE, False))
    assert (minute.start_ns, minute.pain, minute.no_pain) == (NOON, 1, 0)


def test_a_hole_is_written_down_minute_by_minute() -> None:
    book = MinuteBook("cage", 4)
    book.begin(NOON + 40 * SECOND)
    minutes = book.settled(NOON + 3 * MINUTE + SECOND)
    assert [minute.start_ns for minute in minutes] == [NOON, NOON + MINUTE, NOON + 2 * MINUTE]
    assert {(minute.skipped, minute.pain_probability, minute.coverage) for minute in minutes} == {(4, None, 0.0)}
    assert book.settled(NOON + 3 * MINUTE + 2 * SECOND) == ()


def test_a_point_a_little_before_the_first_tick_keeps_its_minute() -> None:
    book = MinuteBook("cage", 4)
    book.begin(NOON + SECOND)
    assert book.point(point(NOON - SECOND, True)) == ()
    assert [minute.start_ns for minute in book.settled(NOON + MINUTE)] == [NOON - MINUTE, NOON]


def test_after_a_day_of_silence_only_what_was_seen_is_told() -> None:
    book = MinuteBook("cage", 4)
    book.point(point(NOON, True))
    minutes = book.settled(NOON + LONGEST_HOLE_NS + 2 * MINUTE)
    assert [(minute.start_ns, minute.pain) for minute in minutes] == [(NOON, 1)]
    assert [m.start_ns for m in book.settled(NOON + LONGEST_HOLE_NS + 3 * MINUTE)] == [
        NOON + LONGEST_HOLE_NS + 2 * MINUTE
    ]


def test_what_is_told_again_changes_nothing() -> None:
    book = MinuteBook("cage", 4)
    book.point(point(NOON, True))
    book.point(point(NOON, False))
    book.point(point(NOON - MINUTE, False))
    (minute,) = book.settled(NOON + MINUTE)
    assert (minute.pain, minute.no_pain) == (1, 0)
    assert book.point(point(NOON + SECOND, True)) == ()
    assert [m.pain for m in book.settled(NOON + 2 * MINUTE)] == [0]


def test_a_closed_minute_is_not_closed_again_after_a_restart() -> None:
    book = MinuteBook("cage", 4)
    book.resume_after(NOON)
    book.point(point(NOON + SECOND, True))
    book.begin(NOON + SECOND)
    assert [minute.start_ns for minute in book.settled(NOON + 2 * MINUTE)] == [NOON + MINUTE]


def test_the_end_closes_an_open_minute_only_if_something_was_seen() -> None:
    book = MinuteBook("cage", 4)
    book.begin(NOON)
    assert book.finish() == ()
    book.point(point(NOON + SECOND, True))
    assert [minute.start_ns for minute in book.finish()] == [NOON]
    assert book.finish() == ()


def test_minutes_are_those_of_utc() -> None:
    assert minute_of(NOON + MINUTE - 1) == NOON
    assert minute_of(NOON) == NOON

"""Alarms beside events, by hand."""

from __future__ import annotations

import pytest

from painwatch.alarm.events import EventResult, Held, Outcome, PastAlarm, Window, hold, wilson
from painwatch.core.alarms import Mark

MINUTE = 60_000_000_000
HOUR = 60 * MINUTE
DAY = 24 * HOUR


def alarm(at_h: float, until_h: float | None = None, subject: str = "a") -> PastAlarm:
    ended = None if until_h is None else round(until_h * HOUR)
    return PastAlarm("pain", subject, round(at_h * HOUR), ended, 0.9, 1, 0, 1.0)


def judged(from_h: float, to_h: float) -> list[int]:
    return list(range(round(from_h * HOUR), round(to_h * HOUR), MINUTE))


def held(
    alarms: list[PastAlarm],
    marks: list[Mark],
    seen: dict[str, list[int]],
    *,
    before_h: float = 0,
    after_h: float = 4,
    range_h: tuple[float, float] = (0, 24),
) -> Held:
    window = Window("treatment", round(before_h * HOUR), round(after_h * HOUR))
    subject_of = {cage: cage for cage in ("a", "b")}
    return hold(alarms, seen, marks, subject_of, window, round(range_h[0] * HOUR), round(range_h[1] * HOUR))


def treated(at_h: float, cage: str = "a", name: str = "treatment", until_h: float | None = None) -> Mark:
    return Mark(cage, name, round(at_h * HOUR), None if until_h is None else round(until_h * HOUR))


def only(found: Held) -> EventResult:
    (event,) = found.events
    return event


def test_the_first_alarm_after_an_event_gives_the_lag_and_all_in_the_window_are_its() -> None:
    alarms = [alarm(5, 5.1), alarm(10.5, 10.7), alarm(12, 13), alarm(14, 15)]
    found = held(alarms, [treated(10)], {"a": judged(0, 24)})
    event = only(found)
    assert (event.outcome, event.lag_min, event.judged_min, event.window_min) == (Outcome.DETECTED, 30, 240, 240)
    assert [a.raised_ns // HOUR for a in found.in_windows] == [10, 12]
    # The window ends at 14:00, and does not hold that moment any more.
    assert [a.raised_ns // HOUR for a in found.false_alarms] == [5, 14]
    # 20 of the 24 judged hours lie outside of the window.
    assert found.quiet_min == 20 * 60
    assert found.false_per_day == pytest.approx(2 / (20 / 24))
    assert (found.sensitivity, found.median_lag_min) == (1.0, 30)


def test_an_alarm_ahead_of_an_event_is_told_and_counts_for_it_only_within_the_window() -> None:
    alarms = [alarm(9, 9.5)]
    without = held(alarms, [treated(10)], {"a": judged(0, 24)})
    assert (only(without).outcome, only(without).lead_min) == (Outcome.MISSED, 60)
    assert len(without.false_alarms) == 1
    with_it = held(alarms, [treated(10)], {"a": judged(0, 24)}, before_h=2)
    assert (only(with_it).outcome, only(with_it).lead_min, only(with_it).lag_min) == (Outcome.DETECTED, 60, None)
    assert not with_it.false_alarms
    assert with_it.lags_min == ()
    # Further back than the window is long, nothing is made of it.
    assert only(held([alarm(5, 6)], [treated(10)], {"a": judged(0, 24)})).lead_min is None


def test_an_alarm_that_stood_before_is_no_detection() -> None:
    found = held([alarm(8, 11)], [treated(10)], {"a": judged(0, 24)})
    assert only(found).outcome is Outcome.STANDING
    assert (found.judged, found.sensitivity) == (1, 0.0)
    assert only(held([alarm(8)], [treated(10)], {"a": judged(0, 24)})).outcome is Outcome.STANDING
    assert only(held([alarm(8, 10)], [treated(10)], {"a": judged(0, 24)})).outcome is Outcome.MISSED


def test_what_was_not_seen_is_neither_missed_nor_quiet() -> None:
    found = held([], [treated(10)], {"a": [*judged(0, 10), *judged(14, 24)]})
    assert only(found).outcome is Outcome.UNSEEN
    assert (found.judged, found.sensitivity, found.interval) == (0, None, None)
    assert found.quiet_min == 20 * 60
    seen_once = held([], [treated(10)], {"a": judged(13, 13.02)})
    assert (only(seen_once).outcome, only(seen_once).judged_min) == (Outcome.MISSED, 2)
    nothing = held([], [treated(10)], {"a": []})
    assert nothing.false_per_day is None


def test_a_window_that_reaches_beyond_the_time_looked_at_tells_nothing() -> None:
    found = held([alarm(20.5)], [treated(20.25)], {"a": judged(0, 24)})
    assert only(found).outcome is Outcome.NOT_OVER
    assert found.judged == 0
    # The alarm is the event's all the same: it is not false.
    assert not found.false_alarms


def test_each_cage_has_its_own_events() -> None:
    marks = [treated(10), treated(10, "b"), treated(12, "elsewhere"), treated(3, name="vehicle")]
    found = held([alarm(11, subject="b")], marks, {"a": judged(0, 24), "b": judged(0, 24)})
    assert [(event.subject, event.outcome) for event in found.events] == [
        ("a", Outcome.MISSED),
        ("b", Outcome.DETECTED),
    ]
    assert found.quiet_min == 2 * 20 * 60


def test_an_event_that_lasts_has_its_window_from_its_beginning_to_after_its_end() -> None:
    found = held([alarm(15.5)], [treated(10, until_h=12)], {"a": judged(0, 24)})
    assert (only(found).lag_min, only(found).window_min) == (330, 360)


def test_windows_that_overlap_are_counted_once() -> None:
    found = held([alarm(12.5)], [treated(10), treated(12)], {"a": judged(0, 24)})
    assert [event.lag_min for event in found.events] == [150, 30]
    assert len(found.in_windows) == 1
    assert found.quiet_min == 18 * 60


def test_an_event_before_the_time_looked_at_still_explains_its_alarms() -> None:
    found = held([alarm(5, 5.5), alarm(7)], [treated(4)], {"a": judged(6, 24)}, range_h=(6, 24))
    assert found.events == ()
    assert [a.raised_ns // HOUR for a in (*found.in_windows, *found.false_alarms)] == [7]
    assert len(found.in_windows) == 1
    assert found.quiet_min == 16 * 60


@pytest.mark.parametrize(
    ("hits", "of", "low", "high"),
    [
        # Newcombe 1998, Stat. Med. 17:857, table I, method 3 (score without continuity correction).
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_the_interval_of_a_share_is_wilsons(hits: int, of: int, low: float, high: float) -> None:
    assert wilson(hits, of) == pytest.approx((low, high), abs=5e-5)
    mirrored = wilson(of - hits, of)
    assert mirrored == pytest.approx((1 - high, 1 - low), abs=5e-5)


def test_there_is_no_interval_of_nothing() -> None:
    assert wilson(0, 0) is None
    assert wilson(3, 3) == (pytest.approx(0.4385, abs=5e-5), 1.0)

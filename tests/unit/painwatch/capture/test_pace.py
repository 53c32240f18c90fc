"""Which pictures of a live camera are handed over, beside what inference will want of them."""

from __future__ import annotations

import itertools
import math

from hypothesis import given
from hypothesis import strategies as st

from painwatch.capture.pace import LEAST_HZ, Pace
from painwatch.infer import schedule

START_NS = 1_795_000_000_123_456_789


def handed(pace: Pace, times_ns: list[int]) -> list[int]:
    given_out = []
    for time_ns in times_ns:
        if pace.due(time_ns):
            pace.handed(time_ns)
            given_out.append(time_ns)
    return given_out


def judged(rate_hz: float, times_ns: list[int]) -> list[int]:
    """Those that a worker which is always in time looks at."""
    sampling, looked_at = schedule.Sampling(schedule.period_ns(rate_hz)), []
    for time_ns in times_ns:
        if schedule.wants(sampling, time_ns):
            sampling = schedule.judged(sampling, time_ns)
            looked_at.append(time_ns)
    return looked_at


@given(
    rate_hz=st.sampled_from([0.2, 0.3, 1.0, 2.0, 3.0, 4.0, 5.0, 7.0, 24.0]),
    gaps_ms=st.lists(st.integers(1, 400), min_size=1, max_size=200),
)
def test_what_is_handed_over_is_judged_at_the_same_pictures_as_all_would_be(rate_hz: float, gaps_ms: list[int]) -> None:
    times_ns = [START_NS + 10**6 * sum(gaps_ms[:count]) for count in range(len(gaps_ms) + 1)]
    given_out = handed(Pace(rate_hz), times_ns)
    assert judged(rate_hz, given_out) == judged(rate_hz, times_ns)
    most_hz = max(2 * rate_hz, LEAST_HZ + rate_hz)
    assert len(given_out) <= math.ceil((times_ns[-1] - times_ns[0]) / 1e9 * most_hz) + 1


def test_of_a_fast_camera_no_picture_is_waited_for_longer_than_a_sixth_of_a_second() -> None:
    for rate_hz in (0.2, 1.0, 2.0, 5.0):
        times_ns = [START_NS + 10**6 * count for count in range(3000)]
        given_out = [times_ns[0], *handed(Pace(rate_hz), times_ns)[1:], times_ns[-1]]
        longest_ns = max(after - before for before, after in itertools.pairwise(given_out))
        assert longest_ns <= 1e9 / LEAST_HZ + 2e6


def test_a_clock_that_is_set_back_stops_nothing() -> None:
    pace = Pace(2.0)
    times_ns = [START_NS, START_NS - 3600 * 10**9, START_NS - 3600 * 10**9 + 10**6]
    assert handed(pace, times_ns) == times_ns[:2]

"""How often somebody may do something."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from painwatch.web.access.buckets import Buckets

S = 1_000_000_000


def test_a_burst_then_the_rate() -> None:
    buckets = Buckets(2.0, 3)
    assert [buckets.take("a", 0) for _ in range(4)] == [0, 0, 0, 0.5]
    assert buckets.wait_s("a", 0) == 0.5
    assert buckets.take("a", S // 2) == 0
    assert buckets.take("b", S // 2) == 0
    assert buckets.wait_s("never seen", 0) == 0


def test_only_so_many_are_kept_in_mind_and_who_was_quiet_for_longest_is_forgotten() -> None:
    buckets = Buckets(1.0, 1, most=2)
    for asker in ("a", "b", "a", "c"):
        buckets.take(asker, 0)
    assert len(buckets) == 2
    assert (buckets.wait_s("a", 0), buckets.wait_s("b", 0)) == (1.0, 0.0)


def test_a_clock_that_goes_back_gives_nothing_away() -> None:
    buckets = Buckets(1.0, 1)
    buckets.take("a", 10 * S)
    assert buckets.take("a", 0) == 1.0


@settings(max_examples=50)
@given(st.lists(st.floats(0, 3), max_size=60), st.floats(0.1, 10), st.integers(1, 9))
def test_never_more_than_the_burst_and_the_rate_allow(pauses: list[float], rate: float, burst: int) -> None:
    buckets, now_s, taken = Buckets(rate, burst), 0.0, 0
    for pause in pauses:
        now_s += pause
        taken += buckets.take("a", round(now_s * S)) == 0
        assert taken <= burst + rate * now_s + 1e-6

"""Which frames are judged, and when silence is said aloud."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from painwatch.infer.schedule import (
    CLOCK_STEP_NS,
    GRACE_NS,
    Sampling,
    judged,
    missed,
    opens_ns,
    period_ns,
    shut,
    unseen,
    wants,
)

PERIOD = period_ns(4)
START = 1_800_000_000 * 10**9


def test_a_period_is_the_inverse_of_the_rate() -> None:
    assert period_ns(4) == 250_000_000


@given(st.lists(st.integers(1, 600_000_000), min_size=1, max_size=200))
def test_no_cell_is_judged_twice_and_none_that_has_a_frame_is_left_out(gaps: list[int]) -> None:
    sampling, time, cells, judged_cells = Sampling(PERIOD), START, set(), []
    for gap in gaps:
        time += gap
        cells.add(time // PERIOD)
        if wants(sampling, time):
            sampling = judged(sampling, time)
            judged_cells.append(time // PERIOD)
    assert judged_cells == sorted(cells)


def test_a_camera_a_little_faster_than_the_sample_rate_fills_every_cell() -> None:
    sampling, count = Sampling(PERIOD), 0
    for index in range(50):  # 10 s at 5 frames a second, each up to 40 ms late
        time = START + index * 200_000_000 + (index * 17 % 40) * 1_000_000
        if wants(sampling, time):
            sampling, count = judged(sampling, time), count + 1
    assert count == 40


def test_silence_is_said_once_a_cell_in_the_middle_of_the_cell() -> None:
    sampling = judged(Sampling(PERIOD), START)
    cell = START // PERIOD
    sampling, stamp = missed(sampling, START + PERIOD)
    assert stamp is None, "the cell that was judged is not missed"
    over = START + 2 * PERIOD + GRACE_NS
    sampling, stamp = missed(sampling, over - 1)
    assert stamp is None, "a frame may still be on its way"
    sampling, stamp = missed(sampling, over)
    assert stamp == (cell + 1) * PERIOD + PERIOD // 2
    sampling, stamp = missed(sampling, over + PERIOD // 2)
    assert stamp is None


def test_silence_before_the_first_frame_is_said_from_the_second_cell_on() -> None:
    sampling, stamp = missed(Sampling(PERIOD), START)
    assert stamp is None
    sampling, stamp = missed(sampling, START + PERIOD)
    assert stamp is not None


@given(st.lists(st.tuples(st.integers(1, 400_000_000), st.booleans()), max_size=200))
def test_what_is_said_of_one_camera_is_in_order_of_time(steps: list[tuple[int, bool]]) -> None:
    sampling, now, said = Sampling(PERIOD), START, []
    for gap, has_frame in steps:
        now += gap
        if has_frame and wants(sampling, now):
            sampling = judged(sampling, now)
            said.append(now)
        elif not has_frame:
            sampling, stamp = missed(sampling, now)
            said += [] if stamp is None else [stamp]
    assert said == sorted(set(said))


def test_a_wall_clock_set_back_by_an_hour_does_not_silence_the_camera_for_an_hour() -> None:
    sampling = judged(Sampling(PERIOD), START)
    earlier = START - 3600 * 10**9
    assert wants(sampling, earlier)
    assert missed(sampling, earlier)[0].cell is not None
    assert missed(sampling, earlier)[0].cell < sampling.cell  # type: ignore[operator]
    assert not wants(sampling, START - CLOCK_STEP_NS // 2)


@given(st.integers(0, 10 * PERIOD), st.integers(0, 10**9))
def test_while_a_cell_is_shut_no_frame_of_it_or_before_is_wanted(later: int, earlier: int) -> None:
    sampling, now = judged(Sampling(PERIOD), START), START + later
    if shut(sampling, now):
        assert not wants(sampling, now - min(earlier, now))
        assert not wants(sampling, now)
        assert now < opens_ns(sampling)
        assert missed(sampling, now)[1] is None
    else:
        assert wants(sampling, now)


def test_nothing_is_shut_before_the_first_look_nor_by_a_clock_that_was_set_back() -> None:
    assert not shut(Sampling(PERIOD), START)
    assert not shut(judged(Sampling(PERIOD), START), START - 3600 * 10**9)


@given(st.integers(0, 40), st.integers(0, 1000))
def test_cells_are_lost_only_where_frames_were_not_seen(cells: int, between: int) -> None:
    sampling = judged(Sampling(PERIOD), START)
    lost = unseen(sampling, START + cells * PERIOD, between)
    assert lost == max(0, min(cells - 1, between))


def test_the_first_look_and_a_clock_set_back_lose_nothing() -> None:
    assert unseen(Sampling(PERIOD), START, 1000) == 0
    assert unseen(judged(Sampling(PERIOD), START), START - 3600 * 10**9, 1000) == 0

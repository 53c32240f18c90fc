"""Whose turn it is: nobody falls behind the share that is due to its sample rate."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from painwatch.infer.schedule import Sampling, judged, unseen, wants
from painwatch.infer.turns import CREDIT, Turns

PERIODS = st.lists(st.sampled_from([0.1, 0.2, 0.25, 0.5, 1.0, 2.0, 5.0]), min_size=2, max_size=10)


def fair_shares(looks: int, periods: list[float]) -> list[float]:
    whole = sum(1 / period for period in periods)
    return [looks / period / whole for period in periods]


@given(PERIODS, st.integers(1, 400))
def test_of_cameras_that_all_wait_none_gets_a_look_less_than_its_share(periods: list[float], looks: int) -> None:
    turns, had = Turns(periods), [0] * len(periods)
    for _ in range(looks):
        first = turns.next(range(len(periods)))[0]
        turns.looked(first)
        had[first] += 1
    assert all(count > share - 1 - 1e-6 for count, share in zip(had, fair_shares(looks, periods), strict=True))


@given(PERIODS, st.integers(2, 8), st.integers(50, 400))
def test_nor_does_it_when_several_are_looked_at_together(periods: list[float], together: int, rounds: int) -> None:
    turns, had = Turns(periods), [0] * len(periods)
    for _ in range(rounds):
        for each in turns.next(range(len(periods)), together):
            turns.looked(each)
            had[each] += 1
    assert all(count > share - 1 - 1e-6 for count, share in zip(had, fair_shares(sum(had), periods), strict=True))


@given(st.data())
def test_a_camera_that_waits_is_passed_by_no_more_often_than_rates_and_credits_allow(data: st.DataObject) -> None:
    periods = data.draw(PERIODS)
    turns, everybody = Turns(periods), st.sets(st.sampled_from(range(len(periods))))
    for waiting in data.draw(st.lists(everybody, max_size=60)):
        for each in turns.next(waiting, 1):
            turns.looked(each)
    patient, passed = 0, [0] * len(periods)
    for others in data.draw(st.lists(everybody, max_size=200)):
        first = turns.next({patient, *others})[0]
        if first == patient:
            break
        turns.looked(first)
        passed[first] += 1
    for other, count in enumerate(passed):
        assert count <= (periods[patient] / periods[other]) * (CREDIT + 2) + CREDIT + 2


def test_a_camera_that_was_away_for_an_hour_does_not_hold_up_the_others_for_as_long() -> None:
    turns = Turns([1.0, 1.0])
    for _ in range(3600):
        turns.looked(turns.next([0])[0])
    had = [0, 0]
    for _ in range(100):
        first = turns.next([0, 1])[0]
        turns.looked(first)
        had[first] += 1
    assert had[0] >= 50 - CREDIT / 2 - 1


@pytest.mark.parametrize("load", [0.9, 1.05, 1.5, 3.0, 6.0])
@pytest.mark.parametrize("periods", [[0.5] * 8, [0.1, 0.2, 0.5, 0.5, 1, 1, 2, 2], [0.1] + [1.0] * 7])
def test_live_cameras_get_their_share_at_any_load(load: float, periods: list[float]) -> None:
    """Ten minutes of frames at 25 a second, looks of uneven cost: at worst 1 % and a look behind an even share."""
    random_cost, whole, cameras = random.Random(0), sum(1 / period for period in periods), range(len(periods))
    turns, had, lost = Turns(periods), [0] * len(periods), [0] * len(periods)
    sampling = [Sampling(round(period * 1e9)) for period in periods]
    seen, now_s = [-1] * len(periods), 0.0
    while now_s < 600:
        newest = int(now_s * 25)
        waiting = [each for each in cameras if wants(sampling[each], newest * 40_000_000)]
        if not waiting:
            now_s += 0.004
            continue
        first = turns.next(waiting)[0]
        turns.looked(first)
        had[first] += 1
        lost[first] += unseen(sampling[first], newest * 40_000_000, newest - seen[first] - 1)
        sampling[first], seen[first] = judged(sampling[first], newest * 40_000_000), newest
        now_s += load / whole * random_cost.choice([0.5, 1, 1.5])
    for count, missed, share, period in zip(had, lost, fair_shares(sum(had), periods), periods, strict=True):
        assert count >= share * 0.99 - 1
        assert count + missed == pytest.approx(600 / period, abs=600 / period * 0.02 + load / whole / period * 20 + 2)

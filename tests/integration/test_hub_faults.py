"""Hubs that are killed, and disks that are full."""

from __future__ import annotations

import resource
import signal
from pathlib import Path

import pytest

from fixtures.hubs import (
    config_of,
    hub_process,
    listener,
    places_in,
    seconds,
    sender,
    stored_minutes,
    stored_points,
    wait_for_points,
)
from fixtures.looks import MINUTE, NOON, SECOND, look
from fixtures.waiting import wait_until
from painwatch.config.places import Places


@pytest.fixture
def places(tmp_path: Path) -> Places:
    return places_in(tmp_path)


def test_a_hub_killed_in_the_middle_of_a_minute_goes_on_where_it_was(places: Places, tmp_path: Path) -> None:
    config = config_of(cameras=("left",))
    before, away, after = (seconds(NOON, *range(*part)) for part in ((0, 20), (20, 30), (30, 40)))
    with sender(places) as send:
        with hub_process(config, tmp_path, wall_ns=NOON + 20 * SECOND) as first:
            send(*(look("left", at, 0.9) for at in before))
            wait_for_points(places, 20)
            first.send_signal(signal.SIGKILL)
            first.wait()
        assert Path(places.results.removeprefix("ipc://")).exists(), "a killed hub leaves its sockets behind"
        send(*(look("left", at, 0.1) for at in away), *(look("left", at, 0.1) for at in before))
        with hub_process(config, tmp_path, wall_ns=NOON + 2 * MINUTE + 40 * SECOND), listener(places) as heard:
            send(*(look("left", at, 0.9) for at in after))
            wait_until(lambda: len(stored_minutes(places)) == 2, what="both minutes")
            snapshot = heard.snapshot(lambda s: s.cages[0].last_minute is not None)
            assert snapshot.cages[0].last_scored_ns in (away[-1], after[-1])
    minute, hole = stored_minutes(places)
    points = stored_points(places)
    assert [point.pain for point in points if point.time_ns <= before[-1]] == [True] * 20
    assert [point.pain for point in points if before[-1] < point.time_ns <= away[-1]] == [False] * 10
    inside = [point for point in points if point.time_ns < NOON + MINUTE]
    assert (minute.start_ns, minute.pain + minute.no_pain) == (NOON, len(inside))
    assert (minute.no_pain, minute.skipped) == (10, 60 - len(inside))
    assert (hole.start_ns, hole.skipped, hole.coverage, hole.pain_probability) == (NOON + MINUTE, 60, 0.0, None)


def test_a_restart_closes_no_minute_twice(places: Places, tmp_path: Path) -> None:
    config = config_of(cameras=("left",))
    with sender(places) as send:
        send(*(look("left", at, 0.9) for at in seconds(NOON, *range(10))))
        with hub_process(config, tmp_path, wall_ns=NOON + 70 * SECOND) as first:
            wait_for_points(places, 10)
            wait_until(lambda: stored_minutes(places), what="the minute")
            first.send_signal(signal.SIGKILL)
            first.wait()
        (told,) = stored_minutes(places)
        send(*(look("left", at, 0.1) for at in seconds(NOON, *range(10, 20))))
        with hub_process(config, tmp_path, wall_ns=NOON + 130 * SECOND), listener(places) as heard:
            wait_until(lambda: len(stored_minutes(places)) == 2, what="the next minute")
            snapshot = heard.snapshot()
            assert snapshot.store_fault == ""
    assert stored_minutes(places)[0] == told
    assert told.pain == 10


def test_with_a_full_disk_the_hub_goes_on_and_writes_all_of_it_later(places: Places, tmp_path: Path) -> None:
    config = config_of(cameras=("left",))
    with (
        sender(places) as send,
        hub_process(config, tmp_path, wall_ns=NOON + 3600 * SECOND) as child,
        listener(places) as heard,
    ):
        heard.snapshot(lambda s: not s.store_fault)
        limit = resource.prlimit(child.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(child.pid, resource.RLIMIT_FSIZE, (60_000, limit[1]))
        start_ns = NOON + 3600 * SECOND
        send(*(look("left", start_ns + at, 0.9) for at in range(3000)))
        snapshot = heard.snapshot(lambda s: s.store_fault)
        assert str(places.database) in snapshot.store_fault
        assert "disk" in snapshot.store_fault
        send(look("left", start_ns + SECOND, 0.2))
        live = heard.snapshot(lambda s: s.cages[0].last_scored_ns == start_ns + SECOND)
        assert live.store_fault
        resource.prlimit(child.pid, resource.RLIMIT_FSIZE, limit)
        heard.snapshot(lambda s: not s.store_fault)
        wait_for_points(places, 3001)
    assert len(stored_points(places)) == 3001

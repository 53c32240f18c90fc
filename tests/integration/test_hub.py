"""A hub with real sockets and a real history."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from fixtures.hubs import (
    clock_at,
    config_of,
    hub_thread,
    listener,
    places_in,
    sender,
    stored_minutes,
    stored_points,
    wait_for_points,
)
from fixtures.looks import MINUTE, MS, NOON, SECOND, look, phase
from fixtures.waiting import wait_until
from painwatch.config.places import Places
from painwatch.core.errors import PainwatchError
from painwatch.core.messages import Message
from painwatch.core.types import CameraPhase, ProcessPhase, ProcessState, Status, Tick
from painwatch.core.wire import encode
from painwatch.fuse.cage import QUIET_TICKS
from painwatch.hub.recording import read_recording
from painwatch.hub.site import replay
from painwatch.hub.worker import run_hub


@pytest.fixture
def places(tmp_path: Path) -> Places:
    return places_in(tmp_path)


def night(start_ns: int, count: int) -> list[Message]:
    """One look a second of either camera, now and then without a face."""
    outcomes = (0.9, 0.2, Status.NO_FACE, 0.55, Status.LOW_QUALITY, 0.4, 0.1)
    messages: list[Message] = []
    for n in range(count):
        messages.append(look("left", start_ns + n * SECOND, outcomes[n % 7]))
        if n % 11:
            messages.append(look("right", start_ns + n * SECOND + 30 * MS, outcomes[n % 5]))
    return messages


def test_what_was_sent_while_the_hub_was_away_is_used_and_replay_gives_the_same(places: Places, tmp_path: Path) -> None:
    config, record = config_of(), tmp_path / "inputs.pw"
    looks = night(NOON, 300)
    lefts, rights = ([m for m in looks if getattr(m, "camera", "") == camera] for camera in ("left", "right"))
    now_ns = NOON + 301 * SECOND
    with sender(places) as first, sender(places) as second:
        first(*lefts)
        second(b"junk", *rights, look("right", NOON + SECOND + 30 * MS, 0.9))
        with hub_thread(config, places, clock=clock_at(now_ns), record=record), listener(places) as heard:
            wait_for_points(places, 300)
            wait_until(lambda: len(stored_minutes(places)) == 5, what="five minutes")
            snapshot = heard.snapshot(lambda s: s.late_predictions)
            assert (snapshot.malformed_messages, snapshot.late_predictions) == (1, 1)
            first(look("left", now_ns + SECOND, 0.3))
            second(look("right", now_ns + SECOND, 0.3))
            wait_for_points(places, 301)
    told = replay(read_recording(record), config)
    assert told.points == stored_points(places)
    assert told.minutes == stored_minutes(places)
    assert told.late == 1
    paired = [point for point in told.points if len(point.shares) == 2]
    assert len(paired) == 273
    assert [minute.expected for minute in told.minutes] == [60] * 5
    assert all(minute.pain + minute.no_pain + minute.skipped == 60 for minute in told.minutes)


@pytest.mark.parametrize("lead", [1, 400])
def test_fast_recordings_are_fused_whole_however_far_apart_they_are_read(
    places: Places, tmp_path: Path, lead: int
) -> None:
    config, record = config_of(fast=True), tmp_path / "inputs.pw"
    looks = night(NOON, 150)
    ahead = sorted(looks, key=lambda m: m.time_ns - (lead * SECOND if getattr(m, "camera", "") == "left" else 0))
    with hub_thread(config, places, record=record), sender(places) as send:
        send(*ahead, phase("left", CameraPhase.ENDED), phase("right", CameraPhase.ENDED))
        wait_until(lambda: len(stored_minutes(places)) == 3, what="three minutes")
    ended = [phase(camera, CameraPhase.ENDED) for camera in ("left", "right")]
    told = replay([*looks, *ended, *(Tick(at + 1) for at in range(QUIET_TICKS))], config)
    assert told.points == stored_points(places)
    assert told.minutes == stored_minutes(places)
    again = replay(read_recording(record), config)
    assert (again.points, again.minutes) == (told.points, told.minutes)


def test_with_nobody_looking_the_cage_is_stale_and_its_minutes_close_without_a_number(places: Places) -> None:
    with hub_thread(config_of(), places, clock=clock_at(NOON + 56 * SECOND)), listener(places) as heard:
        snapshot = heard.snapshot(lambda s: s.cages[0].last_minute is not None)
        wait_until(lambda: stored_minutes(places), what="a stored minute")
    (minute,) = stored_minutes(places)
    (cage,) = snapshot.cages
    assert (cage.status, cage.last_scored_ns, cage.last_point) == (Status.STALE, None, None)
    assert NOON + 55 * SECOND < cage.status_since_ns < NOON + MINUTE
    assert cage.last_minute == minute
    assert (minute.start_ns, minute.skipped, minute.coverage, minute.pain_probability) == (NOON, 60, 0.0, None)
    assert (snapshot.store_fault, snapshot.malformed_messages) == ("", 0)


def test_a_snapshot_holds_what_came_and_garbage_does_no_harm(places: Places) -> None:
    at_ns = NOON + 10 * SECOND
    with (
        hub_thread(config_of(), places, clock=clock_at(at_ns)),
        sender(places) as send,
        listener(places) as heard,
    ):
        send(
            b"",
            b"\xff" * 1000,
            b"\x80\x04\x95.",
            b"0" * 2_000_000,
            encode(look("left", at_ns, 0.5))[:-3],
            look("top", at_ns, 0.5),
            look("left", at_ns + 3600 * SECOND, 0.5),
            Tick(at_ns + 3600 * SECOND),
        )
        child = ProcessState("infer-cpu", ProcessPhase.RUNNING, at_ns, at_ns, pid=7)
        state = phase("left", CameraPhase.LIVE, at_ns)
        left, right = look("left", at_ns, 0.9), look("right", at_ns + MS, 0.5)
        send(child, state, left, right)
        snapshot = heard.snapshot(lambda s: s.cages[0].last_point is not None)
        assert snapshot.malformed_messages == 7, "what is longer than any message is dropped before it is read"
        (cage,) = snapshot.cages
        assert (cage.status, cage.last_scored_ns) == (Status.OK, at_ns)
        assert cage.last_point is not None
        assert cage.last_point.pain_probability == 0.7
        assert cage.latency_ms_p50 is not None
        assert cage.latency_ms_p50 >= 5.0
        assert cage.recent is not None
        assert cage.points_per_s > 0
        assert snapshot.processes == (child,)
        assert [(camera.state, camera.prediction) for camera in snapshot.cameras] == [(state, left), (None, right)]
        stale = heard.snapshot(lambda s: s.cages[0].status is Status.STALE)
        assert stale.cages[0].last_scored_ns == at_ns


def test_a_second_hub_is_refused_and_the_first_goes_on(places: Places) -> None:
    config = config_of()
    with hub_thread(config, places), listener(places) as heard:
        heard.snapshot()
        with pytest.raises(PainwatchError, match="another hub already runs here") as caught:
            run_hub(config, places, config_dir=places.data_dir, stop=threading.Event())
        assert caught.value.mend
        before = heard.snapshot().time_ns
        assert heard.snapshot(lambda s: s.time_ns > before)
    assert places.run_dir.stat().st_mode & 0o777 == 0o700


def test_a_socket_path_that_is_too_long_is_told(tmp_path: Path) -> None:
    places = Places(tmp_path / ("long" * 30), tmp_path / "data")
    with pytest.raises(PainwatchError, match="the system takes 107") as caught:
        run_hub(config_of(), places, config_dir=tmp_path, stop=threading.Event())
    assert "shorter path" in caught.value.mend


def test_a_run_dir_that_cannot_be_used_is_told(tmp_path: Path) -> None:
    (tmp_path / "run").write_text("")
    with pytest.raises(PainwatchError, match="cannot be made") as caught:
        run_hub(config_of(), places_in(tmp_path), config_dir=tmp_path, stop=threading.Event())
    assert "run_dir" in caught.value.mend

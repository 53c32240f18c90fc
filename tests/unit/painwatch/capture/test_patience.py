"""Back-off, standing pictures, a common start, and the tally of a camera: all without a camera."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from painwatch.capture.backoff import backoff_s
from painwatch.capture.epoch import forget_epoch, shared_epoch
from painwatch.capture.faults import source_error
from painwatch.capture.frozen import StillWatch
from painwatch.capture.source import Grab
from painwatch.capture.tally import Tally
from painwatch.core.clock import Stamp
from painwatch.core.errors import PainwatchError, RingError, SourceFault
from painwatch.core.types import CameraPhase, Image

SECOND = 1_000_000_000


def at(second: float) -> Stamp:
    return Stamp(round(1000 * SECOND + second * SECOND), round(second * SECOND))


def test_waits_double_up_to_a_minute() -> None:
    assert [backoff_s(failures, 0) for failures in range(1, 9)] == [1, 2, 4, 8, 16, 32, 60, 60]


@given(failures=st.integers(1, 10**9), chance=st.floats(0, 1))
def test_no_wait_is_nothing_or_longer_than_a_minute(failures: int, chance: float) -> None:
    assert 0.8 <= backoff_s(failures, chance) <= 60
    assert backoff_s(failures, chance) >= 0.8 * backoff_s(failures, 0)


def noise(seed: int) -> Image:
    return np.random.default_rng(seed).integers(0, 3, (48, 64, 3), np.uint8)


def test_a_dark_picture_with_noise_does_not_stand_still_and_an_equal_one_does() -> None:
    watch = StillWatch()
    assert all(watch.still_for_s(noise(number), number * SECOND) == 0 for number in range(10))
    assert [watch.still_for_s(noise(9), number * SECOND) for number in range(9, 13)] == [0, 1, 2, 3]
    assert watch.still_for_s(noise(13), 13 * SECOND) == 0


def test_all_who_come_agree_on_the_first_moment(tmp_path: Path) -> None:
    path, moments = tmp_path / "run" / "cage.epoch", []
    barrier = threading.Barrier(8)

    def come(now_ns: int) -> None:
        barrier.wait()
        moments.append(shared_epoch(path, now_ns))

    threads = [threading.Thread(target=come, args=(number,)) for number in range(1, 9)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(moments) == 8
    assert len(set(moments)) == 1
    assert [file.name for file in path.parent.iterdir()] == ["cage.epoch"]
    forget_epoch(path)
    forget_epoch(path)
    assert shared_epoch(path, 99) == 99


def test_a_moment_that_cannot_be_agreed_on_is_an_error_that_says_where(tmp_path: Path) -> None:
    (tmp_path / "cage.epoch").write_text("yesterday")
    with pytest.raises(PainwatchError, match=r"cage\.epoch.*no number"):
        shared_epoch(tmp_path / "cage.epoch", 1)


def grab(dropped: int = 0, corrupt: int = 0) -> Grab:
    return Grab(np.zeros((120, 160, 3), np.uint8), at(0), dropped=dropped, corrupt=corrupt)


def test_the_tally_tells_phase_counts_rate_and_since_when() -> None:
    tally = Tally("cage-1", "left", at(0))
    assert tally.state(at(1)).phase is CameraPhase.CONNECTING
    for number in range(11):
        tally.got(grab(dropped=1), at(2 + number / 10))
    state = tally.state(at(3))
    assert (state.phase, state.frames, state.dropped, state.since_ns) == (CameraPhase.LIVE, 11, 11, at(2).wall_ns)
    assert state.frames_per_s == pytest.approx(10)
    assert (state.width_px, state.height_px) == (160, 120)
    tally.lost(source_error(SourceFault.TIMEOUT, "no picture in time", "rtsp://camera"), at(4))
    tally.reconnecting()
    tally.lost(source_error(SourceFault.NOT_FOUND, "refused", "rtsp://camera"), at(5))
    state = tally.state(at(6))
    assert (state.phase, state.fault, state.since_ns) == (CameraPhase.LOST, "not_found", at(4).wall_ns)
    assert (state.reconnects, state.frames_per_s) == (1, 0.0)
    assert "refused" in state.detail
    tally.lost(RingError("no room"), at(7))
    assert (tally.state(at(7)).fault, tally.state(at(7)).detail) == ("", "no room")


def test_a_rate_falls_to_nothing_when_no_pictures_come() -> None:
    tally = Tally("cage-1", "left", at(0))
    for number in range(3):
        tally.got(grab(), at(number))
    assert tally.state(at(20)).frames_per_s == 0.0


def test_damaged_pictures_and_a_waiting_recording_are_remarked_on() -> None:
    tally = Tally("cage-1", "left", at(0))
    tally.got(grab(corrupt=3), at(1))
    assert tally.state(at(1)).detail == "3 pictures could not be decoded so far"
    tally.idle(waiting=True)
    assert "looked at" in tally.state(at(1)).detail


def test_only_a_step_that_takes_too_long_is_stuck() -> None:
    tally = Tally("cage-1", "left", at(0))
    assert tally.stuck_for_s(at(1000)) is None
    tally.busy(10, at(1000))
    assert tally.stuck_for_s(at(1010)) is None
    assert tally.stuck_for_s(at(1011)) == 11
    tally.idle()
    assert tally.stuck_for_s(at(1011)) is None

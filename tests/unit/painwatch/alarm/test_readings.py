"""Ages, offsets and states, from what was heard and the Ticks alone."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from fixtures.alarming import NOON, SECOND, config_of
from fixtures.looks import look, phase
from painwatch.alarm.book import AlarmBook
from painwatch.alarm.readings import ReadingFold
from painwatch.core.alarms import Reading
from painwatch.core.signals import Signal
from painwatch.core.types import CameraPhase, FusedPoint, ProcessPhase, ProcessState, Status, Tick


def tick(fold: ReadingFold, second: float) -> dict[tuple[Signal, str], Reading]:
    readings = fold.take(Tick(NOON + round(second * SECOND)))
    assert len({(r.signal, r.subject) for r in readings}) == len(readings)
    assert all(r.time_ns == NOON + round(second * SECOND) for r in readings)
    return {(r.signal, r.subject): r for r in readings}


def value(fold: ReadingFold, second: float, signal: Signal, subject: str = "a-cam") -> float | None:
    return tick(fold, second)[signal, subject].value


def seen(second: float, outcome: Any = 0.5, *, seq: int | None = None, **fields: Any) -> Any:
    given = look("a-cam", NOON + round(second * SECOND), outcome, cage="a", seq=round(second) if seq is None else seq)
    return replace(given, **fields)


def point(second: float) -> FusedPoint:
    return FusedPoint("a", NOON + round(second * SECOND), Status.NO_FACE, ())


def ticks(fold: ReadingFold, *seconds: float) -> None:
    for second in seconds:
        fold.take(Tick(NOON + round(second * SECOND)))


def test_a_camera_is_as_old_as_its_last_picture_that_was_looked_at() -> None:
    fold = ReadingFold(config_of())
    ticks(fold, 0)
    assert value(fold, 5, Signal.CAMERA_AGE_S) == 5.0
    fold.take(seen(5, age_ms=200.0))
    assert value(fold, 6, Signal.CAMERA_AGE_S) == pytest.approx(1.2)
    for second in range(6, 10):
        fold.take(seen(second, Status.NO_FRAME))
    assert value(fold, 10, Signal.CAMERA_AGE_S) == pytest.approx(5.2)
    # A face that is not there, or not to be judged, is a picture all the same; the same picture again is none.
    fold.take(seen(10, Status.NO_FACE))
    assert value(fold, 11, Signal.CAMERA_AGE_S) == pytest.approx(1.0, abs=0.01)
    fold.take(seen(10, Status.NO_FACE))
    assert value(fold, 12, Signal.CAMERA_AGE_S) == pytest.approx(2.0, abs=0.01)


def test_no_clock_but_that_of_the_ticks_matters_for_an_age() -> None:
    fold = ReadingFold(config_of())
    ticks(fold, 0, 1)
    fold.take(seen(-3600, age_ms=0.0))
    assert value(fold, 2, Signal.CAMERA_AGE_S) == 1.0
    # A clock that is set, or a host that slept, makes nothing look lost.
    assert value(fold, 7200, Signal.CAMERA_AGE_S) == 11.0
    assert value(fold, -7200, Signal.CAMERA_AGE_S) == 11.0
    assert value(fold, -7199, Signal.CAMERA_AGE_S) == 12.0


def test_a_lost_camera_says_why() -> None:
    fold = ReadingFold(config_of())
    fold.take(replace(phase("a-cam", CameraPhase.LOST, cage="a", fault="timeout"), detail="no answer"))
    ticks(fold, 0)
    assert tick(fold, 40)[Signal.CAMERA_AGE_S, "a-cam"].words == "timeout; no answer"


def test_a_recording_that_is_over_is_not_lost() -> None:
    fold = ReadingFold(config_of(fast=("a",)))
    ticks(fold, 0)
    assert value(fold, 5, Signal.CAMERA_AGE_S) == 5.0
    fold.take(phase("a-cam", CameraPhase.ENDED, cage="a"))
    last = tick(fold, 6)
    assert last[Signal.CAMERA_AGE_S, "a-cam"].value is None
    assert last[Signal.CAGE_AGE_S, "a"].value is None
    assert last[Signal.CAMERA_AGE_S, "a-cam"].words == "the recording is over"


def test_a_camera_that_says_it_is_over_is_lost_all_the_same() -> None:
    fold = ReadingFold(config_of())
    fold.take(phase("a-cam", CameraPhase.ENDED, cage="a"))
    ticks(fold, 0)
    assert value(fold, 5, Signal.CAMERA_AGE_S) == 5.0


def test_a_recording_that_is_read_fast_ages_by_when_its_looks_come() -> None:
    fold = ReadingFold(config_of(fast=("a",)))
    ticks(fold, 0)
    fold.take(seen(-1_000_000, age_ms=9e9))
    readings = tick(fold, 1)
    assert readings[Signal.CAMERA_AGE_S, "a-cam"].value == 1.0
    assert readings[Signal.CAGE_AGE_S, "a"].value == 1.0
    assert (Signal.CLOCK_OFFSET_S, "a-cam") not in readings


@pytest.mark.parametrize(
    ("sent", "off"), [(9.9, 0.0), (9.0, 0.0), (10.5, 0.5), (8.0, 1.0), (-3590.0, 3599.0), (3610.0, 3600.0)]
)
def test_a_clock_is_off_by_what_lies_outside_the_two_ticks(sent: float, off: float) -> None:
    fold = ReadingFold(config_of())
    ticks(fold, 9)
    fold.take(seen(sent - 0.5, age_ms=500.0))
    assert value(fold, 10, Signal.CLOCK_OFFSET_S) == pytest.approx(off, abs=0.001)
    assert (Signal.CLOCK_OFFSET_S, "a-cam") not in tick(fold, 11)


def test_a_stand_in_is_told_with_each_look() -> None:
    fold = ReadingFold(config_of())
    fold.take(seen(0, engine="onnxruntime-cpu + onnxruntime-cpu (instead of tensorrt, onnxruntime-cuda)"))
    reading = tick(fold, 1)[Signal.ENGINE_FALLEN, "a-cam"]
    assert (reading.value, reading.words) == (1.0, "onnxruntime-cpu in place of tensorrt, onnxruntime-cuda")
    # Looks that no engine could compute say nothing of who stands in.
    fold.take(seen(1, Status.ENGINE_ERROR, engine="x (instead of y)"))
    assert (Signal.ENGINE_FALLEN, "a-cam") not in tick(fold, 2)
    fold.take(seen(2, engine="tensorrt + tensorrt"))
    assert value(fold, 3, Signal.ENGINE_FALLEN) == 0.0


def test_a_cage_is_as_old_as_its_last_new_point() -> None:
    fold = ReadingFold(config_of())
    ticks(fold, 0)
    fold.take(point(0))
    assert value(fold, 4, Signal.CAGE_AGE_S, "a") == 4.0
    fold.take(point(4))
    assert value(fold, 5, Signal.CAGE_AGE_S, "a") == 1.0


def test_a_clock_that_was_set_back_is_told_as_a_silent_cage() -> None:
    """Its minutes are told again only when the clock has caught up: until then it is blind."""
    fold = ReadingFold(config_of())
    ticks(fold, 0)
    fold.take(point(3600))
    for second in range(1, 100):
        fold.take(point(second))
        ticks(fold, second)
    assert value(fold, 100, Signal.CAGE_AGE_S, "a") == 100.0
    # After more than a day the minutes begin anew at once.
    fold.take(point(-100_000))
    assert value(fold, 101, Signal.CAGE_AGE_S, "a") == 1.0


def process(
    phase: ProcessPhase, second: float, *, since: float = 0.0, restarts: int = 0, reason: str = "", name: str = "hub"
) -> ProcessState:
    times = (NOON + round(second * SECOND), NOON + round(since * SECOND))
    return ProcessState(name, phase, *times, restarts=restarts, reason=reason, last_lines=("out of memory",))


def test_a_process_is_down_since_it_was_last_up() -> None:
    fold = ReadingFold(config_of())
    ticks(fold, 0)
    fold.take(process(ProcessPhase.RUNNING, 0))
    assert value(fold, 1, Signal.PROCESS_DOWN_S, "hub") == 0.0
    fold.take(process(ProcessPhase.RESTARTING, 20, since=12, reason="killed by SIGKILL"))
    reading = tick(fold, 2)[Signal.PROCESS_DOWN_S, "hub"]
    assert reading.value == 9.0
    assert reading.words == "killed by SIGKILL; it last said: out of memory"
    fold.take(process(ProcessPhase.STOPPED, 21))
    assert value(fold, 3, Signal.PROCESS_DOWN_S, "hub") is None


def test_what_a_silent_supervisor_said_is_no_longer_known() -> None:
    fold = ReadingFold(config_of())
    fold.take(process(ProcessPhase.RESTARTING, 0))
    ticks(fold, *range(0, 31, 10))
    assert value(fold, 40, Signal.PROCESS_DOWN_S, "hub") is None


def test_starts_anew_are_counted_over_ten_minutes() -> None:
    fold = ReadingFold(config_of())
    fold.take(process(ProcessPhase.RUNNING, 0, restarts=7))
    ticks(fold, 0)
    assert value(fold, 1, Signal.PROCESS_RESTARTS, "hub") == 0.0
    fold.take(process(ProcessPhase.RUNNING, 1, restarts=9))
    assert value(fold, 2, Signal.PROCESS_RESTARTS, "hub") == 2.0
    # The supervisor itself was started anew, and then the child once more.
    fold.take(process(ProcessPhase.RUNNING, 2, restarts=1))
    assert value(fold, 3, Signal.PROCESS_RESTARTS, "hub") == 3.0
    for second in range(4, 601, 5):
        fold.take(process(ProcessPhase.RUNNING, second, restarts=1))
        ticks(fold, second)
    fold.take(process(ProcessPhase.RUNNING, 601, restarts=1))
    assert value(fold, 601, Signal.PROCESS_RESTARTS, "hub") == 1.0
    fold.take(process(ProcessPhase.RUNNING, 605, restarts=1))
    assert value(fold, 605, Signal.PROCESS_RESTARTS, "hub") == 0.0


def test_cameras_and_cages_that_are_not_configured_are_passed_over() -> None:
    fold = ReadingFold(config_of())
    fold.take(look("other", NOON, 0.5, cage="a"))
    fold.take(phase("other", CameraPhase.LOST, cage="a"))
    fold.take(FusedPoint("other", NOON, Status.NO_FACE, ()))
    assert {subject for _, subject in tick(fold, 0)} == {"a", "a-cam"}


def test_a_camera_that_is_lost_raises_the_built_in_alarm_and_ends_it() -> None:
    config = config_of(off=())
    fold, book = ReadingFold(config), AlarmBook(config)
    told = []
    for second in range(60):
        if second < 5 or second >= 50:
            fold.take(seen(second))
            fold.take(point(second))
        for message in (*fold.take(Tick(NOON + second * SECOND)), Tick(NOON + second * SECOND)):
            told += book.take(message).transitions
    assert [(t.rule, (t.time_ns - NOON) // SECOND, t.after.value) for t in told] == [
        ("camera-lost", 33, "active"),
        ("camera-lost", 50, "inactive"),
    ]
    assert told[0].words == "a-cam: no new picture for 30 s (threshold 30 s)"

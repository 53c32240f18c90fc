"""One cage over time: silence, endings, restarts, and what its configuration means."""

from __future__ import annotations

from fixtures.looks import MINUTE, MS, NOON, SECOND, look, phase, two_cameras
from painwatch.config.models import CageConfig
from painwatch.core.types import CameraPhase, MinuteSummary, Status, Tick
from painwatch.fuse.cage import QUIET_TICKS, CageFold, Event
from painwatch.fuse.setup import setup_of

LIVE = two_cameras()
RECORDED = two_cameras(lateness_ns=None)


def minutes_of(fold: CageFold, *events: Event) -> list[MinuteSummary]:
    return [minute for event in events for minute in fold.take(event).minutes]


def test_minutes_close_as_skipped_while_nothing_comes() -> None:
    minutes = minutes_of(CageFold(LIVE), *(Tick(NOON + at * SECOND) for at in range(185)))
    assert [minute.start_ns for minute in minutes] == [NOON, NOON + MINUTE, NOON + 2 * MINUTE]
    assert all(minute.pain_probability is None and minute.skipped == 300 for minute in minutes)


def test_a_minute_waits_for_the_lateness_before_it_closes() -> None:
    fold = CageFold(LIVE)
    fold.take(look("left", NOON, 0.9))
    closing_ns = NOON + MINUTE + 2 * SECOND + LIVE.pairing_window_ns
    assert minutes_of(fold, Tick(closing_ns - 1)) == []
    (minute,) = minutes_of(fold, Tick(closing_ns))
    assert (minute.start_ns, minute.pain) == (NOON, 1)


def test_a_recording_ends_only_when_its_last_looks_had_time_to_come() -> None:
    fold = CageFold(RECORDED)
    fold.take(look("left", NOON, 0.9))
    fold.take(look("right", NOON, 0.9))
    for camera in ("left", "right"):
        fold.take(phase(camera, CameraPhase.ENDED))
    assert minutes_of(fold, Tick(1), Tick(2)) == []
    fold.take(look("left", NOON + SECOND, 0.9))
    fold.take(look("right", NOON + SECOND, 0.1))
    assert minutes_of(fold, *(Tick(at) for at in range(QUIET_TICKS - 1))) == []
    told = minutes_of(fold, Tick(QUIET_TICKS))
    assert [(minute.start_ns, minute.pain) for minute in told] == [(NOON, 2)]
    assert minutes_of(fold, *(Tick(at) for at in range(200))) == []


def test_a_recording_that_cannot_be_read_does_not_hold_up_the_other_camera() -> None:
    fold = CageFold(RECORDED)
    fold.take(phase("right", CameraPhase.LOST))
    fold.take(look("left", NOON, 0.9))
    points = [point for at in range(QUIET_TICKS) for point in fold.take(Tick(at)).points]
    assert [share.camera for share in points[0].shares] == ["left"]


def test_a_live_camera_that_is_lost_is_still_waited_for() -> None:
    fold = CageFold(LIVE)
    fold.take(phase("right", CameraPhase.LOST))
    fold.take(look("left", NOON, 0.9))
    assert [fold.take(Tick(NOON + at)).points for at in range(QUIET_TICKS + 1)] == [()] * (QUIET_TICKS + 1)


def test_a_camera_that_goes_on_after_all_is_not_taken_as_ended() -> None:
    fold = CageFold(RECORDED)
    fold.take(phase("right", CameraPhase.ENDED))
    fold.take(phase("right", CameraPhase.LIVE))
    fold.take(look("left", NOON, 0.9))
    assert [fold.take(Tick(at)).points for at in range(10)] == [()] * 10


def test_a_restart_in_the_middle_of_a_minute_changes_no_minute() -> None:
    moments = [NOON + at * 200 * MS for at in range(500)]
    whole, told = CageFold(LIVE), []
    for at in moments:
        for camera in ("left", "right"):
            told.append(whole.take(look(camera, at, 0.9)))
    points = [point for fused in told for point in fused.points]
    minutes = [minute for fused in told for minute in fused.minutes]
    for cut in (1, 299, 300, 301, 420):
        before = CageFold(LIVE)
        kept = [before.take(look(camera, at, 0.9)) for at in moments[:cut] for camera in ("left", "right")]
        stored = [minute for fused in kept for minute in fused.minutes]
        last_ns = stored[-1].start_ns if stored else None
        open_points = [p for p in points[:cut] if last_ns is None or p.time_ns >= last_ns + MINUTE]
        after = CageFold(LIVE)
        stored += after.resume(last_ns, open_points).minutes
        for at in moments[cut:]:
            for camera in ("left", "right"):
                stored += after.take(look(camera, at, 0.9)).minutes
        assert stored == minutes, cut


def test_the_night_shows_the_hole_that_a_restart_left() -> None:
    fold = CageFold(LIVE)
    fold.resume(NOON, ())
    minutes = minutes_of(fold, Tick(NOON + 5 * MINUTE), Tick(NOON + 5 * MINUTE + SECOND))
    assert [minute.start_ns for minute in minutes] == [NOON + at * MINUTE for at in range(1, 4)]
    assert all(minute.coverage == 0 for minute in minutes)


def test_a_recording_may_be_watched_again_without_being_counted_again() -> None:
    first, again = CageFold(RECORDED), CageFold(RECORDED)
    told = [first.take(look(camera, NOON, 0.9)) for camera in ("left", "right")]
    again.resume(None, told[-1].points)
    (point,) = [p for camera in ("left", "right") for p in again.take(look(camera, NOON, 0.9)).points]
    assert point == told[-1].points[0]
    for camera in ("left", "right"):
        again.take(phase(camera, CameraPhase.ENDED))
    (minute,) = minutes_of(again, *(Tick(at) for at in range(QUIET_TICKS)))
    assert minute.pain == 1


YEARS_AHEAD = NOON + 10 * 365 * 86_400 * SECOND


def watched(start_ns: int, seconds: int, *, ticks: bool = True) -> list[Event]:
    events: list[Event] = []
    for at_ns in range(start_ns, start_ns + seconds * SECOND, SECOND):
        events += [look("left", at_ns, 0.9), look("right", at_ns, 0.9)]
        events += [Tick(at_ns)] if ticks else []
    return events


def test_a_clock_that_was_years_ahead_does_not_silence_the_minutes_once_it_is_right() -> None:
    fold = CageFold(LIVE)
    ahead = minutes_of(fold, *watched(YEARS_AHEAD, 30))
    told = ahead + minutes_of(fold, *watched(NOON, 130))
    assert [minute.start_ns for minute in told] == [YEARS_AHEAD // MINUTE * MINUTE, NOON, NOON + MINUTE]
    assert told[0].pain == 30
    assert told[2].pain == 60


def test_nor_when_no_camera_speaks_or_after_a_restart() -> None:
    fold = CageFold(LIVE)
    fold.take(Tick(YEARS_AHEAD))
    again = CageFold(LIVE)
    again.resume(YEARS_AHEAD, ())
    for each in (fold, again):
        told = minutes_of(each, *(Tick(NOON + at * SECOND) for at in range(70)))
        assert [(minute.start_ns, minute.coverage) for minute in told] == [(NOON, 0.0)]


def test_a_clock_set_back_a_little_tells_no_minute_a_second_time() -> None:
    fold = CageFold(LIVE)
    first = minutes_of(fold, *watched(NOON, 200))
    second = minutes_of(fold, *watched(NOON, 270))
    starts = [minute.start_ns for minute in first + second]
    assert starts == sorted(set(starts))


def test_an_older_recording_of_the_same_cage_has_its_minutes_too() -> None:
    fold = CageFold(RECORDED)
    fold.resume(NOON, ())
    told = minutes_of(fold, *watched(NOON - 120 * MINUTE, 125, ticks=False))
    assert [minute.pain for minute in told] == [60, 60]


def test_a_recording_that_goes_on_after_a_restart_keeps_its_open_minute() -> None:
    first, again = CageFold(RECORDED), CageFold(RECORDED)
    points = [p for event in watched(NOON, 30, ticks=False) for p in first.take(event).points]
    again.resume(NOON - MINUTE, points)
    told = minutes_of(again, *watched(NOON + 30 * SECOND, 31, ticks=False))
    assert [(minute.start_ns, minute.pain) for minute in told] == [(NOON, 60)]


def test_late_looks_are_counted() -> None:
    fold = CageFold(LIVE)
    fold.take(look("left", NOON, Status.NO_FACE))
    fold.take(look("left", NOON, Status.NO_FACE))
    assert (fold.late, fold.pending) == (1, 1)


def cage_config(**changes: object) -> CageConfig:
    file = {"kind": "file", "path": "a.mp4", "pace": "fast"}
    facts = {"name": "cage", "species": "rat", "strain": "x", "coat": "white", "sample_rate_hz": 5}
    return CageConfig.model_validate(facts | {"cameras": [{"name": "left", "source": file}]} | changes)


def test_a_cage_of_fast_recordings_keeps_no_wall_time() -> None:
    assert setup_of(cage_config()).lateness_ns is None
    file = {"kind": "file", "path": "a.mp4", "pace": "realtime"}
    assert setup_of(cage_config(cameras=[{"name": "left", "source": file}])).lateness_ns == 2 * SECOND


def test_the_pairing_window_is_just_under_a_sample_period() -> None:
    assert setup_of(cage_config()).pairing_window_ns == 200 * MS - 1
    assert setup_of(cage_config()).expected == 300

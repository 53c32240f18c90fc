"""Which looks become one moment, and when."""

from __future__ import annotations

from dataclasses import replace

import msgspec

from fixtures.looks import MS, NOON, SECOND, look, two_cameras
from painwatch.core.types import FusedPoint, Prediction, Status
from painwatch.fuse.cameras import Fuser

SETUP = two_cameras()


def fuse(*looks: Prediction, fuser: Fuser | None = None) -> list[FusedPoint]:
    fuser = fuser or Fuser(SETUP)
    return [point for each in looks for point in fuser.look(each)]


def test_two_cameras_within_the_window_are_one_moment_at_the_earlier_time() -> None:
    (point,) = fuse(look("right", NOON + 60 * MS, 0.9), look("left", NOON, 0.2))
    assert point.time_ns == NOON
    assert [(share.camera, share.pain_probability) for share in point.shares] == [("left", 0.2), ("right", 0.9)]
    assert (point.pain_probability, point.pain) == (1.1 / 2, True)


def test_the_window_is_closed_at_its_end_and_not_beyond() -> None:
    assert len(fuse(look("left", NOON, 0.2), look("right", NOON + 100 * MS, 0.9))) == 1
    (alone,) = fuse(look("left", NOON, 0.2), look("right", NOON + 100 * MS + 1, 0.9))
    assert [share.camera for share in alone.shares] == ["left"]


def test_two_looks_of_one_camera_are_never_one_moment() -> None:
    fuser = Fuser(SETUP)
    points = fuse(
        look("left", NOON, Status.NO_FACE),
        look("left", NOON + 10 * MS, 0.9),
        look("right", NOON + 5 * MS, Status.NO_FACE),
        look("right", NOON + 200 * MS, 0.1),
        fuser=fuser,
    )
    assert [(p.time_ns - NOON, p.status, len(p.shares)) for p in points] == [
        (0, Status.NO_FACE, 2),
        (10 * MS, Status.OK, 1),
    ]
    assert fuser.pending == 1


def test_a_silent_camera_is_waited_for_until_the_lateness_has_passed() -> None:
    fuser = Fuser(SETUP)
    assert fuse(look("left", NOON, 0.2), fuser=fuser) == []
    last_ns = NOON + SETUP.pairing_window_ns + 2 * SECOND
    assert fuser.tick(last_ns) == ()
    (point,) = fuser.tick(last_ns + 1)
    assert [share.camera for share in point.shares] == ["left"]


def test_without_lateness_no_tick_closes_anything() -> None:
    fuser = Fuser(replace(SETUP, lateness_ns=None))
    assert fuse(look("left", NOON, 0.2), fuser=fuser) == []
    assert fuser.tick(NOON + 10_000 * SECOND) == ()
    (point,) = fuser.end("right")
    assert point.time_ns == NOON


def test_a_camera_that_ended_is_taken_up_again_when_it_speaks() -> None:
    fuser = Fuser(SETUP)
    fuser.end("right")
    assert len(fuse(look("left", NOON, 0.2), fuser=fuser)) == 1
    later = NOON + SECOND
    assert fuse(look("right", later, 0.5), look("left", later, 0.5), fuser=fuser)[0].shares[1].camera == "right"
    assert fuse(look("left", later + SECOND, 0.5), fuser=fuser) == []


def test_looks_that_repeat_or_go_back_are_counted_and_not_used() -> None:
    fuser = Fuser(SETUP)
    points = fuse(
        look("left", NOON, 0.2),
        look("left", NOON, Status.NO_FRAME),
        look("left", NOON - SECOND, 0.9),
        look("right", NOON, 0.2),
        look("right", NOON, 0.9),
        fuser=fuser,
    )
    assert [point.pain_probability for point in points] == [0.2]
    assert fuser.late == 3


def test_a_look_for_a_moment_that_was_closed_without_it_is_late() -> None:
    fuser = Fuser(SETUP)
    fuse(look("left", NOON, 0.2), look("left", NOON + SECOND, 0.2), fuser=fuser)
    assert [point.time_ns for point in fuser.tick(NOON + 2 * SECOND + 100 * MS + 1)] == [NOON]
    assert fuse(look("right", NOON + 100 * MS, 0.9), fuser=fuser) == []
    assert fuser.late == 1
    (point,) = fuse(look("right", NOON + SECOND, 0.9), fuser=fuser)
    assert point.time_ns == NOON + SECOND


def test_a_camera_without_a_face_never_changes_the_score() -> None:
    (alone,) = Fuser(replace(SETUP, cameras=("left",))).look(look("left", NOON, 0.37))
    (both,) = fuse(look("left", NOON, 0.37), look("right", NOON, Status.NO_FACE))
    assert (both.pain_probability, both.pain, both.status) == (alone.pain_probability, alone.pain, Status.OK)


def test_a_clock_that_was_set_back_does_not_make_everything_late() -> None:
    fuser = Fuser(SETUP)
    fuse(look("left", NOON, 0.2), fuser=fuser)
    assert fuser.tick(NOON - 5 * SECOND) == ()
    hour_ago = NOON - 3600 * SECOND
    (closed,) = fuser.tick(hour_ago)
    assert closed.time_ns == NOON
    (point,) = fuse(look("left", hour_ago, 0.2), look("right", hour_ago, 0.4), fuser=fuser)
    assert point.time_ns == hour_ago
    assert fuser.late == 0


def test_a_resumed_cage_does_not_make_its_last_moment_twice() -> None:
    (stored,) = fuse(look("left", NOON, 0.2), look("right", NOON + 80 * MS, 0.2))
    fuser = Fuser(SETUP)
    fuser.resume(stored)
    assert fuse(look("left", NOON, 0.2), fuser=fuser) == []
    assert fuser.late == 1
    assert fuser.settled_ns == NOON + 1


def test_a_moment_repeats_if_all_that_scored_it_does() -> None:
    fresh, again = look("left", NOON, 0.2), msgspec.structs.replace(look("right", NOON, 0.9), repeated_ms=400.0)
    (point,) = fuse(fresh, again)
    assert [share.repeated for share in point.shares] == [False, True]
    assert not point.repeated
    (point,) = fuse(msgspec.structs.replace(fresh, repeated_ms=200.0), again)
    assert point.repeated
    assert point.pain_probability == fuse(fresh, again)[0].pain_probability
    (point,) = fuse(look("left", NOON, Status.NO_FACE), again)
    assert point.repeated

"""Health names every reason why the system does not see, and no other."""

from __future__ import annotations

import msgspec
import pytest

from fixtures.fake_hub import Story, snapshot
from painwatch.config.models import Config
from painwatch.core.live import Snapshot
from painwatch.core.types import CameraPhase, Prediction, ProcessPhase, Status
from painwatch.web.feed import Heard
from painwatch.web.health import why_not_seeing

CAMERAS = ("cage-1-left", "cage-1-right")


def test_a_seeing_system_has_no_reason_even_when_the_face_is_hidden(config: Config) -> None:
    for story in (Story(), Story(status=Status.NO_FACE, pain_probability=None)):
        assert why_not_seeing(Heard(snapshot(config, story), 0.2), CAMERAS) == ()


@pytest.mark.parametrize(("age_s", "reason"), [(None, "not been heard yet"), (7.0, "the hub has been silent for 7 s")])
def test_an_unheard_hub_is_the_one_reason(config: Config, age_s: float | None, reason: str) -> None:
    reasons = why_not_seeing(Heard(None if age_s is None else snapshot(config, Story()), age_s), CAMERAS)
    assert len(reasons) == 1
    assert reason in reasons[0]


def test_every_lost_camera_is_named_with_its_fault(config: Config) -> None:
    story = Story(camera_phase=CameraPhase.LOST, camera_fault="auth")
    reasons = why_not_seeing(Heard(snapshot(config, story), 0.2), CAMERAS)
    assert len(reasons) == 2
    assert all("refuses the user name" in reason for reason in reasons)
    assert reasons[0].startswith("camera cage-1-left: Lost")


def test_an_ended_recording_is_no_fault(config: Config) -> None:
    assert why_not_seeing(Heard(snapshot(config, Story(camera_phase=CameraPhase.ENDED)), 0.2), CAMERAS) == ()


def test_a_camera_the_hub_does_not_know_is_a_reason(config: Config) -> None:
    (reason,) = why_not_seeing(Heard(snapshot(config, Story()), 0.2), (*CAMERAS, "new"))
    assert "new" in reason


def changed(hub: Snapshot, **fields: object) -> Heard:
    return Heard(msgspec.structs.replace(hub, **fields), 0.2)


def test_pictures_that_are_not_judged_are_a_reason(config: Config) -> None:
    hub = snapshot(config, Story())
    unjudged = tuple(msgspec.structs.replace(camera, predictions_per_s=0.0) for camera in hub.cameras)
    reasons = why_not_seeing(changed(hub, cameras=unjudged), CAMERAS)
    assert reasons == tuple(f"camera {name}: its pictures are not being judged" for name in CAMERAS)


def test_a_restarting_process_and_a_full_disk_are_reasons(config: Config) -> None:
    hub = snapshot(config, Story())
    away = msgspec.structs.replace(hub.processes[0], phase=ProcessPhase.RESTARTING)
    reasons = why_not_seeing(changed(hub, processes=(away, *hub.processes[1:]), store_fault="disk full"), CAMERAS)
    assert len(reasons) == 2
    assert "capture-cage-1-left: Restarting" in reasons[0]
    assert "disk full" in reasons[1]


@pytest.mark.parametrize("status", [Status.ENGINE_ERROR, Status.OUT_OF_DOMAIN])
def test_predictions_that_arrive_but_can_never_be_made_are_a_reason(config: Config, status: Status) -> None:
    prediction = Prediction(
        cage="cage-1",
        camera="cage-1-left",
        seq=1,
        time_ns=1,
        mono_ns=1,
        age_ms=1.0,
        status=status,
        detail="no such model",
    )
    hub = snapshot(config, Story(status=status), {"cage-1-left": prediction})
    (reason,) = why_not_seeing(Heard(hub, 0.2), CAMERAS)
    assert reason.startswith("camera cage-1-left: ")
    assert reason.endswith(": no such model")


def test_a_face_unlike_the_training_faces_is_no_fault_of_the_system(config: Config) -> None:
    strange = Prediction("cage-1", "cage-1-left", 1, 1, 1, 1.0, Status.OUT_OF_DOMAIN, "unlike", novelty=2.0)
    hub = snapshot(config, Story(status=Status.OUT_OF_DOMAIN), {"cage-1-left": strange})
    assert why_not_seeing(Heard(hub, 0.2), CAMERAS) == ()


@pytest.mark.parametrize("status", [Status.NO_FRAME, Status.STALE, Status.OUT_OF_DOMAIN])
def test_a_moment_without_a_frame_is_no_fault_but_a_lasting_lack_is(config: Config, status: Status) -> None:
    short, long = (Heard(snapshot(config, Story(status=status, status_for_s=s)), 0.2) for s in (2, 40))
    assert why_not_seeing(short, CAMERAS) == ()
    (reason,) = why_not_seeing(long, CAMERAS)
    assert reason.startswith("cage cage-1: ")
    assert reason.endswith("for 40 s")
    ended = Story(status=status, status_for_s=40, camera_phase=CameraPhase.ENDED)
    assert why_not_seeing(Heard(snapshot(config, ended), 0.2), CAMERAS) == ()


def test_a_silent_supervisor_is_a_reason(config: Config) -> None:
    hub = snapshot(config, Story())
    old = msgspec.structs.replace(hub.processes[0], time_ns=hub.time_ns - 30_000_000_000)
    (reason,) = why_not_seeing(changed(hub, processes=(old,)), CAMERAS)
    assert reason == "process capture-cage-1-left: Unknown: the supervisor has been silent for 30 s"


def test_an_engine_that_failed_and_then_fell_silent_is_still_a_reason(config: Config) -> None:
    prediction = Prediction("cage-1", "cage-1-left", 1, 1, 1, 1.0, Status.ENGINE_ERROR, "no such model")
    hub = snapshot(config, Story(), {"cage-1-left": prediction})
    unjudged = tuple(msgspec.structs.replace(camera, predictions_per_s=0.0) for camera in hub.cameras)
    assert len(why_not_seeing(changed(hub, cameras=unjudged), CAMERAS)) == 2


def test_a_blindness_from_before_the_clock_was_set_back_is_a_reason(config: Config) -> None:
    hub = snapshot(config, Story(status=Status.STALE, status_for_s=-3600))
    assert [reason.split(":")[0] for reason in why_not_seeing(Heard(hub, 0.2), CAMERAS)] == ["cage cage-1"]

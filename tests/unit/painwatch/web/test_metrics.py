"""What Prometheus is told: never a zero or an old value for what is not known."""

from __future__ import annotations

import msgspec
import pytest
from prometheus_client.parser import text_string_to_metric_families

from fixtures.fake_hub import Story, snapshot
from painwatch.config.models import Config
from painwatch.core.types import CameraPhase, Prediction, Status
from painwatch.web.feed import Heard
from painwatch.web.metrics import Metrics

Samples = dict[tuple[str, tuple[str, ...]], float]


def samples(heard: Heard) -> Samples:
    text = Metrics(lambda: heard).text().decode()
    return {
        (sample.name, tuple(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_the_state_is_told(config: Config) -> None:
    told = samples(Heard(snapshot(config, Story(pain_probability=0.25)), 0.3))
    assert told["painwatch_hub_heard", ()] == 1
    assert told["painwatch_hub_snapshot_age_seconds", ()] == 0.3
    assert told["painwatch_cage_pain_probability", ("cage-1",)] == pytest.approx(0.25, abs=0.01)
    assert told["painwatch_cage_coverage", ("cage-1",)] == pytest.approx(0.84)
    assert told["painwatch_cage_latency_seconds", ("cage-1", "0.95")] == pytest.approx(0.324)
    assert told["painwatch_camera_frames_total", ("cage-1", "cage-1-left")] == 54_000
    assert told["painwatch_camera_dropped_frames_total", ("cage-1", "cage-1-left")] == 12
    assert told["painwatch_camera_reconnects_total", ("cage-1", "cage-1-left")] == 1
    assert told["painwatch_camera_predictions_per_second", ("cage-1", "cage-1-left")] == 4
    assert told["painwatch_process_restarts_total", ("capture-cage-1-left",)] == 1
    assert told["painwatch_process_resident_bytes", ("capture-cage-1-left",)] == 64_000_000
    assert told["painwatch_process_cpu_ratio", ("capture-cage-1-left",)] == pytest.approx(0.125)
    assert told["painwatch_hub_malformed_messages_total", ()] == 0
    assert told["painwatch_hub_late_predictions_total", ()] == 0


def test_a_probability_that_is_not_known_is_absent(config: Config) -> None:
    told = samples(Heard(snapshot(config, Story(pain_probability=None, status=Status.NO_FACE)), 0.3))
    assert ("painwatch_cage_pain_probability", ("cage-1",)) not in told
    assert told["painwatch_cage_coverage", ("cage-1",)] == 0


@pytest.mark.parametrize("status", Status)
def test_exactly_the_status_of_now_is_one(config: Config, status: Status) -> None:
    told = samples(Heard(snapshot(config, Story(status=status)), 0.3))
    ones = [labels for (name, labels), value in told.items() if name == "painwatch_cage_status" and value == 1]
    assert ones == [("cage-1", status.value)]


def test_a_silent_hub_leaves_only_its_silence(config: Config) -> None:
    told = samples(Heard(snapshot(config, Story(pain_probability=0.9)), 8.0))
    assert told == {("painwatch_hub_heard", ()): 0.0, ("painwatch_hub_snapshot_age_seconds", ()): 8.0}


def test_a_hub_never_heard_has_no_age() -> None:
    assert samples(Heard(None, None)) == {("painwatch_hub_heard", ()): 0.0}


def test_a_camera_whose_process_fell_silent_has_no_rate(config: Config) -> None:
    told = samples(Heard(snapshot(config, Story(camera_phase=CameraPhase.LIVE)), 4.9))
    assert not any(name == "painwatch_camera_frames_per_second" for name, _ in told)


def test_two_apps_do_not_meet(config: Config) -> None:
    silent, speaking = Heard(None, None), Heard(snapshot(config, Story()), 0.1)
    assert samples(speaking)["painwatch_hub_heard", ()] == 1
    assert samples(silent)["painwatch_hub_heard", ()] == 0


def test_a_silent_supervisor_leaves_no_process_up(config: Config) -> None:
    hub = snapshot(config, Story())
    old = tuple(msgspec.structs.replace(p, time_ns=hub.time_ns - 30_000_000_000) for p in hub.processes)
    told = samples(Heard(msgspec.structs.replace(hub, processes=old), 0.1))
    assert not any(name.startswith("painwatch_process") for name, _ in told)


def test_without_a_judged_moment_there_is_no_latency(config: Config) -> None:
    told = samples(Heard(snapshot(config, Story(pain_probability=None, status=Status.STALE)), 0.1))
    assert not any(name == "painwatch_cage_latency_seconds" for name, _ in told)


def test_what_there_was_no_time_for_is_told_of_each_camera(config: Config) -> None:
    hub = snapshot(config, Story())
    look = Prediction("cage-1", "cage-1-left", 1, 0, 0, 0.0, Status.NO_FACE, overrun=0.25)
    cameras = (msgspec.structs.replace(hub.cameras[0], prediction=look), *hub.cameras[1:])
    told = samples(Heard(msgspec.structs.replace(hub, cameras=cameras), 0.3))
    assert told["painwatch_camera_overrun_ratio", ("cage-1", hub.cameras[0].name)] == 0.25

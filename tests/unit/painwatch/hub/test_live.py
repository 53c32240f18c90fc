"""What the hub says is going on now."""

from __future__ import annotations

import pytest

from fixtures.looks import MINUTE, MS, NOON, SECOND, look, phase
from painwatch.config.models import Config
from painwatch.core.clock import Stamp
from painwatch.core.live import CageLive, Snapshot
from painwatch.core.types import CameraPhase, CameraShare, FusedPoint, MinuteSummary, ProcessPhase, ProcessState, Status
from painwatch.hub.live import LiveView

CONFIG = Config.model_validate(
    {
        "version": 1,
        "site": "lab",
        "cages": [
            {
                "name": "cage",
                "species": "mouse",
                "strain": "C57BL/6",
                "coat": "black",
                "sample_rate_hz": 2,
                "cameras": [{"name": name, "source": {"kind": "virtual", "view": name}} for name in ("left", "right")],
            }
        ],
    }
)


def at(seconds: float) -> Stamp:
    """The wall clock starts at NOON, the monotonic one at 1000 s."""
    return Stamp(NOON + round(seconds * SECOND), round((1000 + seconds) * SECOND))


def point(seconds: float, outcome: float | Status) -> FusedPoint:
    scored = isinstance(outcome, float)
    status = Status.OK if scored else Status(outcome)
    score = outcome if scored else None
    shares = (CameraShare("left", status, score),)
    return FusedPoint("cage", at(seconds).wall_ns, status, shares, score, None if score is None else score >= 0.5)


class Watch:
    def __init__(self) -> None:
        self.view = LiveView(CONFIG, at(0))

    def sees(self, seconds: float, outcome: float | Status, *, after_s: float = 0.0) -> None:
        now = at(seconds + after_s)
        self.view.prediction(look("left", at(seconds).wall_ns, outcome), now, used=True)
        self.view.points("cage", [point(seconds, outcome)], now)
        self.view.settled("cage", at(seconds).wall_ns + 1)

    def snapshot(self, seconds: float) -> Snapshot:
        return self.view.snapshot(at(seconds), malformed=1, late=2, store_fault="full")

    def cage(self, seconds: float) -> CageLive:
        return self.snapshot(seconds).cages[0]


@pytest.fixture
def watch() -> Watch:
    return Watch()


def test_before_anything_was_heard_nothing_is_claimed(watch: Watch) -> None:
    snapshot = watch.snapshot(1)
    (cage,) = snapshot.cages
    assert (cage.status, cage.status_since_ns) == (Status.STALE, NOON)
    assert (cage.last_scored_ns, cage.last_point, cage.recent, cage.last_minute) == (None,) * 4
    assert (cage.latency_ms_p50, cage.latency_ms_p95, cage.points_per_s) == (None, None, 0.0)
    assert (cage.name, cage.species, cage.strain, cage.coat) == ("cage", "mouse", "C57BL/6", "black")
    assert [(c.name, c.cage, c.state, c.prediction) for c in snapshot.cameras] == [
        ("left", "cage", None, None),
        ("right", "cage", None, None),
    ]
    assert (snapshot.site, snapshot.time_ns, snapshot.started_ns) == ("lab", NOON + SECOND, NOON)
    assert (snapshot.malformed_messages, snapshot.late_predictions, snapshot.store_fault) == (1, 2, "full")


def test_the_status_is_that_of_the_last_point_since_it_became_so(watch: Watch) -> None:
    watch.sees(1, 0.2)
    watch.sees(2, 0.3)
    assert (watch.cage(2).status, watch.cage(2).status_since_ns) == (Status.OK, NOON + SECOND)
    watch.sees(3, Status.NO_FACE, after_s=0.1)
    cage = watch.cage(4)
    assert (cage.status, cage.status_since_ns) == (Status.NO_FACE, at(3.1).wall_ns)
    assert cage.last_scored_ns == at(2).wall_ns
    assert cage.last_point == point(3, Status.NO_FACE)


def test_a_cage_of_which_nothing_is_heard_is_stale_since_it_fell_silent(watch: Watch) -> None:
    watch.sees(1, 0.2)
    assert watch.cage(4).status is Status.OK
    cage = watch.cage(4.1)
    assert (cage.status, cage.status_since_ns) == (Status.STALE, at(1).wall_ns)
    assert watch.cage(9).status_since_ns == at(1).wall_ns
    watch.sees(10, 0.2)
    assert (watch.cage(10).status, watch.cage(10).status_since_ns) == (Status.OK, at(10).wall_ns)


def test_a_slow_cage_is_given_three_sample_periods() -> None:
    slow = CONFIG.cages[0].model_copy(update={"sample_rate_hz": 0.1})
    view = LiveView(CONFIG.model_copy(update={"cages": (slow,)}), at(0))
    view.prediction(look("left", NOON, 0.2), at(0), used=True)
    view.points("cage", [point(0, 0.2)], at(0))
    statuses = [view.snapshot(at(s), malformed=0, late=0, store_fault="").cages[0].status for s in (30, 30.1)]
    assert statuses == [Status.OK, Status.STALE]


def test_looks_that_come_too_late_are_no_sign_of_a_watch(watch: Watch) -> None:
    watch.sees(1, 0.2)
    watch.view.prediction(look("left", at(0).wall_ns, 0.9), at(3), used=False)
    camera = watch.snapshot(3).cameras[0]
    assert camera.prediction is not None
    assert camera.prediction.pain_probability == 0.2
    watch.view.prediction(look("left", at(0).wall_ns, 0.9), at(5), used=False)
    assert watch.cage(5).status is Status.STALE
    assert watch.snapshot(5).cameras[0].predictions_per_s == pytest.approx(0.2), "only the one that was used"


def test_word_that_there_was_no_frame_is_no_look(watch: Watch) -> None:
    for second in range(1, 11):
        watch.sees(second, Status.NO_FRAME)
    assert watch.snapshot(10).cameras[0].predictions_per_s == 0.0
    assert watch.cage(10).points_per_s == 1.0


def test_what_a_camera_saw_before_it_fell_silent_is_not_told_as_seen_now(watch: Watch) -> None:
    watch.sees(1, 0.2)
    watch.view.prediction(look("right", at(1).wall_ns, 0.2), at(1), used=True)
    for seconds in (2, 3, 4, 5):
        watch.sees(seconds, 0.2)
    left, right = watch.snapshot(5).cameras
    assert left.prediction is not None
    assert right.prediction is None


def test_a_cage_whose_looks_become_no_points_is_stale(watch: Watch) -> None:
    watch.sees(1, 0.2)
    for seconds in range(2, 9):
        watch.view.prediction(look("left", at(seconds).wall_ns, 0.2), at(seconds), used=True)
    assert watch.cage(6).status is Status.OK
    cage = watch.cage(8)
    assert (cage.status, cage.status_since_ns) == (Status.STALE, at(1).wall_ns)


def test_the_latency_of_an_hour_ago_is_not_told_as_now(watch: Watch) -> None:
    watch.sees(1, 0.2, after_s=0.1)
    assert watch.cage(50).latency_ms_p50 is not None
    assert watch.cage(62).latency_ms_p50 is None


def test_the_last_minute_slides_and_ends_where_all_is_settled(watch: Watch) -> None:
    for half_seconds in range(200):
        watch.sees(half_seconds / 2, 0.9)
    recent = watch.cage(100).recent
    assert recent is not None
    assert (recent.pain, recent.expected, recent.skipped, recent.coverage) == (120, 120, 0, 1.0)
    assert recent.start_ns == at(99.5).wall_ns + 1 - MINUTE
    watch.view.settled("cage", at(129.5).wall_ns + 1)
    recent = watch.cage(130).recent
    assert recent is not None
    assert (recent.pain, recent.skipped, recent.coverage) == (60, 60, 0.5)
    watch.view.settled("cage", at(200).wall_ns)
    recent = watch.cage(200).recent
    assert recent is not None
    assert (recent.pain_probability, recent.skipped) == (None, 120)


def test_a_recording_that_is_watched_again_is_not_mixed_with_its_first_time(watch: Watch) -> None:
    for seconds in (1, 2, 3, 1):
        watch.view.points("cage", [point(seconds, 0.9)], at(5))
    recent = watch.cage(5).recent
    assert recent is not None
    assert recent.pain == 1


def test_latency_is_the_age_at_send_and_the_wait_here_of_the_oldest_frame(watch: Watch) -> None:
    for second, wait_s in enumerate((0.1, 0.2, 0.3, 1.0), 1):
        time_ns = at(second).wall_ns
        watch.view.prediction(look("left", time_ns, 0.2), at(second), used=True)
        watch.view.prediction(look("right", time_ns + MS, 0.2), at(second + wait_s / 2), used=True)
        shares = (CameraShare("left", Status.OK, 0.2), CameraShare("right", Status.OK, 0.2))
        both = FusedPoint("cage", time_ns, Status.OK, shares, 0.2, False)
        watch.view.points("cage", [both], at(second + wait_s))
    cage = watch.cage(5)
    assert cage.latency_ms_p50 == pytest.approx(205)
    assert cage.latency_ms_p95 == pytest.approx(1005)


def test_points_without_a_score_have_no_latency(watch: Watch) -> None:
    watch.sees(1, Status.NO_FACE, after_s=0.5)
    assert watch.cage(2).latency_ms_p50 is None


def test_an_answer_told_again_is_no_new_look_at_the_animal(watch: Watch) -> None:
    watch.sees(1, 0.2)
    again = FusedPoint("cage", at(2).wall_ns, Status.OK, (CameraShare("left", Status.OK, 0.2, True),), 0.2, False)
    watch.view.prediction(look("left", at(2).wall_ns, 0.2), at(2), used=True)
    watch.view.points("cage", [again], at(2.5))
    cage = watch.cage(3)
    assert (cage.last_scored_ns, cage.last_point) == (at(1).wall_ns, again)
    assert cage.latency_ms_p95 == pytest.approx(5)


def test_rates_are_those_of_the_last_ten_seconds(watch: Watch) -> None:
    for second in range(1, 31):
        watch.sees(second, 0.2)
    assert watch.cage(30).points_per_s == 1.0
    assert watch.snapshot(30).cameras[0].predictions_per_s == 1.0
    assert watch.snapshot(30).cameras[1].predictions_per_s == 0.0
    assert watch.cage(50).points_per_s == 0.0


def test_what_was_known_before_the_hub_ran_is_not_called_never(watch: Watch) -> None:
    minute = MinuteSummary("cage", NOON - MINUTE, 1, 0, 119, 120, 1 / 120, 1.0, {"ok": 1})
    watch.view.known_before("cage", NOON - MINUTE, minute)
    assert (watch.cage(1).last_scored_ns, watch.cage(1).last_minute) == (NOON - MINUTE, minute)


def test_states_of_cameras_and_processes_are_the_last_told(watch: Watch) -> None:
    watch.view.camera_state(phase("right", CameraPhase.CONNECTING))
    watch.view.camera_state(phase("right", CameraPhase.LIVE))
    running = ProcessState("hub", ProcessPhase.RUNNING, NOON, NOON)
    watch.view.process_state(ProcessState("hub", ProcessPhase.STARTING, NOON, NOON))
    watch.view.process_state(running)
    snapshot = watch.snapshot(1)
    assert snapshot.cameras[1].state == phase("right", CameraPhase.LIVE)
    assert snapshot.processes == (running,)

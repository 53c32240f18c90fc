"""What must hold however the cameras' streams come in."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import given, settings
from hypothesis import strategies as st

from fixtures.looks import MINUTE, MS, NOON, SECOND, look, phase
from painwatch.core.types import CameraPhase, FusedPoint, Prediction, Status, Tick
from painwatch.fuse.cage import QUIET_TICKS, Event
from painwatch.fuse.cameras import CageSetup
from painwatch.fuse.replay import Replayed, replay

CAMERAS = ("a", "b", "c")
outcomes = st.one_of(st.floats(0, 1), st.sampled_from([status for status in Status if status is not Status.OK]))
gaps_ms = st.one_of(st.integers(1, 400), st.integers(1_000, 50_000))


@dataclass(frozen=True)
class Scene:
    """Streams in order of time (the cameras' and the clock's), and how long each event took to arrive."""

    setup: CageSetup
    streams: tuple[tuple[tuple[Event, int], ...], ...]

    def events(self, *, delayed: bool) -> list[Event]:
        arrivals: list[tuple[int, int, Event]] = []
        for rank, stream in enumerate(self.streams):
            at_ns = 0
            for event, delay_ns in stream:
                at_ns = max(at_ns, event.time_ns + (delay_ns if delayed else 0))
                arrivals.append((at_ns, rank, event))
        return [event for _, _, event in sorted(arrivals, key=lambda arrival: arrival[:2])]


@st.composite
def scenes(draw: st.DrawFn, *, fast: bool = False) -> Scene:
    lateness_ns = draw(st.integers(1, 3_000)) * MS
    setup = CageSetup(
        cage="cage",
        cameras=CAMERAS[: draw(st.integers(1, 3))],
        pairing_window_ns=draw(st.integers(0, 500)) * MS,
        lateness_ns=None if fast else lateness_ns,
        expected=draw(st.integers(1, 60)),
        rule=draw(st.sampled_from(["sum", "mean", "max", "log_odds"])),
    )
    # Recordings read fast may be apart by any length: nothing of them is ever late.
    delays = st.integers(0, 200 * SECOND if fast else lateness_ns)
    streams: list[tuple[tuple[Event, int], ...]] = []
    for camera in setup.cameras:
        time_ns, stream = NOON + draw(st.integers(0, 100)) * MS, []
        for gap, outcome, delay in draw(st.lists(st.tuples(gaps_ms, outcomes, delays), max_size=25)):
            stream.append((look(camera, time_ns, outcome), delay))
            time_ns += gap * MS
        streams.append(tuple(stream))
    if not fast:
        times = sorted(draw(st.lists(st.integers(0, 200), max_size=20)))
        streams.append(tuple((Tick(NOON + at * SECOND), draw(delays)) for at in times))
    return Scene(setup, tuple(streams))


def run(scene: Scene, *, delayed: bool) -> Replayed:
    events = scene.events(delayed=delayed)
    if scene.setup.lateness_ns is None:
        events += [phase(camera, CameraPhase.ENDED) for camera in scene.setup.cameras]
        events += [Tick(at * SECOND) for at in range(QUIET_TICKS)]
    else:
        latest_ns = max([NOON, *(event.time_ns for event in events)])
        events.append(Tick(latest_ns + 2 * MINUTE))
    return replay(events, [scene.setup])


def looks_of(scene: Scene) -> list[Prediction]:
    return [event for event in scene.events(delayed=False) if isinstance(event, Prediction)]


@settings(max_examples=300, deadline=None)
@given(scenes())
def test_the_order_of_arrival_changes_nothing(scene: Scene) -> None:
    assert run(scene, delayed=True) == run(scene, delayed=False)


@settings(max_examples=150, deadline=None)
@given(scenes(fast=True))
def test_recordings_may_be_read_at_any_pace(scene: Scene) -> None:
    assert run(scene, delayed=True) == run(scene, delayed=False)


@settings(max_examples=200, deadline=None)
@given(st.one_of(scenes(), scenes(fast=True)))
def test_every_look_is_in_one_point(scene: Scene) -> None:
    told = run(scene, delayed=True)
    assert told.late == 0
    in_points = [(share.camera, share.status, share.pain_probability) for p in told.points for share in p.shares]
    assert sorted(in_points, key=repr) == sorted(
        ((each.camera, each.status, each.pain_probability) for each in looks_of(scene)), key=repr
    )


@settings(max_examples=200, deadline=None)
@given(scenes(), st.randoms(use_true_random=False))
def test_every_look_is_in_one_point_or_counted_late_in_any_order_at_all(scene: Scene, random: object) -> None:
    events = scene.events(delayed=False)
    random.shuffle(events)  # type: ignore[attr-defined]
    told = replay([*events, Tick(NOON + 1000 * SECOND)], [scene.setup])
    assert sum(len(point.shares) for point in told.points) + told.late == len(looks_of(scene))
    starts = [minute.start_ns for minute in told.minutes]
    assert len(starts) == len(set(starts))


@settings(max_examples=200, deadline=None)
@given(scenes())
def test_missing_data_is_never_a_number(scene: Scene) -> None:
    for point in run(scene, delayed=True).points:
        scores = [share.pain_probability for share in point.shares if share.status is Status.OK]
        assert (point.status is Status.OK) == bool(scores)
        assert (point.pain_probability is None) == (not scores)


@settings(max_examples=200, deadline=None)
@given(st.one_of(scenes(), scenes(fast=True)))
def test_points_and_minutes_come_in_order_and_minutes_count_all_points(scene: Scene) -> None:
    told = run(scene, delayed=True)
    times = [point.time_ns for point in told.points]
    assert times == sorted(times)
    starts = [minute.start_ns for minute in told.minutes]
    assert starts == list(range(starts[0], starts[-1] + 1, MINUTE)) if starts else not told.points
    for minute in told.minutes:
        inside = [p for p in told.points if minute.start_ns <= p.time_ns < minute.start_ns + MINUTE]
        assert sum(minute.by_status.values()) == len(inside)
        assert minute.pain == sum(point.pain is True for point in inside)
        assert minute.no_pain == sum(point.pain is False for point in inside)
    assert sum(sum(minute.by_status.values()) for minute in told.minutes) == len(told.points)


@settings(max_examples=100, deadline=None)
@given(scenes())
def test_a_camera_that_sees_no_face_changes_no_score(scene: Scene) -> None:
    alone = Scene(
        CageSetup(**{**_fields(scene.setup), "cameras": ("a",)}),
        tuple(s for s in scene.streams if not s or not isinstance(s[0][0], Prediction) or s[0][0].camera == "a"),
    )
    blind = tuple((look("blind", each.time_ns, Status.NO_FACE), 0) for each in looks_of(alone))
    beside = Scene(CageSetup(**{**_fields(scene.setup), "cameras": ("a", "blind")}), (*alone.streams, blind))
    assert _scores(run(beside, delayed=True).points) == _scores(run(alone, delayed=True).points)


def _fields(setup: CageSetup) -> dict[str, object]:
    return {name: getattr(setup, name) for name in setup.__slots__}


def _scores(points: tuple[FusedPoint, ...]) -> list[tuple[int, float | None, bool | None]]:
    return [(point.time_ns, point.pain_probability, point.pain) for point in points if point.status is Status.OK]

"""Rounds of many cameras under load: newest first, fair, nothing of a recording lost, and what was not done counted."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import numpy as np
import pytest

from fixtures.turned_clock import TurnedClock
from painwatch.capture.ring import RingReader, RingWriter
from painwatch.core.clock import Stamp
from painwatch.core.types import Prediction, Status
from painwatch.infer import schedule
from painwatch.infer.eye import Eye
from painwatch.infer.pipeline import Settings, Tools
from painwatch.infer.rounds import IDLE_S, LONGEST_IDLE_S, Opened, go_round, idle_s, turns_of
from painwatch_engines.face import FaceMultiple
from painwatch_engines.quality import Gate

SECOND = 10**9
PICTURE = np.zeros((9, 16, 3), np.uint8)


class SlowNetworks:
    """Networks that see no face, and take their time: the clock is turned by `cost_s` for each picture."""

    engine = "test"

    def __init__(self, clock: TurnedClock, cost_s: float, most_batched: int) -> None:
        self._clock, self._cost_s, self.most_batched = clock, cost_s, most_batched
        self.batches: list[int] = []

    def poses(self, frames: np.ndarray) -> np.ndarray:
        self.batches.append(len(frames))
        self._clock.turn(self._cost_s * len(frames))
        return np.zeros((len(frames), 5, 3))

    def run(self, inputs: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        raise AssertionError("there is no face to score")


class Site:
    """Cameras of 25 frames a second before one worker whose looks cost `cost_s` each."""

    def __init__(
        self, folder: Path, rates_hz: list[float], *, cost_s: float, most_batched: int, tapes: int = 0
    ) -> None:
        self.clock, self.said = TurnedClock(), list[Prediction]()
        self.networks = SlowNetworks(self.clock, cost_s, most_batched)
        tools = Tools(self.networks, 640, self.networks, 224, "m 1 (abcd)")
        self.opened = Opened(tools, Settings(FaceMultiple(1.6), 0.9, Gate()), {"cage": ""})
        live = len(rates_hz) - tapes
        self.eyes, self.rings = [], []
        for number, rate_hz in enumerate(rates_hz):
            path = folder / f"{number}.ring"
            self.rings.append(RingWriter(path, 8, *PICTURE.shape[:2]))
            sampling = schedule.Sampling(schedule.period_ns(rate_hz))
            self.eyes.append(Eye("cage", str(number), number >= live, RingReader(path), sampling))
        self.turns = turns_of(self.eyes)
        self.started = self.clock.now()
        self.frames = [0] * len(rates_hz)

    def run(self, seconds: float) -> None:
        until_ns = self.clock.mono_ns + round(seconds * SECOND)
        while self.clock.mono_ns < until_ns:
            self.write()
            if not self.round():
                self.clock.turn(idle_s(self.eyes, self.clock.now()))

    def round(self) -> bool:
        return go_round(self.eyes, self.turns, self.opened, self._send, self.clock, threading.Event())

    def write(self) -> None:
        """The frames that came since it was called last; a recording's as soon as there is room."""
        due = (self.clock.mono_ns - self.started.mono_ns) // 40_000_000 + 1
        for number, (eye, ring) in enumerate(zip(self.eyes, self.rings, strict=True)):
            until = ring.acknowledged + ring.shape.slots if eye.recording else due
            for frame in range(max(self.frames[number], until - ring.shape.slots), until):
                at_ns = frame * 40_000_000
                ring.write(PICTURE, Stamp(self.started.wall_ns + at_ns, self.started.mono_ns + at_ns))
            self.frames[number] = max(self.frames[number], until)

    def _send(self, prediction: Prediction, *, patient: threading.Event | None) -> None:
        self.said.append(prediction)

    def close(self) -> None:
        for eye, ring in zip(self.eyes, self.rings, strict=True):
            eye.reader.close()
            ring.close()


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Callable[..., Site]]:
    made: list[Site] = []

    def make(rates_hz: list[float], *, cost_s: float, most_batched: int = 1, tapes: int = 0) -> Site:
        made.append(Site(tmp_path, rates_hz, cost_s=cost_s, most_batched=most_batched, tapes=tapes))
        return made[-1]

    yield make
    for each in made:
        each.close()


def test_without_need_every_camera_is_looked_at_once_a_cell_and_nothing_is_overrun(site: Callable[..., Site]) -> None:
    watched = site([2, 4, 1], cost_s=0.01)
    watched.run(20)
    looks = Counter(said.camera for said in watched.said)
    assert looks == {"0": pytest.approx(40, abs=1), "1": pytest.approx(80, abs=1), "2": pytest.approx(20, abs=1)}
    assert {said.overrun for said in watched.said} == {0.0}
    assert {said.status for said in watched.said} == {Status.NO_FACE}


@pytest.mark.parametrize("most_batched", [1, 4])
def test_under_load_each_has_its_share_and_what_was_not_done_is_told(
    site: Callable[..., Site], most_batched: int
) -> None:
    rates = [2.0, 4.0, 1.0, 1.0]
    watched = site(rates, cost_s=0.25, most_batched=most_batched)
    watched.run(120)
    looks = Counter(said.camera for said in watched.said)
    for number, rate_hz in enumerate(rates):
        # Half of the 8 looks a second can be taken.
        assert looks[str(number)] >= 120 * rate_hz / 2 * 0.97 - 1
        last = [said.overrun for said in watched.said if said.camera == str(number)][-1]
        assert last == pytest.approx(0.5, abs=0.06)
    assert max(watched.networks.batches) <= most_batched


def test_under_load_the_newest_frame_is_looked_at(site: Callable[..., Site]) -> None:
    watched = site([5.0] * 4, cost_s=0.3)
    watched.run(30)
    # One look takes 300 ms and a frame is at most 40 ms old when its turn comes.
    assert max(said.age_ms for said in watched.said) <= 341
    for camera in "0123":
        times = [said.time_ns for said in watched.said if said.camera == camera]
        assert times == sorted(set(times))


def test_a_recording_beside_busy_cameras_loses_nothing_and_holds_nobody_up(site: Callable[..., Site]) -> None:
    watched = site([2.0, 2.0, 5.0], cost_s=0.05, tapes=1)
    watched.run(60)
    looks = Counter(said.camera for said in watched.said)
    assert min(looks["0"], looks["1"]) >= 119
    tape = [said for said in watched.said if said.camera == "2"]
    assert [said.seq for said in tape] == list(range(1, 5 * len(tape), 5))
    assert len(tape) >= 60 / 0.05 - 240 - 10
    assert {said.overrun for said in watched.said} == {0.0}


def test_a_recording_has_no_more_than_its_share_where_there_is_not_time_for_all(site: Callable[..., Site]) -> None:
    watched = site([2.0, 2.0, 4.0], cost_s=0.25, tapes=1)
    watched.run(60)
    looks = Counter(said.camera for said in watched.said)
    assert looks["2"] == pytest.approx(120, abs=3)
    assert looks["0"] == pytest.approx(60, abs=3)
    assert [said.seq for said in watched.said if said.camera == "2"][:4] == [1, 8, 14, 20]


def test_the_worker_rests_until_a_cell_opens_and_no_longer(site: Callable[..., Site]) -> None:
    watched = site([2.0, 4.0], cost_s=0.001)
    watched.write()
    assert idle_s(watched.eyes, watched.clock.now()) == IDLE_S
    while not watched.round():
        pass
    watched.round()
    assert idle_s(watched.eyes, watched.clock.now()) == LONGEST_IDLE_S
    opens_ns = min(schedule.opens_ns(eye.sampling) for eye in watched.eyes)
    watched.clock.turn((opens_ns - watched.clock.wall_ns) / SECOND - 0.02)
    assert idle_s(watched.eyes, watched.clock.now()) == pytest.approx(0.02, abs=1e-4)
    watched.clock.turn(0.02)
    assert idle_s(watched.eyes, watched.clock.now()) == IDLE_S
    watched.clock.wall_ns -= 3600 * SECOND
    assert idle_s(watched.eyes, watched.clock.now()) == IDLE_S


@pytest.mark.parametrize(("rate_hz", "apart_ms"), [(10.0, 200), (10.0, 330), (5.0, 400), (2.0, 700)])
def test_a_worker_with_time_for_all_tells_no_overrun_of_a_camera_that_sends_in_bursts(
    site: Callable[..., Site], monkeypatch: pytest.MonkeyPatch, rate_hz: float, apart_ms: int
) -> None:
    watched = site([rate_hz], cost_s=0.001)

    def write() -> None:
        due = (watched.clock.mono_ns - watched.started.mono_ns) // (apart_ms * 1_000_000) + 1
        for burst in range(watched.frames[0], due):
            at_ns = burst * apart_ms * 1_000_000
            for _ in range(5):
                watched.rings[0].write(PICTURE, Stamp(watched.started.wall_ns + at_ns, watched.started.mono_ns + at_ns))
        watched.frames[0] = due

    monkeypatch.setattr(watched, "write", write)
    watched.run(30)
    assert sum(said.status is Status.NO_FACE for said in watched.said) >= 40
    assert {said.overrun for said in watched.said} == {0.0}


def test_a_camera_that_falls_silent_costs_no_turn_and_is_told(site: Callable[..., Site]) -> None:
    watched = site([2.0, 2.0], cost_s=0.01)
    watched.run(5)
    watched.frames[1] = 10**9
    watched.said.clear()
    watched.run(10)
    said = Counter((each.camera, each.status) for each in watched.said)
    assert said["1", Status.NO_FRAME] == pytest.approx(20, abs=2)
    assert said["0", Status.NO_FACE] == pytest.approx(20, abs=1)
    assert {each.overrun for each in watched.said} == {0.0}

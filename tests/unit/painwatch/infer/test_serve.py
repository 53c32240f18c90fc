"""One camera's turn: rings that are replaced, left behind or unreadable."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from fixtures.hubs import config_of
from fixtures.turned_clock import TurnedClock
from painwatch.capture.ring import RingReader, RingWriter
from painwatch.config.models import WorkerConfig
from painwatch.core.clock import Stamp
from painwatch.core.types import Prediction, Status
from painwatch.infer import schedule
from painwatch.infer.eye import OLD_NS, Eye
from painwatch.infer.rounds import Opened, go_round, turns_of
from painwatch.infer.worker import _open

SECOND = 1_000_000_000
NO_MODEL = Opened(None, None, {}, "no model")


class Bench:
    """One camera with a ring of `slots` frames, and all that was said of it."""

    def __init__(self, path: Path, *, recording: bool, slots: int) -> None:
        self.path, self.slots, self.clock = path, slots, TurnedClock()
        self.eye = Eye("cage", "cam", recording, RingReader(path), schedule.Sampling(SECOND // 10))
        self.turns = turns_of([self.eye])
        self.said: list[Prediction] = []
        self.meanwhile: Callable[[], None] = lambda: None
        self.ring = self.new_ring()

    def new_ring(self) -> RingWriter:
        return RingWriter(self.path, self.slots, 18, 32)

    def write(self, *at_s: float) -> None:
        now = self.clock.now()
        for each in at_s:
            stamp = Stamp(now.wall_ns + round(each * SECOND), now.mono_ns)
            self.ring.write(np.zeros((18, 32, 3), np.uint8), stamp)

    def stop_and_start_capture(self) -> None:
        self.ring.close(unlink=True)
        self.ring = self.new_ring()

    def serve(self) -> bool:
        return go_round([self.eye], self.turns, NO_MODEL, self._send, self.clock, threading.Event())

    def close(self) -> None:
        self.ring.close()
        self.eye.reader.close()

    def _send(self, prediction: Prediction, *, patient: threading.Event | None) -> None:
        self.said.append(prediction)
        self.meanwhile()


def test_a_recording_that_starts_again_is_read_from_its_first_frame(tmp_path: Path) -> None:
    bench = Bench(tmp_path / "cam.ring", recording=True, slots=8)
    bench.write(0, 1, 2, 3, 4)
    while bench.serve():
        pass
    assert bench.ring.acknowledged == 5
    bench.stop_and_start_capture()
    bench.said.clear()
    bench.write(10, 11, 12, 13, 14, 15, 16)
    while bench.serve():
        pass
    assert [each.seq for each in bench.said] == [1, 2, 3, 4, 5, 6, 7]
    bench.close()


def test_frames_of_a_new_ring_are_not_acknowledged_by_those_of_the_old_one(tmp_path: Path) -> None:
    bench = Bench(tmp_path / "cam.ring", recording=True, slots=3)
    for at_s in range(20):
        bench.write(at_s)
        bench.serve()
    bench.write(20)

    def restart() -> None:
        bench.stop_and_start_capture()
        bench.write(30, 31)
        bench.meanwhile = lambda: None

    bench.meanwhile = restart
    bench.serve()
    assert bench.ring.acknowledged == 0
    bench.said.clear()
    while bench.serve():
        pass
    assert [each.seq for each in bench.said] == [1, 2]
    bench.close()


def test_a_recording_whose_frames_cannot_be_acknowledged_is_said_once_and_not_tried_without_pause(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    bench = Bench(tmp_path / "cam.ring", recording=True, slots=3)

    def fails(*_: object) -> None:
        raise PermissionError("not allowed")

    with monkeypatch.context() as patched:
        patched.setattr(RingReader, "acknowledge", fails)
        bench.write(0)
        assert [bench.serve() for _ in range(4)] == [True, False, False, False]
    assert [record.levelname for record in caplog.records] == ["ERROR"]
    assert len(bench.said) == 1
    bench.serve()
    assert bench.eye.ring_fault == ""
    bench.close()


@pytest.mark.parametrize("age_ns", [OLD_NS + 1, -10 * SECOND], ids=["too old", "of another boot"])
def test_a_live_frame_that_was_left_behind_is_not_judged_as_new(tmp_path: Path, age_ns: int) -> None:
    bench = Bench(tmp_path / "cam.ring", recording=False, slots=3)
    bench.write(0)
    bench.clock.mono_ns += age_ns
    bench.serve()
    bench.clock.turn(1)
    bench.serve()
    assert [(each.status, each.seq) for each in bench.said] == [(Status.NO_FRAME, 1)]
    bench.close()


def test_a_live_camera_that_starts_again_from_frame_1_is_seen(tmp_path: Path) -> None:
    bench = Bench(tmp_path / "cam.ring", recording=False, slots=3)
    bench.write(*(n / 100 for n in range(50)))
    bench.serve()
    bench.stop_and_start_capture()
    bench.clock.turn(1)
    bench.write(0)
    bench.serve()
    assert [(each.status, each.seq) for each in bench.said] == [(Status.ENGINE_ERROR, 50), (Status.ENGINE_ERROR, 1)]
    bench.close()


@pytest.mark.parametrize("fault", [PermissionError("not allowed"), MemoryError("too large"), ValueError("no map")])
def test_a_ring_that_cannot_be_read_is_said_of_its_camera(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: Exception
) -> None:
    bench = Bench(tmp_path / "cam.ring", recording=False, slots=3)

    def fails(*_: object) -> None:
        raise fault

    monkeypatch.setattr("painwatch.capture.ring.OpenRing", fails)
    for _ in range(2):
        bench.serve()
        bench.clock.turn(1)
    assert [each.status for each in bench.said] == [Status.NO_FRAME]
    assert str(fault) in bench.said[0].detail
    bench.close()


@pytest.mark.parametrize("fault", [PermissionError("card.yaml"), MemoryError("too large")])
def test_models_that_cannot_be_opened_for_any_reason_end_no_worker(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: Exception
) -> None:
    def fails(*_: object, **__: object) -> None:
        raise fault

    monkeypatch.setattr("painwatch.infer.worker.open_tools", fails)
    opened = _open(config_of(), WorkerConfig(), tmp_path)
    assert opened.tools is None
    assert str(fault) in opened.fault

"""The inference process with real rings, real sockets and real ONNX models (tiny ones)."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import zmq

from fixtures.model_folders import write_classifier_folder, write_keypoint_folder
from painwatch.capture.ring import RingWriter
from painwatch.config.models import Config
from painwatch.config.places import Places
from painwatch.core.clock import SystemClock
from painwatch.core.errors import PainwatchError
from painwatch.core.types import Prediction, Status
from painwatch.core.wire import decode
from painwatch.infer.worker import run_infer


def config_for(folder: Path, cameras: list[dict[str, object]], **cage: object) -> Config:
    write_keypoint_folder(folder / "keypoints")
    write_classifier_folder(folder / "classifier")
    facts = {"name": "cage", "species": "rat", "strain": "rendered", "coat": "white", "sample_rate_hz": 20}
    return Config.model_validate(
        {
            "version": 1,
            "site": "test",
            "cages": [facts | {"cameras": cameras} | cage],
            "keypoints": {"model": "keypoints"},
            "classifier": {"model": "classifier"},
        }
    )


def virtual(name: str) -> dict[str, object]:
    return {"name": name, "source": {"kind": "virtual", "view": name}}


def recording(name: str) -> dict[str, object]:
    return {"name": name, "source": {"kind": "file", "path": "unused.mp4", "pace": "fast"}}


@contextlib.contextmanager
def running(
    config: Config, places: Places, folder: Path
) -> Iterator[Callable[[Callable[[Prediction], bool]], Prediction]]:
    """The worker in a thread; gives a function that waits for a prediction of which something holds."""
    places.run_dir.mkdir(exist_ok=True)
    stop, context = threading.Event(), zmq.Context()
    socket = context.socket(zmq.PULL)
    socket.bind(places.results)
    thread = threading.Thread(
        target=run_infer, args=(config, places, "cpu"), kwargs={"config_dir": folder, "stop": stop}, name="infer"
    )
    thread.start()

    def wait_for(holds: Callable[[Prediction], bool]) -> Prediction:
        for _ in range(2000):
            assert socket.poll(20_000), "the worker says nothing"
            message = decode(socket.recv())
            assert isinstance(message, Prediction)
            if holds(message):
                return message
        raise AssertionError("no such prediction came")

    try:
        yield wait_for
    finally:
        stop.set()
        thread.join(20)
        socket.close()
        context.term()
        assert not thread.is_alive()


def frame(seed: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(60, 200, (180, 320, 3)).astype(np.uint8)


@pytest.fixture
def places(tmp_path: Path) -> Places:
    return Places(tmp_path / "run", tmp_path / "data")


def test_a_frame_is_scored_silence_is_said_and_a_new_frame_is_scored_again(tmp_path: Path, places: Places) -> None:
    config = config_for(tmp_path, [virtual("left"), virtual("right")])
    writer = RingWriter(places.ring("left"), 4, 180, 320)
    with running(config, places, tmp_path) as wait_for:
        writer.write(frame(1), SystemClock().now())
        scored = wait_for(lambda p: p.camera == "left" and p.status is Status.OK)
        assert scored.pain_probability == pytest.approx(0.75)
        assert (scored.seq, scored.cage) == (1, "cage")
        assert scored.age_ms > 0
        silent = wait_for(lambda p: p.camera == "left" and p.status is Status.NO_FRAME)
        assert silent.time_ns > scored.time_ns
        wait_for(lambda p: p.camera == "right" and p.status is Status.NO_FRAME)
        writer.write(frame(2), SystemClock().now())
        assert wait_for(lambda p: p.camera == "left" and p.status is Status.OK).seq == 2
        writer.close()
        assert wait_for(lambda p: p.camera == "left" and p.status is Status.NO_FRAME).pain_probability is None


def test_of_a_recording_nothing_is_dropped_and_it_is_sampled_in_event_time(tmp_path: Path, places: Places) -> None:
    config = config_for(tmp_path, [recording("tape")], sample_rate_hz=10)
    writer, stamp = RingWriter(places.ring("tape"), 3, 180, 320), SystemClock().now()
    start = stamp.wall_ns - stamp.wall_ns % 10**9
    with running(config, places, tmp_path) as wait_for:
        stop = threading.Event()

        def write() -> None:
            for index in range(40):  # 20 frames a second of event time
                at = type(stamp)(start + index * 50_000_000, stamp.mono_ns)
                writer.write_when_free(frame(index), at, stop)

        tape = threading.Thread(target=write, name="tape")
        tape.start()
        seen = [wait_for(lambda p: True) for _ in range(20)]
        tape.join(20)
        assert not tape.is_alive()
    writer.close()
    assert [p.seq for p in seen] == list(range(1, 41, 2))
    assert [p.time_ns - start for p in seen] == [index * 100_000_000 for index in range(20)]


def test_a_cage_the_model_was_not_made_for_is_said_to_be_so(tmp_path: Path, places: Places) -> None:
    config = config_for(tmp_path, [virtual("left")], strain="Sprague-Dawley")
    writer = RingWriter(places.ring("left"), 4, 180, 320)
    with running(config, places, tmp_path) as wait_for:
        writer.write(frame(1), SystemClock().now())
        said = wait_for(lambda p: p.seq == 1 and p.status is not Status.NO_FRAME)
        assert said.status is Status.OUT_OF_DOMAIN
        assert "Sprague-Dawley" in said.detail
    writer.close()


def test_a_truncated_model_is_an_engine_error_until_it_is_whole_again(
    tmp_path: Path, places: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("painwatch.infer.worker.RETRY_TOOLS_S", 0.1)
    config = config_for(tmp_path, [virtual("left")])
    model = tmp_path / "classifier" / "model.onnx"
    whole = model.read_bytes()
    model.write_bytes(whole[:-20])
    writer = RingWriter(places.ring("left"), 4, 180, 320)
    with running(config, places, tmp_path) as wait_for:
        writer.write(frame(1), SystemClock().now())
        said = wait_for(lambda p: p.seq == 1 and p.status is not Status.NO_FRAME)
        assert said.status is Status.ENGINE_ERROR
        assert "model.onnx" in said.detail
        model.write_bytes(whole)
        for index in range(2, 200):
            writer.write(frame(index), SystemClock().now())
            if wait_for(lambda p, index=index: p.seq == index).status is Status.OK:
                break
        else:
            raise AssertionError("the worker did not try the model again")
    writer.close()


def test_a_file_that_is_no_ring_is_said_and_does_not_end_the_worker(tmp_path: Path, places: Places) -> None:
    config = config_for(tmp_path, [virtual("left"), virtual("right")])
    places.ring("left").parent.mkdir(parents=True)
    places.ring("left").write_bytes(b"nonsense" * 1000)
    writer = RingWriter(places.ring("right"), 4, 180, 320)
    with running(config, places, tmp_path) as wait_for:
        assert "ring" in wait_for(lambda p: p.camera == "left").detail
        writer.write(frame(1), SystemClock().now())
        assert wait_for(lambda p: p.camera == "right" and p.seq == 1).pain_probability is not None
    writer.close()


def test_a_worker_that_is_not_configured_is_named(tmp_path: Path, places: Places) -> None:
    config = config_for(tmp_path, [virtual("left")])
    with pytest.raises(PainwatchError, match=r"no worker 'gpu'.*Use one of: cpu"):
        run_infer(config, places, "gpu", config_dir=tmp_path, stop=threading.Event())

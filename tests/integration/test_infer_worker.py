"""The inference process with real rings, real sockets and real ONNX models (tiny ones)."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from fixtures.infer_bench import config_for, frame, recording, running, virtual
from painwatch.capture.ring import RingWriter
from painwatch.config.places import Places
from painwatch.core.clock import SystemClock
from painwatch.core.errors import PainwatchError
from painwatch.core.types import Status
from painwatch.infer.worker import run_infer


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


def test_cameras_that_are_looked_at_together_are_each_told_their_own(tmp_path: Path, places: Places) -> None:
    names = ["one", "two", "three", "four", "five"]
    config = config_for(tmp_path, [virtual(name) for name in names])
    writers = {name: RingWriter(places.ring(name), 4, 180, 320) for name in names}
    seen: set[str] = set()
    with running(config, places, tmp_path) as wait_for:
        for seed in range(500):
            for writer in writers.values():
                writer.write(frame(seed), SystemClock().now())
            told = wait_for(lambda p: p.status is Status.OK)
            assert told.pain_probability == pytest.approx(0.75)
            assert 1 <= told.seq <= writers[told.camera].newest
            seen.add(told.camera)
            if seen == set(names):
                break
    assert seen == set(names)
    for writer in writers.values():
        writer.close()


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

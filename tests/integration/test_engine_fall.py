"""An engine that fails while the watch runs: the next computes, every look says so, and the first comes back."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from fixtures.infer_bench import config_for, frame, running, virtual
from painwatch.capture.ring import RingWriter
from painwatch.config.models import Config, WorkerConfig
from painwatch.config.places import Places
from painwatch.core.clock import SystemClock
from painwatch.core.types import Prediction, Status
from painwatch_engines.errors import EngineError
from painwatch_engines.runtime import PlanCache, Runtime, selection
from painwatch_engines.runtime.onnxruntime_session import open_cpu

GPU, CPU = "onnxruntime-cuda", "onnxruntime-cpu"
FALLEN = f"{CPU} (instead of {GPU})"


class Switch:
    """A stand-in for a GPU engine: computes as the CPU does until it is broken."""

    def __init__(self) -> None:
        self.broken = False

    def open(self, model: Path, plans: PlanCache, threads: int) -> Runtime:
        if self.broken:
            raise EngineError("the GPU is not there", GPU, "Look at it.")
        return _Engine(self, open_cpu(model))


class _Engine:
    engine = GPU
    most_batched = 1

    def __init__(self, switch: Switch, inner: Runtime) -> None:
        self._switch, self._inner = switch, inner

    def run(self, inputs: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
        if self._switch.broken:
            raise EngineError("the GPU fell off the bus", GPU, "Look at it.")
        return self._inner.run(inputs)


@pytest.fixture
def switch(monkeypatch: pytest.MonkeyPatch) -> Switch:
    made = Switch()
    monkeypatch.setitem(selection.ENGINES, GPU, made.open)
    monkeypatch.setattr("painwatch_engines.runtime.chain.FIRST_RETRY_S", 0.2)
    return made


def chained(folder: Path, *chain: str) -> Config:
    config = config_for(folder, [virtual("left")], sample_rate_hz=200)
    return config.model_copy(update={"workers": (WorkerConfig.model_validate({"chain": chain}),)})


class Camera:
    """Writes frame after frame until the worker says what is waited for."""

    def __init__(self, places: Places, wait_for: Callable[[Callable[[Prediction], bool]], Prediction]) -> None:
        self._writer = RingWriter(places.ring("left"), 4, 180, 320)
        self._wait_for, self._seqs = wait_for, itertools.count(1)
        self.said: list[Prediction] = []

    def until(self, engine: str) -> Prediction:
        deadline_s = time.monotonic() + 60
        while time.monotonic() < deadline_s:
            seq = next(self._seqs)
            self._writer.write(frame(seq), SystemClock().now())
            said = self._wait_for(lambda p, seq=seq: p.seq == seq)
            if said.status is Status.NO_FRAME:
                # It came in the moment of the frame before, and was not looked at.
                continue
            self.said.append(said)
            if said.engine == engine:
                return said
        raise AssertionError(f"never computed with {engine}, but with {said.engine}")

    def close(self) -> None:
        self._writer.close()


def test_the_watch_goes_on_with_the_next_engine_says_so_and_climbs_back(
    tmp_path: Path, switch: Switch, caplog: pytest.LogCaptureFixture
) -> None:
    places = Places(tmp_path / "run", tmp_path / "data")
    with running(chained(tmp_path, GPU, CPU), places, tmp_path) as wait_for:
        camera = Camera(places, wait_for)
        camera.until(f"{GPU} + {GPU}")
        switch.broken = True
        fallen = camera.until(f"{FALLEN} + {FALLEN}")
        assert fallen.pain_probability == pytest.approx(0.75)
        switch.broken = False
        camera.until(f"{GPU} + {GPU}")
        camera.close()
    assert {said.status for said in camera.said} == {Status.OK}
    assert "the GPU fell off the bus" in caplog.text


def test_where_no_engine_works_it_is_said_and_the_same_models_work_again_later(tmp_path: Path, switch: Switch) -> None:
    places = Places(tmp_path / "run", tmp_path / "data")
    with running(chained(tmp_path, GPU), places, tmp_path) as wait_for:
        camera = Camera(places, wait_for)
        camera.until(f"{GPU} + {GPU}")
        switch.broken = True
        for _ in range(5):
            said = camera.until(f"{GPU} + {GPU}")
        assert said.status is Status.ENGINE_ERROR
        assert said.pain_probability is None
        assert "the GPU" in said.detail
        switch.broken = False
        assert camera.until(f"{GPU} + {GPU}").status is Status.OK
        camera.close()


def test_numbers_that_are_not_finite_are_computed_again_by_the_next_engine(
    tmp_path: Path, switch: Switch, monkeypatch: pytest.MonkeyPatch
) -> None:
    def poisoned(self: _Engine, inputs: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
        return {name: np.full_like(values, np.nan) for name, values in self._inner.run(inputs).items()}

    monkeypatch.setattr(_Engine, "run", poisoned)
    places = Places(tmp_path / "run", tmp_path / "data")
    with running(chained(tmp_path, GPU, CPU), places, tmp_path) as wait_for:
        camera = Camera(places, wait_for)
        assert camera.until(f"{FALLEN} + {FALLEN}").status is Status.OK
        camera.close()


def test_a_plan_that_was_never_built_is_passed_over_with_the_command_that_builds_it(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    places = Places(tmp_path / "run", tmp_path / "data")
    config = chained(tmp_path, "onnxruntime-cpu-int8", CPU)
    config = config.model_copy(update={"runtime": config.runtime.model_copy(update={"engine_dir": Path("forms")})})
    with running(config, places, tmp_path) as wait_for:
        camera = Camera(places, wait_for)
        instead = f"{CPU} (instead of onnxruntime-cpu-int8)"
        camera.until(f"{instead} + {instead}")
        camera.close()
    assert "painwatch engine build MODEL_FOLDER --target onnxruntime --precision int8" in caplog.text
    assert str(tmp_path / "forms") in caplog.text

"""Falling to the next engine and climbing back."""

from __future__ import annotations

import gc
import logging
import threading
import weakref
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from painwatch_engines.errors import EngineError
from painwatch_engines.runtime import ChainRuntime, InputError, PlanCache, Runtime
from painwatch_engines.runtime.chain import FIRST_RETRY_S, LAST_RETRY_S, Check

BEST, NEXT = "onnxruntime-cuda", "onnxruntime-cpu"
INPUT = {"x": np.zeros((1, 2), np.float32)}
THREE = {"x": np.zeros((3, 2), np.float32)}


def failure(what: str) -> EngineError:
    return EngineError(what, "engine", "Mend it.")


class Bench:
    """Two engines of which each can be broken: what it raises when opened or run; and a clock that is turned."""

    def __init__(self, tmp_path: Path) -> None:
        self.now_s = 100.0
        self.opening: dict[str, Exception] = {}
        self.running: dict[str, Exception] = {}
        self.opened: list[str] = []
        self.passed: list[str] = []
        self.aside: list[Callable[[], None]] = []
        self.value = {BEST: 1.0, NEXT: 2.0}
        self.room = 4
        self.model = tmp_path / "model.onnx"

    def chain(self, check: Check | None = None) -> ChainRuntime:
        return ChainRuntime(
            self.model,
            (BEST, NEXT),
            passed_over=lambda name, error: self.passed.append(f"{name}: {error.what}"),
            plans=PlanCache(self.model.parent),
            check=check,
            open_with=self.open,
            clock_s=lambda: self.now_s,
            aside=self.aside.append,
        )

    def work_aside(self) -> int:
        """Does what was put aside; how many pieces of work that was."""
        work = self.aside[:]
        self.aside.clear()
        for each in work:
            each()
        return len(work)

    def open(self, name: str, path: Path, plans: PlanCache) -> Runtime:
        self.opened.append(name)
        if name in self.opening:
            raise self.opening[name]
        return Engine(self, name, fresh=self.opened.count(name))


class Engine:
    most_batched = 4

    def __init__(self, bench: Bench, name: str, fresh: int) -> None:
        self._bench, self._name, self._fresh = bench, name, fresh
        self.broken = False

    @property
    def engine(self) -> str:
        return self._name

    def run(self, inputs: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
        if self._name in self._bench.running:
            raise self._bench.running[self._name]
        if len(inputs["x"]) > self._bench.room:
            raise failure("no room for so many")
        return {"y": np.full(len(inputs["x"]), self._bench.value[self._name])}


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def computed(chain: ChainRuntime) -> tuple[float, str]:
    return float(chain.run(INPUT)["y"][0]), chain.engine


def test_the_best_engine_that_opens_computes_and_the_others_are_not_opened(bench: Bench) -> None:
    assert computed(bench.chain()) == (1.0, BEST)
    assert bench.opened == [BEST]
    assert bench.passed == []


def test_an_engine_that_does_not_open_is_told_and_named_in_what_computes(bench: Bench) -> None:
    bench.opening[BEST] = failure("no GPU")
    assert computed(bench.chain()) == (2.0, f"{NEXT} (instead of {BEST})")
    assert bench.passed == [f"{BEST}: no GPU"]


def test_an_engine_that_fails_in_a_run_makes_way_in_that_same_run(bench: Bench) -> None:
    chain = bench.chain()
    assert computed(chain) == (1.0, BEST)
    bench.running[BEST] = failure("the GPU fell off")
    assert computed(chain) == (2.0, f"{NEXT} (instead of {BEST})")
    assert bench.passed == [f"{BEST}: the GPU fell off"]
    assert computed(chain) == (2.0, f"{NEXT} (instead of {BEST})")
    assert bench.opened == [BEST, NEXT]


def test_it_is_opened_anew_after_a_pause_and_computes_again(bench: Bench) -> None:
    chain = bench.chain()
    bench.running[BEST] = failure("the GPU fell off")
    computed(chain)
    del bench.running[BEST]
    bench.now_s += FIRST_RETRY_S - 1
    assert computed(chain)[0] == 2.0
    assert bench.work_aside() == 0
    bench.now_s += 1
    assert computed(chain)[0] == 2.0
    assert bench.work_aside() == 1
    assert computed(chain) == (1.0, BEST)
    assert bench.opened == [BEST, NEXT, BEST]


def test_no_run_waits_for_an_engine_that_is_opened_anew(bench: Bench) -> None:
    chain, first = bench.chain(), bench.open
    chain._aside = ChainRuntime(bench.model, (NEXT,), open_with=first)._aside
    bench.running[BEST] = failure("the GPU fell off")
    computed(chain)
    bench.running.clear()
    let_open = threading.Event()
    before = set(threading.enumerate())

    def slowly(name: str, path: Path, plans: PlanCache) -> Runtime:
        assert let_open.wait(60)
        return first(name, path, plans)

    chain._open = slowly
    bench.now_s += FIRST_RETRY_S
    for _ in range(5):
        assert computed(chain) == (2.0, f"{NEXT} (instead of {BEST})")
    (opening,) = set(threading.enumerate()) - before
    let_open.set()
    opening.join(60)
    assert computed(chain) == (1.0, BEST)


def test_an_engine_that_opens_and_does_not_compute_is_not_taken_back(bench: Bench) -> None:
    chain = bench.chain()
    bench.running[BEST] = failure("the GPU fell off")
    computed(chain)
    bench.now_s += FIRST_RETRY_S
    computed(chain)
    bench.work_aside()
    assert computed(chain)[0] == 2.0
    assert bench.passed == [f"{BEST}: the GPU fell off"]


def test_an_engine_that_failed_is_let_go_with_its_memory(bench: Bench) -> None:
    class Failing:
        engine = BEST
        most_batched = 1

        def run(self, inputs: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
            raise failure("out of memory")

    chain = bench.chain()
    failing = Failing()
    chain._rungs[0].runtime, gone = failing, weakref.ref(failing)
    del failing
    gc.disable()
    try:
        computed(chain)
        assert gone() is None
    finally:
        gc.enable()


def test_pauses_double_up_to_a_limit_while_it_goes_on_failing(bench: Bench) -> None:
    bench.opening[BEST] = failure("no GPU")
    chain = bench.chain()
    tried_s = [bench.now_s]
    for _ in range(12_000):
        bench.now_s += 1
        before = len(bench.opened)
        chain.run(INPUT)
        bench.work_aside()
        chain.run(INPUT)
        if BEST in bench.opened[before:]:
            tried_s.append(bench.now_s)
    pauses = np.diff(tried_s)
    assert pauses[:3].tolist() == [FIRST_RETRY_S, 2 * FIRST_RETRY_S, 4 * FIRST_RETRY_S]
    assert pauses.max() == LAST_RETRY_S
    assert bench.passed == [f"{BEST}: no GPU"]


def test_numbers_that_are_not_finite_are_a_failure(bench: Bench) -> None:
    bench.value[BEST] = float("nan")
    assert computed(bench.chain()) == (2.0, f"{NEXT} (instead of {BEST})")
    assert "not finite" in bench.passed[0]


def at_most_two(inputs: Mapping[str, NDArray[Any]], outputs: Mapping[str, NDArray[Any]]) -> None:
    if outputs["y"].max() > 2:
        raise failure("too large")


def test_numbers_that_cannot_be_an_answer_are_a_failure_until_they_can(bench: Bench) -> None:
    bench.value[BEST] = 3.0
    chain = bench.chain(at_most_two)
    assert computed(chain) == (2.0, f"{NEXT} (instead of {BEST})")
    assert bench.passed == [f"{BEST}: too large"]
    for value, expected in ((4.0, 2.0), (1.0, 1.0)):
        bench.value[BEST] = value
        bench.now_s += LAST_RETRY_S
        computed(chain)
        assert bench.work_aside() == 1
        assert computed(chain)[0] == expected


def test_an_input_to_which_no_engine_has_an_answer_is_no_engines_fault(bench: Bench) -> None:
    bench.value = {BEST: 3.0, NEXT: 3.0}
    chain = bench.chain(at_most_two)
    with pytest.raises(EngineError, match=f"{BEST}: too large; {NEXT}: too large"):
        chain.run(INPUT)
    bench.value = {BEST: 1.0, NEXT: 2.0}
    assert computed(chain) == (1.0, BEST)
    assert bench.passed == []


def test_an_engine_may_raise_anything(bench: Bench) -> None:
    bench.running[BEST] = MemoryError("out of memory")
    assert computed(bench.chain())[0] == 2.0
    assert "out of memory" in bench.passed[0]


def test_an_input_that_only_one_engine_does_not_take_is_computed_by_the_next_without_blame(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    chain = bench.chain()
    bench.running[BEST] = InputError("too large", "engine", "Less.")
    for _ in range(3):
        assert computed(chain) == (2.0, f"{NEXT} (instead of {BEST})")
    (told,) = caplog.records
    assert told.message == f"{BEST} leaves an input to {NEXT}: engine: too large. Less."
    del bench.running[BEST]
    assert computed(chain) == (1.0, BEST)
    assert bench.passed == []


def test_only_when_none_works_is_there_an_error_with_all_reasons(bench: Bench) -> None:
    chain = bench.chain()
    bench.running = {BEST: failure("the GPU fell off"), NEXT: failure("no memory")}
    with pytest.raises(EngineError, match=rf"{BEST}: the GPU fell off; {NEXT}: no memory"):
        chain.run(INPUT)


def test_an_input_that_no_engine_computes_leaves_the_engines_as_they_were(bench: Bench) -> None:
    chain = bench.chain()
    computed(chain)
    bench.running = {BEST: failure("bad frame"), NEXT: failure("bad frame")}
    for _ in range(5):
        with pytest.raises(EngineError):
            chain.run(INPUT)
    bench.running = {}
    assert computed(chain) == (1.0, BEST)


def test_engines_that_all_broke_are_opened_anew(bench: Bench) -> None:
    chain = bench.chain()
    first = bench.open

    class Broken(Exception):
        pass

    def only_fresh_ones_work(name: str, path: Path, plans: PlanCache) -> Runtime:
        if name == BEST:
            bench.running.clear()
        return first(name, path, plans)

    chain._open = only_fresh_ones_work
    bench.running = {BEST: Broken("context lost")}
    bench.opening = {NEXT: failure("not installed")}
    for _ in range(3):
        with pytest.raises(EngineError, match="context lost"):
            chain.run(INPUT)
    assert bench.work_aside() == 1
    assert computed(chain) == (1.0, BEST)


def test_a_chain_in_which_nothing_opens_is_an_error(bench: Bench) -> None:
    bench.opening = {BEST: failure("no GPU"), NEXT: failure("truncated")}
    with pytest.raises(EngineError, match=r"no GPU.*truncated"):
        bench.chain()


def test_a_bad_input_is_told_as_such(bench: Bench) -> None:
    chain = bench.chain()
    bench.running = {BEST: InputError("too large", "engine", "Less."), NEXT: InputError("too large", "engine", "Less.")}
    with pytest.raises(EngineError, match="too large"):
        chain.run(INPUT)


def test_several_pictures_are_computed_at_once_by_the_engine_whose_turn_it_is(bench: Bench) -> None:
    chain = bench.chain()
    assert (chain.run(THREE)["y"].tolist(), chain.engine, chain.most_batched) == ([1.0] * 3, BEST, 4)


def test_an_engine_that_has_no_room_for_several_keeps_its_place_and_gets_one_at_a_time(bench: Bench) -> None:
    chain, bench.room = bench.chain(), 1
    with pytest.raises(EngineError, match="no room"):
        chain.run(THREE)
    assert chain.most_batched == 1
    assert computed(chain) == (1.0, BEST)
    assert (bench.passed, bench.aside) == ([], [])
    bench.now_s += FIRST_RETRY_S
    assert chain.most_batched == 4


def test_an_engine_that_fails_at_several_and_at_one_makes_way(bench: Bench) -> None:
    chain = bench.chain()
    bench.running[BEST] = failure("the GPU fell off")
    with pytest.raises(EngineError, match="fell off"):
        chain.run(THREE)
    assert bench.passed == []
    assert computed(chain) == (2.0, f"{NEXT} (instead of {BEST})")
    assert chain.run(THREE)["y"].tolist() == [2.0] * 3
    bench.running.clear()
    bench.now_s += FIRST_RETRY_S
    chain.run(THREE)
    bench.work_aside()
    assert chain.run(THREE)["y"].tolist() == [1.0] * 3
    assert computed(chain) == (1.0, BEST)

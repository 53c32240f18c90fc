"""Many looks at once give what each would give alone, in as few runs of the networks as their engines gain by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from painwatch.core.types import Prediction, Status
from painwatch.infer.asks import Ask, Asking
from painwatch.infer.batches import look_many
from painwatch.infer.pipeline import Tools
from painwatch_engines.errors import EngineError

BROKEN = 255
"""A picture of this brightness cannot be computed, nor any that is computed with it."""


class Networks:
    """Both networks: they answer the brightness of each picture, and write down how many they got at once."""

    engine = "test"

    def __init__(self, most_batched: int) -> None:
        self.most_batched = most_batched
        self.runs: list[tuple[str, int]] = []

    def poses(self, frames: np.ndarray) -> np.ndarray:
        return self._brightness("keypoints", frames)

    def run(self, inputs: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        return {"brightness": self._brightness("classifier", inputs["faces"])}

    def _brightness(self, network: str, pictures: np.ndarray) -> np.ndarray:
        self.runs.append((network, len(pictures)))
        if (pictures == BROKEN).any():
            raise EngineError("too bright", "the network", "Dim it")
        return pictures[:, 0, 0, 0].astype(float)


def tools_of(networks: Networks) -> Tools:
    return Tools(networks, 640, networks, 224, "m 1 (abcd)")


def asking(number: int, asks: Sequence[tuple[Any, int, int]]) -> Asking[Prediction]:
    """A look that asks these (network, brightness, size) one after the other and tells what it was answered."""
    heard = []
    for network, brightness, size in asks:
        try:
            outputs = yield Ask(network, np.full((size, size, 3), brightness, np.uint8))
        except EngineError as error:
            heard.append(error.what)
        else:
            (value,) = next(iter(outputs.values()))
            heard.append(str(int(value)))
    return Prediction("cage", "cam", number, 0, 0, 0.0, Status.NO_FACE, detail=" ".join(heard))


ASKS = st.lists(
    st.lists(
        st.tuples(st.sampled_from(["keypoints", "classifier"]), st.integers(250, BROKEN), st.sampled_from([2, 3])),
        max_size=4,
    ),
    max_size=6,
)


@given(ASKS, st.integers(1, 8))
def test_each_look_is_given_once_with_its_own_answers(asked: list[list[tuple[str, int, int]]], most: int) -> None:
    networks = Networks(most)
    done = list(look_many([asking(n, each) for n, each in enumerate(asked)], tools_of(networks)))
    assert sorted(place for place, _ in done) == list(range(len(asked)))
    for place, prediction in done:
        wanted = ["too bright" if b == BROKEN else str(b) for _, b, _ in asked[place]]
        assert (prediction.seq, prediction.detail) == (place, " ".join(wanted))
    assert all(count <= most for _, count in networks.runs)


@pytest.mark.parametrize(
    ("most", "runs"),
    [
        (1, [("keypoints", 1), ("classifier", 1)] * 3),
        (2, [("keypoints", 2), ("classifier", 2), ("keypoints", 1), ("classifier", 1)]),
        (8, [("keypoints", 2), ("keypoints", 1), ("classifier", 2), ("classifier", 1)]),
    ],
)
def test_full_batches_go_first_and_a_look_that_is_nearly_done_waits_only_to_fill_one(
    most: int, runs: list[tuple[str, int]]
) -> None:
    networks = Networks(most)
    looks = [asking(n, [("keypoints", 1, 2), ("classifier", 2, 2)]) for n in range(3)]
    assert [place for place, _ in look_many(looks, tools_of(networks))] == [0, 1, 2]
    assert networks.runs == runs


def test_a_frame_that_cannot_be_computed_costs_no_other_its_look() -> None:
    networks = Networks(8)
    looks = [asking(n, [("keypoints", b, 2)]) for n, b in enumerate([1, BROKEN, 3, 4])]
    details = [prediction.detail for _, prediction in look_many(looks, tools_of(networks))]
    assert details == ["1", "too bright", "3", "4"]
    assert [count for _, count in networks.runs] == [4, 1, 1, 1, 1]


def test_an_engine_that_gives_fewer_answers_than_pictures_is_asked_for_one_at_a_time() -> None:
    class First(Networks):
        def poses(self, frames: np.ndarray) -> np.ndarray:
            return super().poses(frames)[:1]

    networks = First(8)
    looks = [asking(n, [("keypoints", b, 2)]) for n, b in enumerate([1, 2])]
    assert [prediction.detail for _, prediction in look_many(looks, tools_of(networks))] == ["1", "2"]


def test_no_looks_are_no_work() -> None:
    networks = Networks(8)
    assert list(look_many([], tools_of(networks))) == []
    assert networks.runs == []

"""Intervals by animal: they follow animals and not faces."""

from __future__ import annotations

import numpy as np
import pytest

from painwatch_engines.evaluation.binary import area_under_roc, confusion
from painwatch_engines.evaluation.bootstrap import FIGURES, draw_weights, figures_by_animal, mean_by_animal


def judged(seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    animals = np.repeat(["a", "b", "c", "d"], [30, 10, 20, 25])
    pain = rng.random(85) < 0.5
    probability = np.clip(0.5 + 0.2 * (pain - 0.5) + rng.normal(0, 0.2, 85), 0, 1).round(2)
    return probability, pain, animals


def test_values_are_the_pooled_figures() -> None:
    probability, pain, animals = judged()
    found = figures_by_animal(probability, pain, animals)
    assert tuple(found) == FIGURES
    counts = confusion(probability, pain)
    assert [found[name].value for name in ("F1", "accuracy")] == [counts.f1, counts.accuracy]
    assert found["AUC"].value == pytest.approx(area_under_roc(probability, pain))
    for interval in found.values():
        assert interval.low <= interval.value <= interval.high
        assert interval.animals == 4


def test_resampled_areas_are_those_of_the_faces_of_the_drawn_animals() -> None:
    probability, pain, animals = judged(1)
    names = np.unique(animals)
    areas = []
    for weights in draw_weights(4, 200, 1):
        rows = np.concatenate(
            [np.tile(np.flatnonzero(animals == n), int(w)) for n, w in zip(names, weights, strict=True)]
        )
        areas.append(area_under_roc(probability[rows], pain[rows]))
    found = figures_by_animal(probability, pain, animals, resamples=200)["AUC"]
    assert (found.low, found.high) == pytest.approx(tuple(np.quantile(areas, [0.025, 0.975])))


def test_animals_that_are_alike_leave_no_interval_however_few_their_faces() -> None:
    probability, pain = np.tile([0.9, 0.6, 0.4, 0.1], 6), np.tile([True, False, True, False], 6)
    found = figures_by_animal(probability, pain, np.repeat(list("abcdef"), 4))
    assert (found["accuracy"].low, found["accuracy"].high) == (0.5, 0.5)


def test_one_animal_has_no_interval() -> None:
    found = figures_by_animal(np.array([0.9, 0.1]), np.array([True, False]), np.array(["a", "a"]))
    assert found["F1"].value == 1
    assert np.isnan(found["F1"].low)


def test_mean_of_equal_differences_is_certain() -> None:
    found = mean_by_animal(np.full(6, 0.1))
    assert (found.low, found.value, found.high) == pytest.approx((0.1, 0.1, 0.1))
    wide = mean_by_animal(np.array([-1.0, 1.0, -1.0, 1.0]))
    assert wide.low < -0.4
    assert wide.high > 0.4

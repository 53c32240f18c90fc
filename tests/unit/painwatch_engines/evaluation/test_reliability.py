"""Calibration against cases whose figures are known."""

from __future__ import annotations

import numpy as np
import pytest

from painwatch_engines.evaluation.reliability import (
    brier,
    expected_calibration_error,
    fit_temperature,
    fit_temperature_and_shift,
    is_at_an_end,
    reliability,
    tempered,
    tempered_without_the_judged,
)


def test_perfect_and_constant_answers() -> None:
    pain = np.tile([True, False], 50)
    assert expected_calibration_error(pain.astype(float), pain) == 0
    assert brier(pain.astype(float), pain) == 0
    half = np.full(100, 0.5)
    assert expected_calibration_error(half, pain) == 0
    assert brier(half, pain) == 0.25
    sure = np.ones(100)
    assert expected_calibration_error(sure, pain) == pytest.approx(0.5)
    assert brier(sure, pain) == pytest.approx(0.5)


def test_bins_count_every_face_once() -> None:
    rng = np.random.default_rng(0)
    probability, pain = rng.random(200), rng.random(200) < 0.5
    probability[:2] = (0.0, 1.0)
    bins = reliability(probability, pain)
    assert sum(part.n for part in bins) == 200
    assert all(part.low <= part.said <= part.high for part in bins)


def spoilt(factor: float, faces: int = 20_000) -> tuple[np.ndarray, np.ndarray]:
    """Logits that are right but `factor` times too large, and the truth."""
    rng = np.random.default_rng(1)
    margin = rng.normal(0, 1.5, faces)
    pain = rng.random(faces) < 1 / (1 + np.exp(-margin))
    return factor * np.column_stack([np.zeros(faces), margin]), pain


@pytest.mark.parametrize("factor", [0.5, 1.0, 4.0])
def test_the_temperature_undoes_what_was_overdone(factor: float) -> None:
    logits, pain = spoilt(factor)
    assert fit_temperature(logits, pain) == pytest.approx(factor, rel=0.06)
    assert expected_calibration_error(tempered(logits, factor), pain) < 0.02


def test_temperature_and_shift_undo_what_was_overdone_and_moved() -> None:
    rng = np.random.default_rng(1)
    margin = rng.normal(0, 2, 6000)
    pain = rng.random(6000) < 1 / (1 + np.exp(-margin))
    logits = np.stack([np.zeros(6000), 3 * (margin + 1.2)], axis=1)
    temperature, shift = fit_temperature_and_shift(logits, pain)
    assert temperature == pytest.approx(3, rel=0.1)
    assert shift == pytest.approx(-1.2, abs=0.15)
    with pytest.raises(ValueError, match="both classes"):
        fit_temperature_and_shift(logits, np.ones(6000, bool))


def test_a_temperature_at_an_end_of_its_range_is_known() -> None:
    logits, pain = spoilt(1.0, 300)
    assert is_at_an_end(fit_temperature(-logits, pain)), "the wrong thing is best said as little as possible"
    assert is_at_an_end(fit_temperature(logits / 1000, pain))
    assert not is_at_an_end(fit_temperature(logits, pain))


def test_no_animals_truth_shapes_its_own_temperature() -> None:
    logits, pain = spoilt(3.0, 300)
    animals = np.repeat(["a", "b", "c"], 100)
    first, temperatures = tempered_without_the_judged(logits, pain, animals)
    turned = pain.copy()
    turned[animals == "a"] = ~turned[animals == "a"]
    again, others = tempered_without_the_judged(logits, turned, animals)
    assert others["a"] == temperatures["a"]
    assert others["b"] != temperatures["b"]
    assert np.array_equal(first[animals == "a"], again[animals == "a"])


def test_one_class_alone_fits_no_temperature() -> None:
    with pytest.raises(ValueError, match="both classes"):
        fit_temperature(np.zeros((2, 2)), np.array([True, True]))

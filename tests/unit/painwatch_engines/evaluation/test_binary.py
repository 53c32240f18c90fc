"""Figures of two classes, against cases worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from painwatch_engines.evaluation.binary import area_under_roc, confusion, score_binary


def test_figures_of_a_small_case() -> None:
    probability = np.array([0.9, 0.6, 0.4, 0.7, 0.2, 0.1])
    pain = np.array([True, True, True, False, False, False])
    figures = {figure.name: figure for figure in score_binary(probability, pain)}
    assert figures["F1"].value == pytest.approx(2 * 2 / (4 + 1 + 1), abs=1e-4)
    assert figures["accuracy"].value == pytest.approx(4 / 6, abs=1e-4)
    assert figures["sensitivity"].value == pytest.approx(2 / 3, abs=1e-4)
    assert figures["sensitivity"].n == 3
    assert figures["specificity"].value == pytest.approx(2 / 3, abs=1e-4)
    assert figures["specificity"].n == 3
    # Of the nine pairs, two are in the wrong order: (0.6, 0.7) and (0.4, 0.7).
    assert figures["AUC"].value == pytest.approx(7 / 9, abs=1e-4)


def test_ties_count_half() -> None:
    assert area_under_roc(np.array([0.5, 0.5, 0.5]), np.array([True, False, False])) == pytest.approx(0.5)


def test_one_class_alone_has_no_figures() -> None:
    with pytest.raises(ValueError, match="both classes"):
        score_binary(np.array([0.1, 0.2]), np.array([True, True]))


def test_perfect_and_constant_answers_have_the_known_figures() -> None:
    pain = np.repeat([True, False], [597, 541])
    perfect = confusion(pain.astype(float), pain)
    assert (perfect.f1, perfect.accuracy, perfect.sensitivity, perfect.specificity) == (1, 1, 1, 1)
    assert area_under_roc(pain.astype(float), pain) == 1
    always = confusion(np.ones(len(pain)), pain)
    assert always.f1 == pytest.approx(2 * 597 / (2 * 597 + 541))
    assert (always.accuracy, always.sensitivity, always.specificity) == (pytest.approx(597 / 1138), 1, 0)
    never = confusion(np.zeros(len(pain)), pain)
    assert (never.f1, never.sensitivity, never.specificity) == (0, 0, 1)
    assert area_under_roc(np.full(len(pain), 0.3), pain) == pytest.approx(0.5)


def test_what_cannot_be_divided_is_nan_and_never_0() -> None:
    calm = confusion(np.zeros(3), np.zeros(3, bool))
    assert np.isnan(calm.sensitivity)
    assert np.isnan(calm.f1)
    assert np.isnan(area_under_roc(np.zeros(3), np.zeros(3, bool)))


def test_no_probability_is_refused() -> None:
    with pytest.raises(ValueError, match="NaN"):
        confusion(np.array([np.nan]), np.array([True]))
    with pytest.raises(ValueError, match="shape"):
        confusion(np.zeros((2, 1)), np.array([True, False]))

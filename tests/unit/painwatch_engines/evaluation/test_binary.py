"""Figures of two classes, against cases worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from painwatch_engines.evaluation.binary import area_under_roc, score_binary


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

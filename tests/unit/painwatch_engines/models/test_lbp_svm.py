"""The support vector machine in the module is scikit-learn's."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from sklearn.svm import SVC

from painwatch_engines.errors import DataError
from painwatch_engines.models.lbp_svm import SMALLEST_SLOPE, LbpSvm, fit_svm, most_faces, platt_slope
from painwatch_engines.models.settings import MethodSettings, SvmSettings

SETTINGS = MethodSettings.model_validate(
    {"face_px": 32, "lbp": {"radius": 1, "points": 8, "grid": 2, "codes": "uniform"}, "svm": {"c": 1.0, "folds": 10}}
)
SVM = SvmSettings(c=1.0, folds=10)
ANIMALS = np.array([f"rat{i % 4}" for i in range(60)])


def histograms() -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    rng = np.random.default_rng(8)
    labels = rng.integers(0, 2, 60).astype(np.int64)
    values = rng.random((60, 236)).astype(np.float32)
    values[:, :20] += 0.3 * labels[:, None].astype(np.float32)
    return values, labels


def test_the_faces_that_fit_are_those_whose_bytes_do() -> None:
    for length, free in ((944, 2**30), (15104, 24 * 2**30), (944, 10_000)):
        most = most_faces(length, free)
        assert 16 * most * length + 24 * most**2 <= free < 16 * (most + 1) * length + 24 * (most + 1) ** 2


def test_the_linear_layer_is_the_decision_function_of_scikit_learn() -> None:
    values, labels = histograms()
    network = LbpSvm(SETTINGS)
    network.install(fit_svm(values, labels, ANIMALS, SVM))
    with torch.inference_mode():
        score = network.score(torch.from_numpy(values)).squeeze(1).numpy()
    reference = SVC(C=1.0, kernel="linear").fit(values, labels).decision_function(values)
    assert score == pytest.approx(reference, abs=2e-3)


def test_the_probability_is_the_logistic_curve_of_the_score() -> None:
    values, labels = histograms()
    fitted = fit_svm(values, labels, ANIMALS, SVM)
    network = LbpSvm(SETTINGS)
    network.install(fitted)
    with torch.inference_mode():
        outputs = network(torch.rand(3, 3, 32, 32))
        probability = outputs["logits"].softmax(dim=-1)[:, 1]
    curve = 1 / (1 + torch.exp(-fitted.slope * outputs["score"]))
    assert probability.tolist() == pytest.approx(curve.tolist(), abs=1e-5)


def test_the_probability_is_fitted_on_animals_the_machine_did_not_see() -> None:
    values, labels = histograms()
    honest = fit_svm(values, labels, ANIMALS, SVM)
    of_one = fit_svm(values, labels, np.array(["rat"] * 60), SVM)
    assert honest.scored_unseen
    assert not of_one.scored_unseen
    assert np.array_equal(honest.weights, of_one.weights)


def test_scores_worse_than_chance_are_near_even_and_never_turned_round() -> None:
    values, labels = histograms()
    # Every second animal has its labels swapped: a machine of the others is wrong about it.
    swapped = np.where(np.isin(ANIMALS, ["rat0", "rat1"]), 1 - labels, labels)
    fitted = fit_svm(values, swapped, np.where(np.isin(ANIMALS, ["rat0", "rat1"]), "a", "b"), SVM)
    assert fitted.scored_unseen
    assert fitted.slope == SMALLEST_SLOPE


def test_an_animal_without_which_one_label_is_left_is_scored_by_no_machine() -> None:
    values, labels = histograms()
    animals = np.where(labels == 1, "spring", "control")
    assert not fit_svm(values, labels, animals, SVM).scored_unseen


def test_platt_draws_the_targets_in() -> None:
    scores = np.array([-1.0, -1.0, -1.0, 1.0, 1.0, 1.0])
    # One size of score and one slope: the curve goes through the targets 1 / (3 + 2) and (3 + 1) / (3 + 2).
    assert 1 / (1 + np.exp(-platt_slope(scores, scores > 0))) == pytest.approx(4 / 5, abs=1e-4)


def test_faces_of_one_kind_are_told() -> None:
    values, labels = histograms()
    with pytest.raises(DataError, match="with pain and without"):
        fit_svm(values, np.ones_like(labels), ANIMALS, SVM)

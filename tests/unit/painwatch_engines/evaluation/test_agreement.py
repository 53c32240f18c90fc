"""Agreement of raters, held to the examples that were published with the methods and with the libraries."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from painwatch_engines.data.labels.ratings import Rating
from painwatch_engines.errors import DataError
from painwatch_engines.evaluation.agreement import (
    TOTAL,
    Coefficient,
    agreement,
    fleiss_kappa,
    intraclass_correlations,
)

UNITS = ("orbital", "nose_cheek", "ear", "whisker")

SHROUT_FLEISS = [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]
"""Shrout & Fleiss 1979, table 2: six targets, four judges."""

WINE = [
    [1, 2, 0, 1],
    [1, 3, 3, 2],
    [3, 8, 1, 4],
    [6, 4, 3, 3],
    [6, 5, 5, 6],
    [7, 5, 6, 2],
    [8, 7, 7, 9],
    [9, 9, 9, 8],
]
"""The example of pingouin.intraclass_corr: eight wines, four judges."""

FLEISS = [
    [0, 0, 0, 0, 14],
    [0, 2, 6, 4, 2],
    [0, 0, 3, 5, 6],
    [0, 3, 9, 2, 0],
    [2, 2, 8, 1, 1],
    [7, 7, 0, 0, 0],
    [3, 2, 6, 3, 0],
    [2, 5, 3, 2, 2],
    [6, 5, 2, 1, 0],
    [0, 2, 2, 3, 7],
]
"""The worked example that statsmodels tests fleiss_kappa with: ten subjects, fourteen raters, five categories."""


def test_icc_is_that_of_shrout_and_fleiss() -> None:
    found = intraclass_correlations(np.array(SHROUT_FLEISS, float))
    assert found is not None
    single, average = found
    assert (round(single.value, 2), round(average.value, 2)) == (0.29, 0.62)
    assert single.low == pytest.approx(0.019, abs=5e-4)
    assert single.high == pytest.approx(0.761, abs=5e-4)


def test_icc_is_that_of_pingouins_documentation() -> None:
    found = intraclass_correlations(np.array(WINE, float))
    assert found is not None
    single, average = found
    assert (round(single.value, 3), round(average.value, 3)) == (0.728, 0.914)
    assert (round(single.low or 0, 2), round(single.high or 0, 2)) == (0.43, 0.93)
    assert (round(average.low or 0, 2), round(average.high or 0, 2)) == (0.75, 0.98)


def test_reading_icc_leaves_the_library_as_it_was() -> None:
    import pingouin

    before = dict(pingouin.options)
    intraclass_correlations(np.array(WINE, float))
    assert pingouin.options == before


def test_kappa_is_that_of_the_worked_example() -> None:
    raters = np.array([[c for c, count in enumerate(row) for _ in range(count)] for row in FLEISS])
    assert fleiss_kappa(raters) == pytest.approx(0.2099, abs=5e-5)


def test_kappa_of_full_agreement_is_one_and_of_one_category_is_none() -> None:
    assert fleiss_kappa(np.array([[0, 0], [1, 1], [2, 2]])) == 1
    assert fleiss_kappa(np.zeros((5, 3))) is None


def test_full_agreement_has_an_icc_of_one_and_no_interval_to_compute() -> None:
    found = intraclass_correlations(np.array([[0.0, 0], [1, 1], [2, 2], [1, 1]]))
    assert found == (Coefficient(1.0, None, None),) * 2


def test_scores_that_are_all_alike_have_no_icc() -> None:
    assert intraclass_correlations(np.ones((6, 3))) is None


def test_an_end_of_an_interval_that_its_formula_does_not_give_is_none() -> None:
    rng = np.random.default_rng(0)
    found = intraclass_correlations(rng.integers(0, 3, (5, 2)).astype(float))
    assert found is not None
    for coefficient in found:
        assert coefficient.low is None or coefficient.low <= coefficient.value
        assert coefficient.high is None or coefficient.high >= coefficient.value
    assert found[1].low is None


@pytest.mark.parametrize(
    ("value", "band"),
    [
        (-0.2, "poor"),
        (0.49, "poor"),
        (0.5, "moderate"),
        (0.74, "moderate"),
        (0.75, "good"),
        (0.9, "good"),
        (0.91, "excellent"),
    ],
)
def test_bands(value: float, band: str) -> None:
    assert Coefficient(value, None, None).band == band


def ratings_of(scores: np.ndarray) -> list[Rating]:
    """Ratings of scores (images, raters, units), NaN unscorable; two animals."""
    return [
        Rating(
            image=f"{i}.png",
            animal=f"M{i % 2}",
            rater=f"R{r}",
            scores={
                unit: None if np.isnan(value) else Fraction(int(value))
                for unit, value in zip(UNITS, scores[i, r], strict=True)
            },
            place=f"t.csv:{i}",
        )
        for i in range(scores.shape[0])
        for r in range(scores.shape[1])
    ]


@pytest.fixture
def scores() -> np.ndarray:
    rng = np.random.default_rng(3)
    truth = rng.uniform(0, 2, (30, 1, 4))
    return np.clip(np.round(truth + rng.normal(0, 0.4, (30, 5, 4))), 0, 2)


def test_every_unit_and_the_total_are_told(scores: np.ndarray) -> None:
    told: list[tuple[int, int]] = []
    report = agreement(ratings_of(scores), UNITS, progress=lambda *done: told.append(done))
    assert [figure.name for figure in report.figures] == [*UNITS, TOTAL]
    assert (report.animals, report.images, len(report.raters)) == (2, 30, 5)
    assert told[-1] == (5, 5)
    for number, figure in enumerate(report.figures[:4]):
        assert (figure.single, figure.average) == intraclass_correlations(scores[:, :, number])
        assert figure.kappa == fleiss_kappa(scores[:, :, number])
        assert (figure.images, figure.left_out, figure.unscorable) == (30, 0, 0)
    total = report.figures[4]
    assert (total.single, total.average) == intraclass_correlations(scores.mean(axis=2))
    grades = np.floor(scores.sum(axis=2) / 4 + 0.5)
    assert total.kappa == fleiss_kappa(grades)


def test_missing_ratings_leave_complete_cases_and_are_counted(scores: np.ndarray) -> None:
    scores[:6, 0, 0] = np.nan
    ratings = ratings_of(scores)[:-1]  # the last rater never saw the last picture
    report = agreement(ratings, UNITS)
    orbital, ear = report.figures[0], report.figures[2]
    assert (orbital.images, orbital.left_out) == (23, 7)
    assert orbital.unscorable == pytest.approx(7 / 150)
    assert orbital.single == intraclass_correlations(scores[6:29, :, 0])[0]  # type: ignore[index]
    assert (ear.images, ear.left_out) == (29, 1)
    # Three units are left, which is enough for a total; with four asked for, it is not.
    assert report.figures[4].images == 29
    assert agreement(ratings, UNITS, 4).figures[4].images == 23


def test_too_few_complete_cases_give_no_figure_and_a_reason(scores: np.ndarray) -> None:
    scores[2:, 0, 1] = np.nan
    figure = agreement(ratings_of(scores), UNITS).figures[1]
    assert (figure.single, figure.average, figure.kappa, figure.images) == (None, None, None, 2)
    assert "only 2 images" in figure.why_not


def test_a_unit_that_never_varies_gives_no_figure_and_a_reason(scores: np.ndarray) -> None:
    scores[:, :, 3] = 0
    figure = agreement(ratings_of(scores), UNITS).figures[3]
    assert (figure.single, figure.kappa) == (None, None)
    assert figure.why_not == "no ICC and no kappa: all scores are alike"


def test_raters_of_stage_2_are_left_out_and_that_is_told(scores: np.ndarray) -> None:
    ratings = ratings_of(scores)
    second = [Rating("0.png", "M0", f"S{n}", ratings[0].scores, "t.csv:1", stage=2) for n in range(3)]
    report = agreement([*ratings, *second], UNITS)
    assert report.figures == agreement(ratings, UNITS).figures
    assert report.notes == ("3 ratings of stage 2 were left out: they are of chosen units only.",)


def test_one_rater_agrees_with_nobody(scores: np.ndarray) -> None:
    with pytest.raises(DataError, match="has 1 rater\\. "):
        agreement(ratings_of(scores[:, :1]), UNITS)

"""Published figures, held to what is published beside them."""

from __future__ import annotations

import numpy as np
import pytest

from painwatch_engines.data.labels.published_counts import PUBLISHED
from painwatch_engines.evaluation.published import kobayashi_training, painseeker_table
from painwatch_engines.evaluation.runs import PAPERS_ROWS
from painwatch_engines.models.registry import methods

FACES = np.array([sum(counts) for counts in PUBLISHED.values()])


def test_painseekers_rats_pool_to_the_published_accuracy() -> None:
    row = painseeker_table().rows["painseeker"]
    assert np.average(row.accuracy[:6], weights=FACES) == pytest.approx(74.17, abs=0.005)
    assert row.accuracy[6] == 74.17
    assert row.f1[6] == 0.7731


@pytest.mark.parametrize("name", PAPERS_ROWS)
def test_every_accuracy_of_the_table_is_a_count_of_faces(name: str) -> None:
    row = painseeker_table().rows[name]
    right = np.array(row.accuracy[:6]) / 100 * FACES
    assert np.abs(right - np.rint(right)).max() < 0.012, "two decimals of a percentage of at most 221 faces"


def test_the_table_has_the_papers_nine_rows_and_each_is_a_method() -> None:
    assert tuple(painseeker_table().rows) == PAPERS_ROWS
    assert set(PAPERS_ROWS) <= set(methods())


def test_the_mouse_papers_counts_give_its_percentages() -> None:
    counts = kobayashi_training()
    assert counts.n == pytest.approx(545_000, rel=0.002)
    assert round(100 * counts.sensitivity, 1) == 97.0
    assert round(100 * counts.specificity, 1) == 99.4

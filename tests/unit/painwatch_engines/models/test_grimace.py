"""Pain from action units against counting every way to score a face."""

from __future__ import annotations

from itertools import product
from statistics import mean

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from painwatch_engines.anatomy import ActionUnits, shows_pain
from painwatch_engines.models.grimace import UNSCORABLE, expected_score, pain_probability


def counted(units: NDArray[np.float64]) -> tuple[float, float]:
    """P(pain) and expected score of one face by summing over all ways, left out the one without a score."""
    pain = score = seen = 0.0
    for way in product(range(4), repeat=len(units)):
        chance = float(np.prod([units[unit, state] for unit, state in enumerate(way)]))
        scorable = [state for state in way if state != UNSCORABLE]
        if scorable:
            seen += chance
            score += chance * mean(scorable)
            pain += chance * (mean(scorable) >= 0.5)
    return pain / seen, score / seen


@pytest.mark.parametrize("count", [1, 4, 5])
def test_every_way_to_score_a_face_counts(count: int) -> None:
    rng = np.random.default_rng(count)
    units = rng.dirichlet([0.7] * 4, (3, count))
    expected = np.array([counted(face) for face in units])
    tensor = torch.from_numpy(units).float()
    assert pain_probability(tensor).tolist() == pytest.approx(expected[:, 0].tolist(), abs=1e-5)
    assert expected_score(tensor).tolist() == pytest.approx(expected[:, 1].tolist(), abs=1e-5)


def test_sure_units_agree_with_the_one_definition_of_pain() -> None:
    ways = list(product(range(3), repeat=4))
    units = torch.nn.functional.one_hot(torch.tensor(ways), 4).float()
    expected = [float(shows_pain(ActionUnits(*map(float, way)))) for way in ways]
    assert pain_probability(units).tolist() == pytest.approx(expected, abs=1e-6)


def test_unscorable_units_leave_the_mean_to_the_others() -> None:
    way = torch.tensor([[2, 0, UNSCORABLE, UNSCORABLE], [1, 0, 0, 0], [1, 0, UNSCORABLE, UNSCORABLE]])
    units = torch.nn.functional.one_hot(way, 4).float()
    assert pain_probability(units).tolist() == pytest.approx([1.0, 0.0, 1.0])
    assert expected_score(units).tolist() == pytest.approx([1.0, 0.25, 0.5])


def test_a_face_that_nobody_can_score_is_not_called_free_of_pain() -> None:
    unseen = torch.zeros(1, 4, 4)
    unseen[..., UNSCORABLE] = 1
    assert pain_probability(unseen).tolist() == pytest.approx([0.5])
    nearly = torch.tensor([[[0.0, 0.0, 1e-2, 1 - 1e-2]] * 4])
    assert pain_probability(nearly).tolist() == pytest.approx([1.0])

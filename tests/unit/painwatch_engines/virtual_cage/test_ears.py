from __future__ import annotations

import numpy as np
import pytest

from painwatch_engines.anatomy import Species
from painwatch_engines.virtual_cage.ears import EarShape, ear_coordinates, left_ear


def shape(species: Species) -> EarShape:
    return EarShape(species, 0.25, 0.22, np.array([-0.25, 0.41, 0.325]))


@pytest.mark.parametrize("species", ["rat", "mouse"])
def test_ears_in_pain_stand_further_apart_and_further_back(species: Species) -> None:
    middles = [left_ear(shape(species), severity)[1] for severity in (0.0, 1.0, 2.0)]
    outwards, back, up = ([float(m[axis]) for m in middles] for axis in (1, 0, 2))
    assert outwards == sorted(outwards)
    assert outwards[2] > outwards[0] + 0.05
    assert back == sorted(back, reverse=True)
    assert up[2] < up[0]


@pytest.mark.parametrize("species", ["rat", "mouse"])
@pytest.mark.parametrize("severity", [0.0, 1.0, 2.0])
def test_a_pinna_stays_a_rounded_cup(species: Species, severity: float) -> None:
    vertices, _ = left_ear(shape(species), severity)
    radius, across, along = ear_coordinates().T
    left, right = (vertices[(radius == 1) & np.isclose(along, 0) & (sign * across > 0)][0] for sign in (-1, 1))
    # Its edges curl towards each other, yet never so far that they meet or cross.
    assert 0.6 * 0.5 < np.linalg.norm(left - right) < 1.01 * 0.5


def test_an_ear_in_pain_is_narrower() -> None:
    def width(severity: float) -> float:
        vertices, _ = left_ear(shape("rat"), severity)
        radius, _, along = ear_coordinates().T
        left, right = vertices[(radius == 1) & np.isclose(along, 0)]
        return float(np.linalg.norm(left - right))

    assert width(2.0) < width(1.0) < width(0.0)

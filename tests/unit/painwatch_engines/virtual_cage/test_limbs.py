from __future__ import annotations

import numpy as np
import pytest

from painwatch_engines.virtual_cage.limbs import legs, tail, tube
from painwatch_engines.virtual_cage.posing import HEAD_HEIGHT


@pytest.mark.parametrize("side", [1, -1])
def test_paws_stand_on_the_floor(side: int) -> None:
    furred, paws, toes = legs(side)
    soles = np.concatenate([part.vertices for part in (*paws, *toes)])
    assert soles[:, 2].min() == pytest.approx(-HEAD_HEIGHT, abs=0.01)
    assert (np.sign(soles[:, 1]) == side).all()
    # A leg tapers from the shoulder to the paw.
    front = furred[0].vertices
    upper, lower = front[front[:, 2] > -0.4], front[front[:, 2] < -0.8]
    assert np.ptp(upper[:, 1]) > 2 * np.ptp(lower[:, 1])


def test_a_tube_faces_out() -> None:
    pipe = tube(np.array([[0.0, 0.0, 0.0], [0.0, 0.0, 1.0]]), np.array([0.2, 0.2]))
    corners = pipe.vertices[pipe.triangles]
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    outwards = corners.mean(axis=1) * (1, 1, 0)
    assert ((normals * outwards).sum(axis=1) > 0).all()


def test_the_tail_tapers() -> None:
    vertices = tail().vertices.reshape(40, -1, 3)
    spread = vertices.std(axis=1).sum(axis=1)
    assert spread[-1] < 0.4 * spread[0]

from __future__ import annotations

import numpy as np
import pytest

from painwatch_engines.virtual_cage.occluders import Occluder, OccluderKind, occluder_colours, occluder_mesh


@pytest.mark.parametrize("kind", ["bar", "bottle", "house"])
def test_things_stand_where_they_are_put_and_scale(kind: OccluderKind) -> None:
    small = occluder_mesh(Occluder(kind=kind, position=(1.0, -2.0, 0.5)))
    large = occluder_mesh(Occluder(kind=kind, position=(1.0, -2.0, 0.5), size=2.0))
    assert small.vertices.mean(axis=0)[:2] == pytest.approx((1.0, -2.0), abs=0.1)
    assert np.ptp(large.vertices[:, 0]) == pytest.approx(2 * np.ptp(small.vertices[:, 0]))
    assert small.triangles.max() == len(small.vertices) - 1


def test_a_house_stands_on_its_place() -> None:
    house = occluder_mesh(Occluder(kind="house", position=(0.0, 0.0, 0.0)))
    assert house.vertices[:, 2].min() == 0.0


def test_every_vertex_has_a_colour() -> None:
    bottle = Occluder(kind="bottle", position=(0.0, 0.0, 1.0))
    assert occluder_colours(bottle, 7).shape == (7, 3)

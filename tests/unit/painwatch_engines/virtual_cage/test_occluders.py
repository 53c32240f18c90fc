from __future__ import annotations

import numpy as np
import pytest

from painwatch_engines.virtual_cage.occluders import Occluder, OccluderKind, occluder_colours, occluder_mesh


@pytest.mark.parametrize("kind", ["bar", "bottle", "house", "tunnel", "heap"])
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


def test_a_tunnel_lies_on_the_floor_and_points_where_it_is_turned() -> None:
    def tunnel(heading_deg: float) -> np.ndarray:
        return occluder_mesh(Occluder(kind="tunnel", position=(0.0, 0.0, 0.0), heading_deg=heading_deg)).vertices

    assert tunnel(0.0)[:, 2].min() == pytest.approx(0.0, abs=1e-9)
    assert np.ptp(tunnel(0.0)[:, 0]) > np.ptp(tunnel(0.0)[:, 1])
    assert np.ptp(tunnel(90.0)[:, 0]) < np.ptp(tunnel(90.0)[:, 1])


def test_a_colour_of_its_own_replaces_the_usual_one() -> None:
    green = Occluder(kind="house", position=(0.0, 0.0, 0.0), colour=(0.1, 0.5, 0.1))
    assert occluder_colours(green, 2).tolist() == [[0.1, 0.5, 0.1]] * 2

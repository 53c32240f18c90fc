from __future__ import annotations

import numpy as np
import pytest

from painwatch_engines.anatomy import shows_pain
from painwatch_engines.virtual_cage.draws import draw_light, draw_props, draw_sensor, draw_smear, draw_units
from painwatch_engines.virtual_cage.light import Light
from painwatch_engines.virtual_cage.occluders import occluder_mesh

BACK = np.array([1.0, 0.0, 0.0])


def test_independent_units_are_even_and_tell_nothing_of_each_other() -> None:
    rng = np.random.default_rng(0)
    drawn = [draw_units(rng, independent=True) for _ in range(3000)]
    table = np.array([(u.orbital, u.ear, u.nose_cheek, u.whisker) for u in drawn])
    assert table.mean(axis=0) == pytest.approx(1.0, abs=0.05)
    assert table.std(axis=0) == pytest.approx(2 / np.sqrt(12), abs=0.03)
    assert np.abs(np.corrcoef(table.T) - np.eye(4)).max() < 0.06


def test_correlated_units_stay_the_default() -> None:
    rng = np.random.default_rng(0)
    drawn = [draw_units(rng) for _ in range(2000)]
    assert np.mean([shows_pain(u) for u in drawn]) == pytest.approx(0.5, abs=0.05)
    assert np.corrcoef([u.orbital for u in drawn], [u.ear for u in drawn])[0, 1] > 0.4


def test_without_strength_light_is_even_and_nothing_moves() -> None:
    rng = np.random.default_rng(1)
    for _ in range(50):
        light = draw_light(rng, False, BACK, 0.0)
        assert light.second_key == 0.0
        assert light.ambient >= 0.4
        assert draw_smear(rng, 100.0, 0.0) == (0.0, 0.0)
        assert draw_props(rng, np.zeros(3), 0.0, 8 * BACK, 0.0) == []


def test_with_strength_some_light_is_hard_some_heads_move() -> None:
    rng = np.random.default_rng(2)
    lights = [draw_light(rng, False, BACK, 1.0) for _ in range(100)]
    assert min(light.ambient for light in lights) < 0.35 < max(light.ambient for light in lights)
    assert 20 < sum(light.second_key > 0 for light in lights) < 60
    ways = [np.hypot(*draw_smear(rng, 100.0, 1.0)) for _ in range(300)]
    assert 0.2 < np.mean(np.array(ways) > 0) < 0.4
    assert max(ways) <= 16.0


def test_a_camera_opens_wider_for_a_dark_animal_and_in_the_dark() -> None:
    def opened(coat: str, light: Light) -> float:
        return float(
            np.mean(
                [draw_sensor(np.random.default_rng(i), coat, light, 100.0, 0.0).exposure for i in range(40)]  # type: ignore[arg-type]
            )
        )

    assert opened("black", Light()) > opened("agouti", Light()) > opened("white", Light())
    assert opened("white", Light(key=0.3, ambient=0.2)) > opened("white", Light())


def test_props_leave_the_line_of_sight_free() -> None:
    rng, head, eye = np.random.default_rng(3), np.array([0.0, 0.0, 0.97]), np.array([9.0, 0.0, 2.0])
    props = [prop for _ in range(200) for prop in draw_props(rng, head, 0.0, eye, 1.0)]
    assert len(props) > 20
    sight = (eye - head) / np.linalg.norm(eye - head)
    for prop in props:
        surface = occluder_mesh(prop).vertices - head
        ahead = surface @ sight
        off = np.linalg.norm(surface - ahead[:, None] * sight, axis=1)
        assert (off[ahead > 0] > 0.2).all()

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from painwatch_engines.anatomy import shows_pain
from painwatch_engines.virtual_cage.scenario import Scenario, load_scenario
from painwatch_engines.virtual_cage.world import light_at, segment_at, world_at

DEMO = load_scenario("demo")


@pytest.mark.parametrize(
    ("t_s", "kind", "through"),
    [
        (0, "baseline", 0.0),
        (119.99, "baseline", 1.0),
        (120, "onset", 0.0),
        (135, "onset", 0.5),
        (150, "pain", 0.0),
        (270, "treatment", 0.0),
        (330, "recovery", 0.5),
    ],
)
def test_the_timeline_of_the_demo(t_s: float, kind: str, through: float) -> None:
    assert segment_at(DEMO, t_s) == (kind, pytest.approx(through, abs=1e-3))


def test_time_wraps_round() -> None:
    assert world_at(DEMO, 25.0) == world_at(DEMO, 385.0)
    assert world_at(DEMO, 25.0) == world_at(DEMO, 25.0)


@given(st.floats(0, 1e6))
def test_any_time_has_a_world(t_s: float) -> None:
    state = world_at(DEMO, t_s)
    assert 0 <= state.t_s < DEMO.duration_s
    assert 0 <= state.pose.blink <= 1


@pytest.mark.parametrize("units", ["correlated", "independent"])
def test_segments_show_what_they_are_called(units: str) -> None:
    scenario = DEMO.model_copy(update={"units": units})
    for t_s in np.arange(0, scenario.duration_s, 1.7):
        state = world_at(scenario, float(t_s))
        if state.segment == "baseline":
            assert not shows_pain(state.units)
            assert state.units.mean <= 0.4 + 1e-9
        if state.segment == "pain":
            assert shows_pain(state.units)
            assert state.units.mean >= 1.2 - 1e-9


def test_units_are_correlated_or_not() -> None:
    def correlation(units: str) -> float:
        scenario = DEMO.model_copy(update={"units": units})
        rows = [world_at(scenario, float(t)).units for t in np.arange(151, 269, 0.5)]
        table = np.array([(u.orbital, u.ear, u.nose_cheek, u.whisker) for u in rows])
        return float(np.corrcoef(table.T)[np.triu_indices(4, 1)].mean())

    assert correlation("correlated") > 0.7
    assert abs(correlation("independent")) < 0.5


def test_the_animal_moves_without_jumps_even_where_the_round_ends() -> None:
    step = 0.02
    times = np.arange(0, DEMO.duration_s + 1, step)
    poses = [world_at(DEMO, float(t)).pose for t in times]
    place = np.array([(p.x, p.y) for p in poses])
    turned = np.diff(np.array([p.body_yaw + p.yaw for p in poses]))
    turned = (turned + 180) % 360 - 180
    assert np.linalg.norm(np.diff(place, axis=0), axis=1).max() < 0.2
    assert np.abs(turned).max() < 8


def test_it_turns_away_sometimes_and_blinks() -> None:
    states = [world_at(DEMO, float(t)) for t in np.arange(0, DEMO.duration_s, 0.1)]
    # The cameras stand at 0 and 90 degrees: between -60 and 150 one of them can see the face.
    headings = np.array([(s.pose.body_yaw + s.pose.yaw + 180) % 360 - 180 for s in states])
    facing = ((headings > -60) & (headings < 150)).mean()
    assert 0.65 < facing < 0.95
    assert 0.005 < np.mean([s.pose.blink > 0.5 for s in states]) < 0.1


def test_light_follows_its_schedule() -> None:
    scenario = load_scenario("four_cameras")
    assert [light_at(scenario, t) for t in (0, 179, 181, 359)] == ["day", "day", "infrared_night", "infrared_night"]


def test_activity_scales_movement(small_demo: Scenario) -> None:
    def spread(activity: float) -> float:
        calm = small_demo.model_copy(update={"activity": activity})
        return float(np.std([world_at(calm, float(t)).pose.yaw for t in np.arange(0, 360, 1.0)]))

    assert spread(0.2) < spread(1.0) < spread(2.0)

from __future__ import annotations

from pathlib import Path

import pytest

from painwatch_engines.virtual_cage.animal import FIRST_TEST_IDENTITY
from painwatch_engines.virtual_cage.scenario import Scenario, ScenarioError, load_scenario, scenario_names

MINIMAL = """
name: mine
animal: {identity: 5}
cameras:
  - {name: top, position: [6, 0, 3], target: [0, 0, 1], horizontal_fov_deg: 40, width_px: 64, height_px: 48}
segments:
  - {kind: baseline, duration_s: 10}
  - {kind: pain, duration_s: 5.5}
"""


def write(folder: Path, text: str) -> str:
    path = folder / "mine.yaml"
    path.write_text(text, encoding="utf-8")
    return str(path)


@pytest.mark.parametrize("name", scenario_names())
def test_shipped_scenarios_load_and_bear_their_names(name: str) -> None:
    assert load_scenario(name).name == name


def test_the_shipped_scenarios() -> None:
    assert set(scenario_names()) == {"demo", "test_pain", "night_mouse", "four_cameras"}
    demo, test_pain = load_scenario("demo"), load_scenario("test_pain")
    assert demo.camera_names == ("left", "right")
    assert demo.duration_s == 360
    assert demo.cameras == test_pain.cameras
    assert all(load_scenario(name).animal.identity >= FIRST_TEST_IDENTITY for name in scenario_names())
    assert len(load_scenario("four_cameras").cameras) == 4
    assert load_scenario("night_mouse").light == "infrared_night"


def test_a_scenario_from_a_file(tmp_path: Path) -> None:
    scenario = load_scenario(write(tmp_path, MINIMAL))
    assert scenario.duration_s == 15.5
    assert scenario.camera_names == ("top",)
    assert scenario.fps == 5.0


def test_scenarios_cannot_be_changed(tmp_path: Path) -> None:
    scenario = load_scenario(write(tmp_path, MINIMAL))
    with pytest.raises(ValueError, match="frozen"):
        scenario.fps = 3.0  # type: ignore[misc]


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("identity: 5", "identity: -5", "animal.identity"),
        ("identity: 5", "identity: 5, colour: red", "animal.colour"),
        ("kind: pain", "kind: agony", "segments.1.kind"),
        ("duration_s: 10", "duration_s: 0", "segments.0.duration_s"),
        ("position: [6, 0, 3]", "position: [6, 0, -3]", "under the floor"),
        ("position: [6, 0, 3]", "position: [0, 0, 3]", "straight down"),
        ("segments:", "light: []\nsegments:", "light is an empty list"),
        ("name: mine", "name: [", "not valid YAML"),
        ("segments:", "segment:", "segments"),
    ],
)
def test_mistakes_say_where_they_are(tmp_path: Path, old: str, new: str, says: str) -> None:
    with pytest.raises(ScenarioError, match=says) as caught:
        load_scenario(write(tmp_path, MINIMAL.replace(old, new, 1)))
    assert "mine.yaml" in str(caught.value)


def test_two_cameras_of_one_name(tmp_path: Path) -> None:
    camera = MINIMAL.splitlines()[4]
    with pytest.raises(ScenarioError, match="two cameras are called 'top'"):
        load_scenario(write(tmp_path, MINIMAL.replace(camera, f"{camera}\n{camera}")))


def test_an_unknown_scenario_lists_those_there_are() -> None:
    with pytest.raises(ScenarioError, match=r"no scenario 'demonstration'.*demo.*test_pain"):
        load_scenario("demonstration")


def test_an_unknown_camera_lists_those_there_are(small_demo: Scenario) -> None:
    with pytest.raises(ScenarioError, match="no camera 'top'; it has: left, right"):
        small_demo.camera_named("top")

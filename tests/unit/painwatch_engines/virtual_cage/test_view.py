from __future__ import annotations

import hashlib
import subprocess
import sys

import numpy as np
import pytest

from painwatch_engines.anatomy import ActionUnits, shows_pain
from painwatch_engines.virtual_cage import Scenario, ScenarioError, load_scenario, open_view, world_at
from painwatch_engines.virtual_cage.camera import Camera

OTHER_PROCESS = """
import hashlib
from painwatch_engines.virtual_cage import load_scenario, open_view
print(hashlib.sha256(open_view(load_scenario("demo"), "left").render(12.3).image.tobytes()).hexdigest())
"""


def line_of_sight(camera: Camera, pixel: np.ndarray) -> np.ndarray:
    """Unit vector from the camera through a pixel, worked out apart from `project`."""
    x, y = (pixel - (camera.width_px / 2, camera.height_px / 2)) / camera.focal_px
    right, down, forward = camera.rotation
    ray = x * right + y * down + forward
    return np.asarray(ray / np.linalg.norm(ray))


def test_an_unknown_camera_is_refused(small_demo: Scenario) -> None:
    with pytest.raises(ScenarioError, match="left, right"):
        open_view(small_demo, "middle")


def test_the_same_time_gives_the_same_bytes(small_demo: Scenario) -> None:
    view = open_view(small_demo, "left")
    first = view.render(7.0)
    view.render(80.0)  # what was rendered in between leaves no trace
    again = open_view(small_demo, "left").render(7.0)
    assert np.array_equal(first.image, again.image)
    assert np.array_equal(first.truth.keypoints, again.truth.keypoints)
    assert not np.array_equal(first.image, view.render(8.0).image)


def test_another_process_gives_the_same_bytes() -> None:
    here = open_view(load_scenario("demo"), "left").render(12.3).image
    there = subprocess.run([sys.executable, "-c", OTHER_PROCESS], capture_output=True, text=True, check=True)
    assert there.stdout.strip() == hashlib.sha256(here.tobytes()).hexdigest()


def test_time_wraps_round(small_demo: Scenario) -> None:
    view = open_view(small_demo, "right")
    assert np.array_equal(view.render(10.0).image, view.render(10.0 + small_demo.duration_s).image)


def test_two_cameras_see_one_world(small_demo: Scenario) -> None:
    left, right = (open_view(small_demo, name) for name in small_demo.camera_names)
    for t_s in (3.0, 47.0, 160.0):
        one, other = left.render(t_s).truth, right.render(t_s).truth
        assert (one.units, one.pain, one.segment) == (other.units, other.pain, other.segment)
        for a, b in zip(one.keypoints, other.keypoints, strict=True):
            rays = [line_of_sight(v.stage.camera, p) for v, p in ((left, a), (right, b))]
            eyes = [v.stage.camera.eye for v in (left, right)]
            # The two lines of sight meet: their shortest distance is nothing.
            normal = np.cross(*rays)
            apart = abs((eyes[1] - eyes[0]) @ normal) / np.linalg.norm(normal)
            assert apart < 1e-6


def test_the_truth_is_that_of_the_world(small_demo: Scenario) -> None:
    view = open_view(small_demo, "left")
    for t_s in (5.0, 140.0, 200.0, 300.0):
        truth, state = view.render(t_s).truth, world_at(small_demo, t_s)
        assert truth.units == state.units
        assert truth.segment == state.segment
        assert truth.pain == shows_pain(state.units)
        assert isinstance(truth.units, ActionUnits)


def test_pictures_have_the_size_asked_for(small_demo: Scenario) -> None:
    rendered = open_view(small_demo, "left").render(0.0)
    assert rendered.image.shape == (90, 160, 3)
    assert rendered.truth.keypoints.shape == (5, 2)
    assert rendered.truth.keypoints.dtype == np.float64
    assert rendered.truth.visible.shape == (5,)
    assert rendered.truth.visible.dtype == np.bool_


def test_night_is_grey() -> None:
    night = load_scenario("night_mouse")
    image = open_view(night, "left").render(1.0).image
    assert (image == image[:, :, :1]).all()

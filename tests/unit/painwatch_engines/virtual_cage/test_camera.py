from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from painwatch_engines.virtual_cage.camera import Camera, pixels_per_unit, project, unproject


def test_a_point_straight_ahead_lands_in_the_middle() -> None:
    camera = Camera((10.0, 0.0, 1.0), (0.0, 0.0, 1.0), 90.0, 200, 100)
    assert project(camera, np.array([[0.0, 0.0, 1.0]])) == pytest.approx(np.array([[100.0, 50.0, 10.0]]))


def test_projection_by_hand() -> None:
    # 90 degrees over 200 px: focal length 100 px. From +x looking along -x, +y is to the image's right.
    camera = Camera((10.0, 0.0, 1.0), (0.0, 0.0, 1.0), 90.0, 200, 100)
    right_and_up = project(camera, np.array([[0.0, 2.0, 2.0]]))
    assert right_and_up == pytest.approx(np.array([[120.0, 40.0, 10.0]]))
    nearer = project(camera, np.array([[5.0, 2.0, 2.0]]))
    assert nearer == pytest.approx(np.array([[140.0, 30.0, 5.0]]))


def test_the_edge_of_the_picture_is_half_the_field_of_view_away() -> None:
    camera = Camera((0.0, 0.0, 1.0), (1.0, 0.0, 1.0), 60.0, 640, 360)
    edge = np.array([[1.0, -np.tan(np.radians(30)), 1.0]])
    assert project(camera, edge)[0, 0] == pytest.approx(640.0)


def test_pixels_per_unit_is_the_focal_length_over_the_distance() -> None:
    camera = Camera((10.0, 0.0, 1.0), (0.0, 0.0, 1.0), 90.0, 200, 100)
    assert pixels_per_unit(camera, np.array([0.0, 0.0, 1.0])) == pytest.approx(10.0)


@given(
    eye=st.tuples(st.floats(3, 9), st.floats(-9, 9), st.floats(0.3, 6)),
    target=st.tuples(st.floats(-2, 2), st.floats(-2, 2), st.floats(0, 2)),
    fov=st.floats(10, 110),
    x=st.floats(0, 320),
    y=st.floats(0, 240),
    depth=st.floats(0.5, 20),
)
def test_unproject_is_the_inverse_of_project(
    eye: tuple[float, float, float],
    target: tuple[float, float, float],
    fov: float,
    x: float,
    y: float,
    depth: float,
) -> None:
    camera = Camera(eye, target, fov, 320, 240)
    pixel = np.array([[x, y, depth]])
    assert project(camera, unproject(camera, pixel)) == pytest.approx(pixel, abs=1e-6)


@given(st.tuples(st.floats(3, 9), st.floats(-9, 9), st.floats(0.3, 6)))
def test_a_camera_is_upright_and_right_handed(eye: tuple[float, float, float]) -> None:
    rotation = Camera(eye, (0.0, 0.0, 1.0), 40.0, 320, 240).rotation
    assert rotation @ rotation.T == pytest.approx(np.eye(3), abs=1e-9)
    assert np.linalg.det(rotation) == pytest.approx(1.0)
    assert rotation[0, 2] == pytest.approx(0.0, abs=1e-12)  # the horizon is level
    assert rotation[1, 2] < 0  # down in the image is down in the world

"""The published crop rule and the square it asks for."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from painwatch_engines.face import (
    SMALLEST_SIDE_PX,
    CropSide,
    FaceCrop,
    FaceMultiple,
    FrameFraction,
    cut_face,
    find_face,
    points_in_crop,
    side_length,
)

PUBLISHED = FrameFraction(800 / 2160)


def pose(**likelihood: float) -> NDArray[np.float64]:
    """Nose (100, 120), eyes (80, 90) and (120, 94), ears (60, 60) and (140, 60)."""
    points = {
        "nose": (100.0, 120.0),
        "left_eye": (80.0, 90.0),
        "right_eye": (120.0, 94.0),
        "left_ear": (60.0, 60.0),
        "right_ear": (140.0, 60.0),
    }
    return np.array([[x, y, likelihood.get(name, 0.0)] for name, (x, y) in points.items()])


def find(shown: NDArray[np.float64], side: CropSide = PUBLISHED) -> FaceCrop | None:
    return find_face(shown, 640, 360, side)


def test_nose_and_both_eyes_centre_between_the_eyes() -> None:
    crop = find(pose(nose=0.9, left_eye=0.9, right_eye=0.9))
    assert crop is not None
    assert (crop.centre_x, crop.centre_y, crop.rule) == (100.0, 92.0, "both_eyes")
    assert crop.side == pytest.approx(360 * 800 / 2160)


@pytest.mark.parametrize(("eye", "centre"), [("left_eye", (80.0, 90.0)), ("right_eye", (120.0, 94.0))])
def test_nose_and_one_eye_centre_on_that_eye(eye: str, centre: tuple[float, float]) -> None:
    crop = find(pose(nose=0.95, left_ear=1.0, **{eye: 0.95}))
    assert crop is not None
    assert ((crop.centre_x, crop.centre_y), crop.rule) == (centre, "one_eye")


@pytest.mark.parametrize(
    "likelihood",
    [
        {"nose": 0.899, "left_eye": 1.0, "right_eye": 1.0},
        {"nose": 1.0, "left_eye": 0.89, "right_eye": 0.89},
        {"nose": 1.0, "left_ear": 1.0, "right_ear": 1.0},
        {"nose": math.nan, "left_eye": 1.0, "right_eye": 1.0},
        {"nose": 1.0, "left_eye": math.nan, "right_eye": math.nan},
    ],
)
def test_otherwise_there_is_no_crop(likelihood: dict[str, float]) -> None:
    assert find(pose(**likelihood)) is None


def test_a_point_without_coordinates_is_not_seen() -> None:
    shown = pose(nose=1.0, left_eye=1.0, right_eye=1.0)
    shown[2, 0] = math.nan
    crop = find(shown)
    assert crop is not None
    assert (crop.centre_x, crop.rule) == (80.0, "one_eye")


def test_the_face_is_as_large_as_its_two_furthest_seen_points() -> None:
    shown = pose(nose=1.0, left_eye=1.0, right_eye=1.0, right_ear=0.5)
    crop = find(shown, FaceMultiple(2.0))
    assert crop is not None
    assert crop.side == pytest.approx(2 * math.hypot(40, 4)), "an unseen ear stretches no face"
    shown[3, 2] = 1.0
    crop = find(shown, FaceMultiple(2.0))
    assert crop is not None
    assert crop.side == pytest.approx(2 * math.hypot(40, 60))


def test_points_on_one_another_still_ask_for_a_square() -> None:
    shown = np.array([[50.0, 50.0, 1.0]] * 5)
    crop = find(shown, FaceMultiple(1.6))
    assert crop is not None
    assert crop.side == SMALLEST_SIDE_PX
    assert side_length(shown[:0, :2], 360, FaceMultiple(1.6)) == 0.0


def test_a_pose_of_another_shape_is_refused() -> None:
    with pytest.raises(ValueError, match="shape"):
        find(np.zeros((3, 3)))


@pytest.mark.parametrize("bad", [0.0, -1.0, math.nan])
def test_a_side_of_no_size_is_refused(bad: float) -> None:
    with pytest.raises(ValueError):
        FrameFraction(bad)
    with pytest.raises(ValueError):
        FaceMultiple(bad)


def test_a_square_at_the_corner_says_how_much_of_it_is_padding() -> None:
    shown = pose(nose=1.0, left_eye=1.0)
    shown[1, :2] = (-0.5, -0.5)
    crop = find(shown, FrameFraction(0.5))
    assert crop is not None
    assert crop.padded_fraction == pytest.approx(0.75)


def test_what_is_cut_is_where_the_face_is() -> None:
    frame = np.zeros((360, 640, 3), np.uint8)
    frame[86:96, 75:85] = (1, 2, 250)
    face = cut_face(frame, FaceCrop(79.5, 90.5, 40.0, "one_eye", 0.0), 40)
    rows, columns = np.nonzero(face[..., 2] > 125)
    assert (rows.mean(), columns.mean()) == (19.5, 19.5)
    assert face[20, 20].tolist() == [1, 2, 250], "colours keep their order"


@given(left=st.integers(-40, 40), top=st.integers(-40, 40), side=st.integers(1, 30))
def test_outside_the_frame_the_nearest_pixel_is_repeated(left: int, top: int, side: int) -> None:
    frame = np.arange(9 * 12 * 3, dtype=np.uint8).reshape(9, 12, 3)
    middle = side / 2 - 0.5
    face = cut_face(frame, FaceCrop(left + middle, top + middle, side, "one_eye", 0.0), side)
    rows, columns = np.clip(range(top, top + side), 0, 8), np.clip(range(left, left + side), 0, 11)
    np.testing.assert_array_equal(face, frame[rows[:, None], columns])


def test_shrinking_averages_areas() -> None:
    stripes = np.zeros((128, 128, 3), np.uint8)
    stripes[:, ::2] = 200
    face = cut_face(stripes, FaceCrop(63.5, 63.5, 128.0, "one_eye", 0.0), 64)
    assert set(np.unique(face).tolist()) == {100}


@pytest.mark.parametrize("frame", [np.zeros((9, 9), np.uint8), np.zeros((9, 9, 3), np.float32)])
def test_frames_of_another_kind_are_refused(frame: NDArray[np.uint8]) -> None:
    with pytest.raises(ValueError, match="uint8"):
        cut_face(frame, FaceCrop(4, 4, 4, "one_eye", 0), 8)


@given(
    points=st.lists(st.floats(-100, 900), min_size=10, max_size=10),
    seen=st.lists(st.sampled_from([0.0, 0.89, 0.9, 1.0, math.nan]), min_size=5, max_size=5),
    side=st.sampled_from([PUBLISHED, FaceMultiple(1.6), FaceMultiple(0.1)]),
)
def test_every_crop_can_be_cut(points: list[float], seen: list[float], side: CropSide) -> None:
    shown = np.column_stack([np.array(points).reshape(5, 2), seen])
    crop = find_face(shown, 64, 48, side)
    facing = shown[0, 2] >= 0.9 and (shown[1, 2] >= 0.9 or shown[2, 2] >= 0.9)
    assert (crop is not None) == facing
    if crop is not None:
        assert 0.0 <= crop.padded_fraction <= 1.0
        assert cut_face(np.full((48, 64, 3), 7, np.uint8), crop, 16).shape == (16, 16, 3)


def test_points_move_with_the_pixels_they_lie_on() -> None:
    frame = np.zeros((90, 120, 3), np.uint8)
    frame[40:44, 70:74] = 255
    crop = FaceCrop(centre_x=66.3, centre_y=38.9, side=30.4, rule="one_eye", padded_fraction=0.0)
    ((x, y),) = points_in_crop(np.array([[71.5, 41.5]]), crop, 60)
    rows, columns = np.nonzero(cut_face(frame, crop, 60)[..., 0] > 127)
    assert (columns.mean(), rows.mean()) == pytest.approx((x, y), abs=0.01)

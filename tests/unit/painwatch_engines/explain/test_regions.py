"""Regions of a face from its keypoints, and the shares of a map on them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from painwatch_engines.explain.regions import (
    ELSEWHERE,
    RADII,
    REGIONS,
    Disc,
    attention_shares,
    crop_keypoints,
    place_regions,
    region_masks,
)
from painwatch_engines.face import FaceMultiple, cut_face, find_face

NOSE_LEFT_EYE = np.array([[10, 60], [70, 60], [np.nan, np.nan], [np.nan, np.nan], [np.nan, np.nan]])


def test_discs_follow_from_the_keypoints_that_are_seen() -> None:
    # The face's size is 60 px, nose to eye; a fifth of the way from 10 is 22, two thirds (0.66) is 49.6.
    assert place_regions(NOSE_LEFT_EYE) == (
        Disc("eyes", 70, 60, RADII["eyes"] * 60),
        Disc("nose_cheek", pytest.approx(49.6), 60, RADII["nose_cheek"] * 60),
        Disc("whiskers", pytest.approx(22), 60, RADII["whiskers"] * 60),
    )


def test_without_two_keypoints_a_face_has_no_size_and_no_region() -> None:
    one = np.full((5, 2), np.nan)
    one[0] = 3, 4
    assert place_regions(one) == ()
    assert list(region_masks(place_regions(one), 8)) == [ELSEWHERE]


def test_what_two_discs_cover_goes_to_the_one_that_is_nearer_in_its_own_radius() -> None:
    # On the line between x = 2 (radius 4) and x = 8 (radius 2): at x = 6 both say 1, at 7 the small one says 0.5.
    masks = region_masks((Disc("ears", 2, 0, 4), Disc("eyes", 8, 0, 2)), 12)
    assert masks["ears"][0].tolist() == [True] * 6 + [False] * 6
    assert masks["eyes"][0].tolist() == [False] * 7 + [True] * 3 + [False] * 2
    assert masks[ELSEWHERE][0].tolist() == [False] * 6 + [True] + [False] * 3 + [True] * 2


def test_shares_by_hand() -> None:
    # Four cells of 2 x 2 px; the eye owns all of the first cell and one pixel of the second.
    eyes = np.zeros((4, 4), np.bool_)
    eyes[:2, :2] = True
    eyes[0, 2] = True
    shares = attention_shares(np.array([[0.4, 0.2], [0.3, 0.1]]), {"eyes": eyes, ELSEWHERE: ~eyes})
    assert shares == {"eyes": pytest.approx(0.45), ELSEWHERE: pytest.approx(0.55)}


def test_cells_that_do_not_divide_the_masks_keep_their_weight() -> None:
    # Three cells over eight pixels: columns 0..2, 3..4, 5..7.
    left = np.zeros((8, 8), np.bool_)
    left[:, :3] = True
    weights = np.array([[0.5, 0.25, 0.25]] * 3)
    assert attention_shares(weights, {"ears": left, ELSEWHERE: ~left})["ears"] == pytest.approx(0.5)


def test_a_map_with_nothing_in_it_has_no_shares() -> None:
    assert attention_shares(np.zeros((2, 2)), region_masks((), 4)) == {}


@pytest.mark.parametrize(
    "weights", [np.zeros((2, 3)), np.zeros((0, 0)), np.array([[np.nan]]), np.array([[-1.0]]), np.zeros((9, 9))]
)
def test_what_is_no_map_is_refused(weights: np.ndarray) -> None:
    with pytest.raises(ValueError):
        attention_shares(weights, region_masks((), 8))


def test_a_pose_of_another_shape_is_refused() -> None:
    with pytest.raises(ValueError):
        place_regions(np.zeros((4, 2)))


coordinate = st.one_of(st.just(float("nan")), st.floats(-100, 300))


@given(
    weights=st.integers(1, 20).flatmap(lambda g: arrays(np.float32, (g, g), elements=st.floats(0, 1e6, width=32))),
    keypoints=arrays(np.float64, (5, 2), elements=coordinate),
)
def test_shares_sum_to_one_whatever_the_map_and_the_face(weights: np.ndarray, keypoints: np.ndarray) -> None:
    masks = region_masks(place_regions(keypoints), 56)
    assert np.array_equal(np.sum(list(masks.values()), axis=0), np.ones((56, 56)))
    shares = attention_shares(weights, masks)
    assert set(shares) <= set(REGIONS)
    assert all(0 <= share <= 1 + 1e-9 for share in shares.values())
    assert sum(shares.values()) == pytest.approx(1) if weights.sum() > 0 else shares == {}


def test_keypoints_fall_where_the_crop_shows_them() -> None:
    frame = np.zeros((300, 400, 3), np.uint8)
    pose = np.array([[200, 180, 1], [230, 140, 1], [170, 140, 1], [250, 100, 1], [150, 100, 0.5]], np.float64)
    frame[137:144, 227:234] = 255
    crop = find_face(pose, 400, 300, FaceMultiple(1.6))
    assert crop is not None
    face = cut_face(frame, crop, 224)
    found = crop_keypoints(pose, (crop.centre_x, crop.centre_y), crop.side, 0.9, 224)
    rows, columns = np.nonzero(face[..., 0] > 128)
    assert found[1] == pytest.approx((columns.mean(), rows.mean()), abs=1.5)
    assert np.isnan(found[4]).all()

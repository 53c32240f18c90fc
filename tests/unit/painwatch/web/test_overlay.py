"""What is drawn lies where it was found, and a face at the edge is padded by its edge."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from painwatch.core.types import CropBox, Keypoint
from painwatch.web.overlay import cut_face, draw_attention, draw_found, jpeg, shrink, write_corner


def box(x: float, y: float, side: float) -> CropBox:
    return CropBox(x, y, side, "both_eyes", 0.0)


def test_a_wide_picture_shrinks_in_proportion_and_a_small_one_is_copied() -> None:
    wide, scale = shrink(np.zeros((1080, 1920, 3), np.uint8), 960)
    assert (wide.shape, scale) == ((540, 960, 3), 0.5)
    small = np.zeros((90, 160, 3), np.uint8)
    same, scale = shrink(small, 960)
    assert scale == 1
    assert not np.shares_memory(same, small)


def test_square_and_keypoints_are_drawn_where_they_are_at_any_scale() -> None:
    for scale in (1.0, 0.5):
        image = np.zeros((round(400 * scale), round(600 * scale), 3), np.uint8)
        draw_found(image, [Keypoint("nose", 300, 200, 0.99)], box(300, 200, 120), 0.9, scale)
        centre = image[round(200 * scale), round(300 * scale)]
        assert centre.tolist() == [66, 228, 240]
        assert image[round(200 * scale), round(240 * scale)].any()
        assert not image[round(200 * scale), round(150 * scale)].any()


def test_an_unlikely_keypoint_is_hollow() -> None:
    image = np.zeros((400, 600, 3), np.uint8)
    draw_found(image, [Keypoint("nose", 300, 200, 0.5)], None, 0.9)
    assert not image[200, 300].any()
    assert image.any()


@pytest.mark.parametrize("far", [1e9, -1e9])
def test_what_lies_far_off_the_picture_does_no_harm(far: float) -> None:
    image = np.zeros((90, 160, 3), np.uint8)
    draw_found(image, [Keypoint("nose", far, far, 0.99)], box(far, far, 10), 0.9)
    assert not image.any()


def test_the_face_is_the_square_around_its_centre() -> None:
    image = np.zeros((200, 300, 3), np.uint8)
    image[50:100, 120:170] = 200
    face = cut_face(image, box(144.5, 74.5, 50), 50)
    assert (face == 200).all()


def test_a_face_beyond_the_picture_repeats_its_edge() -> None:
    image = np.zeros((100, 100, 3), np.uint8)
    image[:, 0] = (10, 20, 30)
    face = cut_face(image, box(-0.5, 49.5, 40), 40)
    assert (face[:, :20] == (10, 20, 30)).all()
    assert face.shape == (40, 40, 3)


@pytest.mark.parametrize("side", [0.0, -3.0, 1e9, float("nan")])
def test_a_senseless_crop_is_refused(side: float) -> None:
    with pytest.raises(ValueError):
        cut_face(np.zeros((100, 100, 3), np.uint8), box(50, 50, side))


def test_attention_is_brightest_where_it_weighed_most() -> None:
    weights = np.full((7, 7), 0.001)
    weights[1, 5] = 1.0
    shown = draw_attention(np.full((224, 224, 3), 60, np.uint8), weights.tolist())
    light = cv2.cvtColor(shown, cv2.COLOR_BGR2GRAY)
    row, column = np.unravel_index(np.argmax(light), light.shape)
    assert abs(row - 48) < 24
    assert abs(column - 176) < 24


def test_an_even_map_of_nothing_is_drawn_as_nothing() -> None:
    shown = draw_attention(np.full((16, 16, 3), 60, np.uint8), [[0.0, 0.0], [0.0, 0.0]])
    assert (shown == shown[0, 0]).all()


@pytest.mark.parametrize("weights", [[], [[]], [[1.0], [1.0, 2.0]], [[float("nan")]]])
def test_a_broken_map_is_refused(weights: list[list[float]]) -> None:
    with pytest.raises(ValueError):
        draw_attention(np.zeros((16, 16, 3), np.uint8), weights)


def test_corner_text_stays_in_its_corner() -> None:
    image = np.full((360, 640, 3), 90, np.uint8)
    write_corner(image, "old picture: 4 s ago")
    assert (image[:300] == 90).all()
    assert (image[340:, :40] != 90).any()
    assert (image[:, 400:] == 90).all()


def test_a_jpeg_shows_the_picture() -> None:
    image = np.zeros((90, 160, 3), np.uint8)
    image[:, 80:] = (200, 100, 50)
    back = cv2.imdecode(np.frombuffer(jpeg(image), np.uint8), cv2.IMREAD_COLOR)
    assert back.shape == image.shape
    assert np.abs(back.astype(int) - image).mean() < 4

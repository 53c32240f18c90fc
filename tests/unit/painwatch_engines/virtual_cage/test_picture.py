from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from painwatch_engines.anatomy import ActionUnits, Coat, Species
from painwatch_engines.virtual_cage.animal import Identity, Pose
from painwatch_engines.virtual_cage.body import build_body
from painwatch_engines.virtual_cage.cage import Furnishing, see_empty_cage
from painwatch_engines.virtual_cage.camera import Camera
from painwatch_engines.virtual_cage.light import Light
from painwatch_engines.virtual_cage.occluders import Occluder
from painwatch_engines.virtual_cage.sensor import Sensor

Photograph = Callable[..., tuple[np.ndarray[Any, Any], Any]]


def test_pictures_are_bgr_bytes_in_c_order(photograph: Photograph) -> None:
    image, _ = photograph(Pose())
    assert image.dtype == np.uint8
    assert image.shape == (192, 192, 3)
    assert image.flags["C_CONTIGUOUS"]


def test_the_nose_of_a_white_rat_is_pink(photograph: Photograph) -> None:
    image, truth = photograph(Pose())
    x, y = truth.keypoints[0].round().astype(int)
    blue, _, red = image[y - 2 : y + 3, x - 2 : x + 3].reshape(-1, 3).mean(axis=0)
    assert red > blue + 20


def test_infrared_pictures_are_grey(photograph: Photograph) -> None:
    image, _ = photograph(Pose(), light=Light(infrared=True, warmth=0.1))
    assert (image == image[:, :, :1]).all()


@pytest.mark.parametrize("severity", [0.0, 2.0])
@pytest.mark.parametrize(("species", "coat"), [("rat", "agouti"), ("mouse", "black"), ("mouse", "white")])
def test_every_animal_can_be_drawn(photograph: Photograph, species: Species, coat: Coat, severity: float) -> None:
    body = build_body(Identity(species, coat, 9003))
    image, _ = photograph(Pose(yaw=20), units=ActionUnits(*[severity] * 4), body=body)
    assert image.std() > 10


def test_pain_changes_the_picture(photograph: Photograph) -> None:
    calm, truth = photograph(Pose())
    hurt, _ = photograph(Pose(), units=ActionUnits(2, 2, 2, 2))
    x, y = truth.keypoints[1].round().astype(int)
    near_the_eye = np.s_[y - 8 : y + 9, x - 8 : x + 9]
    assert np.abs(calm[near_the_eye].astype(int) - hurt[near_the_eye].astype(int)).mean() > 5


def test_a_bottle_hides_what_is_behind_it(photograph: Photograph) -> None:
    bottle = Occluder(kind="bottle", position=(2.0, 0.0, 0.3))
    plain, _ = photograph(Pose())
    hidden, truth = photograph(Pose(), occluders=(bottle,))
    assert not np.array_equal(plain, hidden)
    assert not truth.visible[0]


def test_the_lens_close_to_the_animal_does_no_harm(photograph: Photograph) -> None:
    inside = Camera((0.5, 0.0, 1.0), (0.0, 0.1, 1.0), 60.0, 64, 64)
    image, truth = photograph(Pose(), camera=inside)
    assert image.shape == (64, 64, 3)
    assert not truth.visible[0]


def test_the_floor_follows_the_camera(furnishing: Furnishing) -> None:
    low = Camera((6.0, 0.0, 1.0), (0.0, 0.0, 1.0), 40.0, 64, 64)
    high = Camera((6.0, 0.0, 4.0), (0.0, 0.0, 1.0), 40.0, 64, 64)
    seen_low, seen_high = see_empty_cage(low, furnishing), see_empty_cage(high, furnishing)
    assert seen_high.on_floor.mean() > seen_low.on_floor.mean()
    # The pixel that looks at the middle of the floor finds the middle of the floor.
    centred = see_empty_cage(Camera((6.0, 0.0, 4.0), (0.0, 0.0, 0.0), 40.0, 64, 64), furnishing)
    assert centred.floor_xy[32, 32] == pytest.approx((0.0, 0.0), abs=1e-5)


def test_a_level_camera_sees_floor_below_its_horizon_only(furnishing: Furnishing) -> None:
    level = see_empty_cage(Camera((6.0, 0.0, 1.0), (0.0, 0.0, 1.0), 40.0, 64, 64), furnishing)
    assert not level.on_floor[:33].any()
    assert level.on_floor[-1].all()


def test_sensor_settings_show(photograph: Photograph) -> None:
    still = Sensor(noise=0.0)
    plain, _ = photograph(Pose(), sensor=still)
    brighter, _ = photograph(Pose(), sensor=Sensor(noise=0.0, exposure=1.5))
    blurred, _ = photograph(Pose(), sensor=Sensor(noise=0.0, blur_px=2.0))
    packed, _ = photograph(Pose(), sensor=Sensor(noise=0.0, jpeg_quality=40))
    noisy, _ = photograph(Pose(), sensor=Sensor(noise=0.05))
    assert brighter.mean() > plain.mean() + 10
    assert np.diff(blurred.astype(int), axis=1).std() < np.diff(plain.astype(int), axis=1).std()
    assert np.diff(noisy.astype(int), axis=1).std() > np.diff(plain.astype(int), axis=1).std()
    assert not np.array_equal(packed, plain)
    assert np.abs(packed.astype(int) - plain.astype(int)).mean() < 12


def test_a_moving_head_smears_and_the_cage_does_not(photograph: Photograph) -> None:
    still, truth = photograph(Pose(), sensor=Sensor(noise=0.0))
    moving, moved_truth = photograph(Pose(), sensor=Sensor(noise=0.0), smear_px=(12.0, 0.0))
    x, y = truth.keypoints[1].round().astype(int)
    at_the_eye = np.s_[y - 8 : y + 9, x - 8 : x + 9]
    assert np.diff(moving[at_the_eye].astype(int), axis=1).std() < np.diff(still[at_the_eye].astype(int), axis=1).std()
    assert np.array_equal(moving[:8], still[:8])
    assert np.array_equal(truth.keypoints, moved_truth.keypoints)

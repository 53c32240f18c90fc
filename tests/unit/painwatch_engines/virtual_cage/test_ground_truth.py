from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from painwatch_engines.anatomy import KEYPOINTS, ActionUnits, shows_pain
from painwatch_engines.virtual_cage.animal import Pose
from painwatch_engines.virtual_cage.body import FUR, RestBody
from painwatch_engines.virtual_cage.camera import Camera, project
from painwatch_engines.virtual_cage.ground_truth import GroundTruth, seen_fractions, visibility
from painwatch_engines.virtual_cage.occluders import Occluder
from painwatch_engines.virtual_cage.posing import HEAD_HEIGHT, pose_body
from painwatch_engines.virtual_cage.raster import rasterise

LEVEL = Camera((6.0, 0.0, HEAD_HEIGHT), (0.2, 0.0, HEAD_HEIGHT), 30.0, 192, 192)
Photograph = Callable[..., tuple[np.ndarray[Any, Any], GroundTruth]]


def seen(truth: GroundTruth) -> set[str]:
    return {name for name, visible in zip(KEYPOINTS, truth.visible, strict=True) if visible}


@pytest.mark.parametrize(
    ("yaw", "pitch", "roll"),
    [(0, 0, 0), (40, 0, 0), (-60, 0, 0), (0, 20, 0), (0, -30, 0), (0, 0, 20), (0, 0, -25), (30, -20, 15)],
)
def test_the_pose_of_the_head_comes_back(photograph: Photograph, yaw: float, pitch: float, roll: float) -> None:
    _, truth = photograph(Pose(yaw=yaw, pitch=pitch, roll=roll))
    assert (truth.yaw_deg, truth.pitch_deg) == pytest.approx((yaw, pitch), abs=1e-6)
    assert truth.roll_deg == pytest.approx(roll, abs=1e-6)


def test_positive_angles_go_right_up_and_anticlockwise_in_the_image(photograph: Photograph) -> None:
    level, right, up, leaning = (
        photograph(pose)[1].keypoints for pose in (Pose(), Pose(yaw=20), Pose(pitch=20), Pose(roll=20))
    )
    assert right[0, 0] > level[0, 0]
    assert up[0, 1] < level[0, 1]
    left_eye, right_eye = leaning[1], leaning[2]
    assert left_eye[0] > right_eye[0]
    assert left_eye[1] < right_eye[1]


def test_yaw_is_relative_to_the_camera(photograph: Photograph) -> None:
    from_the_left = Camera((0.0, 6.0, HEAD_HEIGHT), (0.0, 0.0, HEAD_HEIGHT), 30.0, 96, 96)
    _, truth = photograph(Pose(), camera=from_the_left)
    assert truth.yaw_deg == pytest.approx(-90.0)  # its nose points to the image's left


def test_left_is_the_animals_left(photograph: Photograph) -> None:
    _, truth = photograph(Pose())
    nose, left_eye, right_eye, left_ear, right_ear = truth.keypoints[:, 0]
    assert right_ear < right_eye < nose < left_eye < left_ear


def test_a_frontal_face_shows_everything(photograph: Photograph) -> None:
    _, truth = photograph(Pose())
    assert seen(truth) == set(KEYPOINTS)


@pytest.mark.parametrize(("yaw", "near", "far"), [(90, "right", "left"), (-90, "left", "right")])
def test_a_profile_hides_the_far_eye(photograph: Photograph, yaw: float, near: str, far: str) -> None:
    _, truth = photograph(Pose(body_yaw=yaw))
    assert f"{near}_eye" in seen(truth)
    assert f"{far}_eye" not in seen(truth)


def test_an_animal_turned_away_shows_no_face(photograph: Photograph) -> None:
    _, truth = photograph(Pose(body_yaw=180))
    assert seen(truth) <= {"left_ear", "right_ear"}


@pytest.mark.parametrize("eye", ["left_eye", "right_eye"])
def test_something_in_front_of_one_eye_hides_that_eye_only(photograph: Photograph, rat: RestBody, eye: str) -> None:
    place = pose_body(rat, Pose(), ActionUnits()).keypoints[KEYPOINTS.index(eye)]
    # A small dome on the line of sight, nearly as close as the nose.
    towards = np.array([6.0, 0.0, HEAD_HEIGHT]) - place
    x, y, z = (place + 0.6 * towards / np.linalg.norm(towards)).tolist()
    dome = Occluder(kind="house", position=(x, y, z - 0.1), size=0.12)
    _, truth = photograph(Pose(), occluders=(dome,))
    assert set(KEYPOINTS) - seen(truth) == {eye}


def test_outside_the_picture_is_not_visible(photograph: Photograph) -> None:
    beside = Camera((6.0, 0.0, HEAD_HEIGHT), (0.0, 3.0, HEAD_HEIGHT), 20.0, 96, 96)
    _, truth = photograph(Pose(), camera=beside)
    assert seen(truth) == set()


def test_the_face_box_holds_the_keypoints(photograph: Photograph) -> None:
    for yaw in (0, 45, 120):
        _, truth = photograph(Pose(body_yaw=yaw))
        x0, y0, x1, y1 = truth.face_box
        assert (truth.keypoints >= (x0 - 1, y0 - 1)).all()
        assert (truth.keypoints <= (x1 + 1, y1 + 1)).all()


def test_the_eyes_are_dark_where_the_truth_says(photograph: Photograph) -> None:
    image, truth = photograph(Pose())
    between = truth.keypoints[1:3].mean(axis=0)
    forehead = image[int(between[1]), int(between[0])].mean()
    for x, y in truth.keypoints[1:3].round().astype(int):
        assert image[y - 1 : y + 2, x - 1 : x + 2].mean() < 0.7 * forehead


@pytest.mark.parametrize("severity", [0.0, 0.49, 0.5, 1.0, 2.0])
def test_pain_is_what_anatomy_says(photograph: Photograph, severity: float) -> None:
    units = ActionUnits(severity, severity, severity, severity)
    _, truth = photograph(Pose(), units=units)
    assert truth.pain == shows_pain(units)
    assert truth.units == units


def test_a_blink_is_not_pain(photograph: Photograph) -> None:
    open_eyed, _ = photograph(Pose())
    blinking, truth = photograph(Pose(blink=1.0))
    assert not truth.pain
    assert truth.units.orbital == 0
    assert not np.array_equal(open_eyed, blinking)


def test_an_eye_that_turns_away_shows_less_and_less(rat: RestBody) -> None:
    def left_eye(yaw: float) -> float:
        posed = pose_body(rat, Pose(body_yaw=yaw), ActionUnits())
        screen = project(LEVEL, posed.points)
        buffer = rasterise(screen, rat.triangles, (rat.materials == FUR).astype(np.int32), 192, 192)
        return float(seen_fractions(LEVEL, buffer, posed, rat)[1])

    facing, oblique, edge_on, away = (left_eye(yaw) for yaw in (-70, -20, 10, 60))
    assert facing == pytest.approx(1.0, abs=0.35)
    assert facing > oblique > edge_on
    assert away == 0.0


def test_a_veil_over_the_nose_hides_the_nose_only(rat: RestBody) -> None:
    posed = pose_body(rat, Pose(), ActionUnits())
    screen = project(LEVEL, posed.points)
    buffer = rasterise(screen, rat.triangles, (rat.materials == FUR).astype(np.int32), 192, 192)
    x, y, _ = project(LEVEL, posed.keypoints[:1])[0].astype(int)
    buffer.depth[y - 14 : y + 15, x - 14 : x + 15] = 0.0
    assert visibility(LEVEL, buffer, posed, rat).tolist() == [False, True, True, True, True]

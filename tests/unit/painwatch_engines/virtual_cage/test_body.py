from __future__ import annotations

import numpy as np
import pytest

from painwatch_engines.anatomy import ActionUnits
from painwatch_engines.virtual_cage.animal import Identity, Pose
from painwatch_engines.virtual_cage.body import RestBody, build_body
from painwatch_engines.virtual_cage.posing import pose_body


def test_the_same_identity_is_the_same_animal() -> None:
    once, again = (build_body(Identity("mouse", "black", 9001)) for _ in range(2))
    assert np.array_equal(once.skin, again.skin)
    assert np.array_equal(once.fur.triangle, again.fur.triangle)
    assert np.array_equal(once.whiskers.roots, again.whiskers.roots)


def test_other_identities_have_other_proportions() -> None:
    one, other = (build_body(Identity("rat", "white", seed)) for seed in (9001, 9002))
    assert one.eye.radius != other.eye.radius
    assert one.ear.half_width != other.ear.half_width
    assert not np.array_equal(one.skin, other.skin)


def test_triangles_name_vertices_there_are(rat: RestBody) -> None:
    vertices = rat.left_ear.stop + len(rat.rigid)
    assert rat.triangles.min() == 0
    assert rat.triangles.max() == vertices - 1
    assert len(rat.triangles) == len(rat.materials)


def test_keypoints_of_a_straight_animal_mirror_each_other(rat: RestBody) -> None:
    nose, left_eye, right_eye, left_ear, right_ear = pose_body(rat, Pose(), ActionUnits()).keypoints
    assert nose[1] == pytest.approx(0.0)
    assert left_eye * (1, -1, 1) == pytest.approx(right_eye)
    assert left_ear * (1, -1, 1) == pytest.approx(right_ear)
    assert left_eye[1] > 0  # +y is the animal's left
    assert left_ear[1] > 0
    assert nose[0] > left_eye[0] > left_ear[0]
    assert left_ear[2] > left_eye[2] > nose[2]


def test_pain_moves_every_part_of_the_face(rat: RestBody) -> None:
    calm = pose_body(rat, Pose(), ActionUnits())
    for units in (ActionUnits(orbital=2), ActionUnits(ear=2), ActionUnits(nose_cheek=2)):
        assert not np.allclose(pose_body(rat, Pose(), units).points, calm.points)
    assert not np.allclose(pose_body(rat, Pose(), ActionUnits(whisker=2)).whiskers, calm.whiskers)


def test_whiskers_move_forward_in_pain(rat: RestBody) -> None:
    def tips(severity: float) -> float:
        return float(pose_body(rat, Pose(), ActionUnits(whisker=severity)).whiskers[:, -1, 0].mean())

    assert tips(0.0) < tips(1.0) < tips(2.0)

"""Rendered sets: reproducible, of the animals asked for, labelled like the renderer's truth."""

from __future__ import annotations

import numpy as np
import pytest

from painwatch_engines.anatomy import ActionUnits, shows_pain
from painwatch_engines.data.pictures import FaceSet, FrameSet, Share
from painwatch_engines.data.rendered import render_faces, render_frames


@pytest.fixture(scope="module")
def frames() -> FrameSet:
    return render_frames(4, 5, Share(10, 11), 320)


@pytest.fixture(scope="module")
def faces() -> FaceSet:
    return render_faces(4, 6, Share(10, 11), 96)


def test_frames_have_the_width_of_the_network(frames: FrameSet) -> None:
    assert frames.images.shape == (4, 180, 320, 3)
    assert set(frames.identities.tolist()) <= {10, 11}
    assert frames.labelled.all()
    inside = (frames.keypoints >= -0.5) & (frames.keypoints <= (319.5, 179.5))
    assert inside.all(axis=-1)[frames.visible].all(), "what can be seen lies in the picture"


def test_the_same_seed_gives_the_same_frames(frames: FrameSet) -> None:
    again = render_frames(4, 5, Share(10, 11), 320)
    assert np.array_equal(again.images, frames.images)
    assert np.array_equal(again.keypoints, frames.keypoints)


def test_faces_are_squares_with_the_label_of_their_units(faces: FaceSet) -> None:
    assert faces.images.shape == (4, 96, 96, 3)
    assert faces.labels.tolist() == [int(shows_pain(ActionUnits(*units))) for units in faces.units.tolist()]
    assert ((faces.sides_px >= 70) & (faces.sides_px <= 260)).all()
    assert set(faces.identities.tolist()) <= {10, 11}

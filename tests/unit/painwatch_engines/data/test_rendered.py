"""Rendered sets: reproducible, of the animals asked for, labelled like the renderer's truth."""

from __future__ import annotations

import numpy as np
import pytest

from painwatch_engines.anatomy import shows_pain
from painwatch_engines.data.pictures import FrameSet, Share
from painwatch_engines.data.rendered import FACE_SIDES_PX, disturbed, draw_face, render_frames
from painwatch_engines.face import FaceCrop
from painwatch_engines.virtual_cage.sampling import Studio


@pytest.fixture(scope="module")
def frames() -> FrameSet:
    return render_frames(4, 5, Share(10, 11), 320)


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


def test_a_drawn_face_has_a_crop_that_a_live_camera_could_give() -> None:
    rng, studio = np.random.default_rng(6), Studio()
    for identity in (10, 11):
        view, crop = draw_face(rng, studio, "rat", "white", identity)
        assert view.identity.seed == identity
        assert FACE_SIDES_PX[0] <= crop.side <= FACE_SIDES_PX[1]
        assert view.truth.pain == shows_pain(view.truth.units)


def test_a_disturbed_crop_moves_by_its_jitter_and_grows_by_its_context() -> None:
    crop = FaceCrop(50.0, 40.0, 100.0, "both_eyes", 0.0)
    assert disturbed(crop, np.random.default_rng(0), 0.0, 1.25) == FaceCrop(50.0, 40.0, 125.0, "both_eyes", 0.0)
    moved = [disturbed(crop, np.random.default_rng(i), 1.0, 1.0) for i in range(400)]
    assert np.std([m.centre_x for m in moved]) == pytest.approx(3, rel=0.15)
    assert np.std(np.log([m.side for m in moved])) == pytest.approx(0.06, rel=0.15)

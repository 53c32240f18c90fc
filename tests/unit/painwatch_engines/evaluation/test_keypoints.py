"""Figures of keypoints, against cases worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from painwatch_engines.data.pictures import FrameSet
from painwatch_engines.evaluation.keypoints import score_keypoints
from painwatch_engines.face import FaceMultiple


def two_frames() -> FrameSet:
    """One frame with a face to be cropped, one with the nose alone."""
    keypoints = np.array([[(50, 60), (40, 40), (60, 40), (30, 20), (70, 20)]] * 2, np.float32)
    visible = np.array([[True, True, True, True, False], [True, False, False, False, False]])
    images = np.zeros((2, 90, 160, 3), np.uint8)
    return FrameSet(images, keypoints, visible, np.ones_like(visible), np.zeros(2, np.int64))


def figures(likelihood: list[list[float]], shift: float) -> dict[tuple[str, str], float]:
    truth = two_frames()
    points = truth.keypoints + np.array([shift, 0], np.float32)
    poses = np.concatenate([points, np.array(likelihood, np.float32)[..., None]], axis=-1)
    return {(f.name, f.of): f.value for f in score_keypoints(poses, truth, 2.0, FaceMultiple(1.6))}


def test_perfect_poses_have_perfect_figures() -> None:
    found = figures([[1, 1, 1, 1, 0], [1, 0, 0, 0, 0]], 0.0)
    assert found["median error", "visible points, all"] == 0.0
    assert found["recall at likelihood 0.9", "visible points, all"] == 1.0
    assert found["called seen at likelihood 0.9", "points not visible, all"] == 0.0
    assert found["precision at likelihood 0.9", "points called seen, all"] == 1.0
    assert found["crop placed", "frames with a face by the rule"] == 1.0
    assert found["crop placed", "frames without a face by the rule"] == 0.0
    assert found["90th percentile of the crop's offset", "crops"] == 0.0


def test_errors_are_in_pixels_of_the_full_frame() -> None:
    found = figures([[1, 1, 1, 1, 0], [1, 0, 0, 0, 0]], 1.5)
    assert found["median error", "visible points, nose"] == pytest.approx(3.0)
    assert found["95th percentile of error", "visible points, all"] == pytest.approx(3.0)


def test_likelihoods_are_judged_at_the_published_threshold() -> None:
    found = figures([[1, 1, 0.5, 1, 0.95], [0.89, 0, 0, 0, 0]], 0.0)
    assert found["recall at likelihood 0.9", "visible points, nose"] == 0.5
    assert found["recall at likelihood 0.9", "visible points, all"] == pytest.approx(3 / 5)
    assert found["called seen at likelihood 0.9", "points not visible, right_ear"] == 0.5
    assert found["precision at likelihood 0.9", "points called seen, all"] == pytest.approx(3 / 4)

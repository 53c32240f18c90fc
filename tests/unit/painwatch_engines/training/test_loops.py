"""A few steps of the keypoint training: it runs, it learns, it repeats."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch

from painwatch_engines.data.mouse_faces import CloseUp
from painwatch_engines.data.pictures import FrameSet
from painwatch_engines.models.keypoint_net import build_keypoint_net, keypoint_config, save_for_dlclive
from painwatch_engines.training.keypoint_loop import (
    KeypointSettings,
    adopt_weights,
    calibrate,
    predict,
    train_keypoints,
)


def dots(count: int) -> FrameSet:
    """Frames with one bright dot, which is the nose; the other points are nowhere."""
    rng = np.random.default_rng(0)
    images = np.full((count, 96, 128, 3), 60, np.uint8)
    keypoints = np.zeros((count, 5, 2), np.float32)
    for image, points in zip(images, keypoints, strict=True):
        x, y = int(rng.integers(10, 118)), int(rng.integers(10, 86))
        image[y - 3 : y + 4, x - 3 : x + 4] = 250
        points[:] = (x, y)
    visible = np.zeros((count, 5), np.bool_)
    visible[:, 0] = True
    return FrameSet(images, keypoints, visible, np.ones_like(visible), np.zeros(count, np.int64))


def close_up() -> CloseUp:
    keypoints = np.full((5, 2), np.nan, np.float32)
    keypoints[:2] = ((10.0, 20.0), (40.0, 20.0))
    return CloseUp(np.full((48, 64, 3), 90, np.uint8), keypoints)


def test_keypoint_training_finds_the_dot(tmp_path: Path) -> None:
    frames = dots(64)
    settings = KeypointSettings(steps=60, batch=8, learning_rate=3e-3, window_px=(96, 64), close_up_share=0.0)
    network = train_keypoints(frames, (), settings)
    poses = predict(network, frames.images)
    error = np.linalg.norm(poses[:, 0, :2] - frames.keypoints[:, 0], axis=-1)
    assert np.median(error) < 10
    calibrated = frames.visible | True
    everywhere = FrameSet(frames.images, frames.keypoints, calibrated, calibrated, frames.identities)
    calibrate(network, everywhere)
    assert (predict(network, frames.images)[..., 2] >= 0.89).all()


def test_keypoint_training_repeats_from_its_seed() -> None:
    settings = KeypointSettings(steps=2, batch=4, window_px=(96, 64), close_up_share=0.5)
    first, second = (train_keypoints(dots(8), [close_up()], settings).state_dict() for _ in range(2))
    assert all(torch.equal(first[name], second[name]) for name in first)


def test_weights_that_fit_are_taken_over(tmp_path: Path) -> None:
    config = keypoint_config()
    torch.manual_seed(0)
    earlier, later = build_keypoint_net(config), build_keypoint_net(keypoint_config(("nose",)))
    save_for_dlclive(earlier, config, tmp_path / "model.pt")
    # The last layers of the two heads have another number of points: a weight and a bias each.
    assert adopt_weights(later, tmp_path / "model.pt") == 4
    before, after = earlier.state_dict(), later.state_dict()
    assert sum(torch.equal(before[name], after[name]) for name in before) == len(before) - 4

"""DeepLabCut-live's own runner and the exported ONNX give the same poses."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from painwatch_engines import zoo
from painwatch_engines.data.pictures import TEST
from painwatch_engines.data.rendered import render_frames
from painwatch_engines.models.dlclive_seam import open_dlclive
from painwatch_engines.models.export import export_keypoints
from painwatch_engines.models.keypoint_net import build_keypoint_net, keypoint_config, save_for_dlclive
from painwatch_engines.runtime import open_runtime


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an untrained network in both formats."""
    torch.manual_seed(2)
    folder = tmp_path_factory.mktemp("keypoints")
    config = keypoint_config()
    network = build_keypoint_net(config).eval()
    save_for_dlclive(network, config, folder / "model.pt")
    export_keypoints(network, folder / "model.onnx")
    return folder


def assert_same_poses(folder: Path, frames: NDArray[np.uint8]) -> None:
    runner = open_dlclive(folder / "model.pt")
    runner.init_inference(frames[0])
    expected = np.stack([runner.get_pose(frame) for frame in frames])
    poses = open_runtime(folder / "model.onnx").run({"frames": frames})["poses"]
    assert poses[..., :2] == pytest.approx(expected[..., :2], abs=0.5)
    assert poses[..., 2] == pytest.approx(expected[..., 2], abs=0.01)


@pytest.mark.parametrize(("height", "width"), [(180, 320), (240, 320), (101, 233)])
def test_both_runners_agree(model: Path, height: int, width: int) -> None:
    frames = np.random.default_rng(height).integers(0, 256, (3, height, width, 3)).astype(np.uint8)
    assert_same_poses(model, frames)


def test_both_runners_agree_on_the_shipped_model() -> None:
    assert_same_poses(zoo.path("keypoints"), render_frames(6, 21, TEST, 320).images)

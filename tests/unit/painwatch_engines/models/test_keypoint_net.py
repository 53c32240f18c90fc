"""The keypoint network's configuration and how its maps are read."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
import torch

from painwatch_engines.anatomy import KEYPOINTS
from painwatch_engines.models.keypoint_net import (
    LOCREF_STD,
    STRIDE,
    build_keypoint_net,
    heads,
    keypoint_config,
    load_from_dlclive,
    read_maps,
    save_for_dlclive,
)


def test_a_pose_is_the_best_cell_its_centre_and_its_offset() -> None:
    heatmap = torch.full((1, 2, 3, 4), -9.0)
    offsets = torch.zeros(1, 2, 2, 3, 4)
    heatmap[0, 0, 2, 1] = math.log(9)
    offsets[0, 0, :, 2, 1] = torch.tensor([2.0, -1.0]) / LOCREF_STD
    heatmap[0, 1, 0, 3] = 0.0
    poses = read_maps(heatmap, offsets)[0]
    assert poses[0].tolist() == pytest.approx([1.5 * STRIDE + 2, 2.5 * STRIDE - 1, 0.9])
    assert poses[1].tolist() == pytest.approx([3.5 * STRIDE, 0.5 * STRIDE, 0.5])


def test_maps_have_a_cell_for_every_four_pixels_and_a_margin() -> None:
    network = build_keypoint_net(keypoint_config()).eval()
    with torch.inference_mode():
        heatmap, offsets = heads(network, torch.zeros(2, 3, 64, 96))
    assert heatmap.shape == (2, len(KEYPOINTS), 16 + 3, 24 + 3)
    assert offsets.shape == (2, len(KEYPOINTS), 2, 16 + 3, 24 + 3)


def test_a_saved_network_comes_back_without_unpickling(tmp_path: Path) -> None:
    config = keypoint_config()
    network = build_keypoint_net(config).eval()
    save_for_dlclive(network, config, tmp_path / "model.pt")
    again, stored = load_from_dlclive(tmp_path / "model.pt")
    assert stored == config
    picture = torch.rand(1, 3, 64, 64)
    with torch.inference_mode():
        assert torch.equal(heads(network, picture)[0], heads(again, picture)[0])

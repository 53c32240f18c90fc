"""Moving the likelihoods to the published threshold."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from painwatch_engines.models.keypoint_net import build_keypoint_net, heads, keypoint_config
from painwatch_engines.training.calibration import best_threshold, shift_likelihoods


def test_the_best_threshold_lies_between_seen_and_unseen() -> None:
    likelihood = np.array([0.9, 0.2, 0.7, 0.4, 0.6])
    seen = np.array([True, False, True, False, True])
    assert best_threshold(likelihood, seen) == pytest.approx(0.5)
    assert best_threshold(likelihood, np.ones(5, np.bool_)) == pytest.approx(0.1)


def test_unseen_points_weigh_as_much_as_the_many_seen_ones() -> None:
    likelihood = np.array([0.9] * 8 + [0.5, 0.5, 0.4, 0.3])
    seen = np.array([True] * 8 + [False, False, True, False])
    assert best_threshold(likelihood, seen) == pytest.approx(0.7)


def test_a_point_at_its_threshold_comes_to_nine_tenths_and_stays_in_place() -> None:
    torch.manual_seed(0)
    network = build_keypoint_net(keypoint_config()).eval()
    picture = torch.rand(1, 3, 64, 64)
    with torch.inference_mode():
        before = heads(network, picture)[0]
        peaks = torch.sigmoid(before.amax(dim=(2, 3)))[0].tolist()
        shift_likelihoods(network, peaks)
        after = heads(network, picture)[0]
    assert torch.sigmoid(after.amax(dim=(2, 3)))[0].tolist() == pytest.approx([0.9] * 5, abs=1e-4)
    assert torch.equal(after.flatten(2).argmax(dim=2), before.flatten(2).argmax(dim=2))


def test_a_layer_without_a_bias_cannot_be_shifted() -> None:
    network = nn.Module()
    head = nn.Module()
    head.heatmap_head = nn.Sequential(nn.ConvTranspose2d(2, 5, 3, bias=False))
    network.heads = nn.ModuleDict({"bodypart": head})
    with pytest.raises(ValueError, match="no bias"):
        shift_likelihoods(network, [0.5] * 5)

"""Targets and loss of the keypoint network, against cases worked out by hand."""

from __future__ import annotations

import math

import pytest
import torch

from painwatch_engines.models.keypoint_net import LOCREF_STD, STRIDE, read_maps
from painwatch_engines.training.targets import TargetShape, keypoint_loss, make_targets


def test_the_cell_of_the_point_is_one_and_its_offset_leads_to_it() -> None:
    x, y = 2.5 * STRIDE + 1, 1.5 * STRIDE + 1
    point = torch.tensor([[[x, y]]])
    targets = make_targets(point, torch.ones(1, 1, dtype=torch.bool), 4, 5)
    assert targets.heatmap[0, 0, 1, 2].item() == 1.0
    assert (targets.offsets[0, 0, :, 1, 2] * LOCREF_STD).tolist() == pytest.approx([1.0, 1.0])
    pose = read_maps(torch.logit(targets.heatmap, eps=1e-4), targets.offsets)
    assert pose[0, 0, :2].tolist() == pytest.approx([x, y])


def test_wherever_the_point_is_its_cell_is_one() -> None:
    grid = torch.cartesian_prod(torch.arange(8, 25, 0.5), torch.arange(8, 25, 0.5))[None]
    seen = torch.ones(grid.shape[:2], dtype=torch.bool)
    assert make_targets(grid, seen, 8, 8).heatmap.amax(dim=(2, 3)).min().item() == 1.0


def test_beyond_the_plateau_it_falls_as_a_gaussian() -> None:
    shape = TargetShape(plateau=STRIDE / 2, falloff=STRIDE / 4, reach=2.1 * STRIDE)
    targets = make_targets(torch.full((1, 1, 2), STRIDE / 2), torch.ones(1, 1, dtype=torch.bool), 1, 4, shape)
    assert targets.heatmap[0, 0, 0].tolist() == pytest.approx([1.0, math.exp(-2), math.exp(-18), math.exp(-50)])
    assert targets.near[0, 0, 0, 0].tolist() == [1.0, 1.0, 1.0, 0.0]


def test_a_point_that_is_not_visible_asks_for_an_empty_map() -> None:
    targets = make_targets(torch.tensor([[[4.0, 4.0], [math.nan, math.nan]]]), torch.zeros(1, 2).bool(), 3, 3)
    assert not targets.heatmap.any()
    assert not targets.near.any()
    assert torch.isfinite(targets.offsets).all()


def test_right_maps_cost_next_to_nothing_and_unlabelled_points_nothing() -> None:
    points = torch.tensor([[[STRIDE / 2, STRIDE / 2], [10.0, 10.0]]])
    labelled = torch.tensor([[True, False]])
    targets = make_targets(points, labelled, 2, 2, TargetShape(plateau=1.0, falloff=0.1))
    right = torch.full((1, 2, 2, 2), -20.0)
    right[0, 0, 0, 0] = 20.0
    offsets = targets.offsets.clone()
    assert keypoint_loss(right, offsets, targets, labelled).item() == pytest.approx(0.0, abs=1e-6)
    right[0, 1] = 20.0
    offsets[0, 1] = 9.0
    assert keypoint_loss(right, offsets, targets, labelled).item() == pytest.approx(0.0, abs=1e-6)
    right[0, 0, 0, 0] = 0.0
    # -log sigmoid(0) = log 2 for one of one labelled points, weighed 5 and 0.1
    assert keypoint_loss(right, offsets, targets, labelled).item() == pytest.approx(0.5 * math.log(2), rel=1e-5)

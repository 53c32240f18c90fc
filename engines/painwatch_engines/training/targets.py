"""What the keypoint network is asked for, and by how much its answer misses it."""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from painwatch_engines.models.keypoint_net import LOCREF_STD, STRIDE

OFFSET_DELTA = 0.25
"""Offsets missed by more than this (in LOCREF_STD px, so 1.8 px) count linearly."""

OFFSET_WEIGHT = 6.0
"""Weight of the offsets beside the heatmap: with DeepLabCut's 0.05 they stay rough when trained from scratch."""


@dataclass(frozen=True, slots=True)
class TargetShape:
    """Shape of a keypoint's target, in px of the network's frame.

    Attributes:
        plateau: the target is 1 up to this distance: wide enough that the cell which holds the point
            always is.
        falloff: standard deviation of the Gaussian beyond the plateau.
        reach: offsets are learned up to this distance (DeepLabCut's pos_dist_thresh, there 17).
    """

    plateau: float = 0.75 * STRIDE
    falloff: float = 3.0
    reach: float = 10.0


@dataclass(frozen=True, slots=True, eq=False)
class Targets:
    """heatmap (N, K, h, w) 0..1; offsets (N, K, 2, h, w) in LOCREF_STD px; near (N, K, 1, h, w) where offsets count."""

    heatmap: Tensor
    offsets: Tensor
    near: Tensor


def make_targets(
    keypoints: Tensor, visible: Tensor, height: int, width: int, shape: TargetShape | None = None
) -> Targets:
    """Targets for the maps of a batch. A point that is not visible has an empty heatmap and no offsets.

    Args:
        keypoints: (N, K, 2) px of the network's frame; NaN where unknown.
        visible: (N, K) bool.
        height: cells.
        width: cells.
        shape: of the target.
    """
    chosen = shape or TargetShape()
    known = torch.nan_to_num(keypoints, nan=-1e4)
    xs = torch.arange(width, dtype=torch.float32) * STRIDE + STRIDE / 2
    ys = torch.arange(height, dtype=torch.float32) * STRIDE + STRIDE / 2
    dx = known[..., 0, None, None] - xs.view(1, 1, 1, width)
    dy = known[..., 1, None, None] - ys.view(1, 1, height, 1)
    offsets = torch.stack([dx + 0 * dy, dy + 0 * dx], dim=2)
    distance = offsets.square().sum(dim=2).sqrt()
    beyond = torch.relu(distance - chosen.plateau)
    seen = visible[..., None, None].float()
    heatmap = torch.exp(-0.5 * (beyond / chosen.falloff).square()) * seen
    near = ((distance <= chosen.reach).float() * seen).unsqueeze(2)
    return Targets(heatmap, offsets / LOCREF_STD, near)


def keypoint_loss(heatmap: Tensor, offsets: Tensor, targets: Targets, labelled: Tensor) -> Tensor:
    """Cross entropy of the heatmap's cells plus Huber loss of the offsets near the points.

    Cross entropy makes the likelihood a probability, so a point well seen comes close to 1; the cells of a
    point weigh more than the thousand empty ones around them. Points that are not labelled count nowhere.

    Args:
        heatmap: (N, K, h, w) logits.
        offsets: (N, K, 2, h, w).
        targets: of the batch.
        labelled: (N, K) bool.
    """
    counted = labelled[..., None, None].float()
    weight = (1 + 4 * targets.heatmap) * counted
    entropy = F.binary_cross_entropy_with_logits(heatmap, targets.heatmap, weight, reduction="sum")
    near = targets.near * counted.unsqueeze(2)
    miss = F.huber_loss(offsets * near, targets.offsets * near, reduction="sum", delta=OFFSET_DELTA)
    points = labelled.float().sum().clamp(min=1)
    return 0.1 * entropy / points + OFFSET_WEIGHT * miss / near.sum().clamp(min=1)

"""The keypoint network: a small model of DeepLabCut-live's own registry, and its configuration in plain types.

The configuration travels inside `model.pt`, which DeepLabCut-live reads with `weights_only=True`: plain
types only.
"""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any, cast

import torch
from torch import Tensor, nn

from painwatch_engines.anatomy import KEYPOINTS
from painwatch_engines.models.dlclive_seam import pose_model_class
from painwatch_engines.models.pixels import normalise

STRIDE = 4
"""Pixels of the input for each cell of the heatmap: 16 in the backbone, halved twice by the head's deconvolutions. With
one deconvolution the points of a small face shared a cell, and their median error was 6 px of a 640 px frame."""

LOCREF_STD = 7.2801
"""DeepLabCut's scale of the offsets that refine a cell's centre, px."""

BACKBONE = "test_resnet"
"""timm's smallest ResNet: 0.4 M parameters, fast enough for one CPU core in a live pipeline."""

_BACKBONE_CHANNELS = 96
_HEAD_CHANNELS = 48


def keypoint_config(keypoints: tuple[str, ...] = KEYPOINTS) -> dict[str, Any]:
    """DeepLabCut-live's configuration of the network.

    The likelihood is a sigmoid of the heatmap: trained as the probability that the point is seen in this
    cell, it can come close to 1, where a clipped Gaussian regression falls short of 0.9 whenever the point
    lies between two cells, and the published rule for a face asks for 0.9.
    """
    predictor = {
        "type": "HeatmapPredictor",
        "apply_sigmoid": True,
        "clip_scores": False,
        "location_refinement": True,
        "locref_std": LOCREF_STD,
    }
    points = len(keypoints)
    head = {
        "type": "HeatmapHead",
        "weight_init": "normal",
        "predictor": predictor,
        "heatmap_config": _deconvolutions(points),
        "locref_config": _deconvolutions(2 * points),
    }
    backbone = {
        "type": "ResNet",
        "model_name": BACKBONE,
        "output_stride": 4 * STRIDE,
        "freeze_bn_stats": False,
        "freeze_bn_weights": False,
    }
    return {
        "data": {"colormode": "RGB", "inference": {"normalize_images": True}},
        "method": "bu",
        "net_type": BACKBONE,
        "metadata": {
            "bodyparts": list(keypoints),
            "unique_bodyparts": [],
            "individuals": ["animal"],
            "with_identity": False,
        },
        "model": {
            "backbone": backbone,
            "backbone_output_channels": _BACKBONE_CHANNELS,
            "heads": {"bodypart": head},
        },
    }


def _deconvolutions(channels: int) -> dict[str, list[int]]:
    return {"channels": [_BACKBONE_CHANNELS, _HEAD_CHANNELS, channels], "kernel_size": [3, 3], "strides": [2, 2]}


def build_keypoint_net(config: Mapping[str, Any]) -> nn.Module:
    """A network with random weights for a configuration of keypoint_config."""
    return cast(nn.Module, pose_model_class().build(deepcopy(dict(config["model"]))))


def heads(network: nn.Module, pictures: Tensor) -> tuple[Tensor, Tensor]:
    """Raw maps of the network for (N, 3, H, W) normalised RGB.

    Returns:
        Heatmap logits (N, K, h, w) and offsets (N, K, 2, h, w), x before y, in units of LOCREF_STD px.
    """
    output = network(pictures)["bodypart"]
    heatmap, offsets = output["heatmap"], output["locref"]
    batch, points, height, width = heatmap.shape
    return heatmap, offsets.reshape(batch, points, 2, height, width)


class FramesToPoses(nn.Module):
    """The network with everything around it: uint8 frames in, poses out, as DLCLive.get_pose computes them."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, frames: Tensor) -> Tensor:
        """(N, H, W, 3) uint8 BGR to (N, K, 3): x, y in px of the frame, likelihood 0..1."""
        return read_maps(*heads(self.network, normalise(frames)))


def read_maps(heatmap: Tensor, offsets: Tensor) -> Tensor:
    """Poses from raw maps: the cell of the highest logit, its centre, and its offset (HeatmapPredictor).

    Args:
        heatmap: (N, K, h, w) logits.
        offsets: (N, K, 2, h, w) in units of LOCREF_STD px.

    Returns:
        (N, K, 3): x, y in px of the network's frame, likelihood 0..1.
    """
    batch, points, height, width = heatmap.shape
    score, cell = heatmap.reshape(batch, points, height * width).max(dim=2)
    flat = offsets.reshape(batch, points, 2, height * width) * LOCREF_STD
    shift = flat.gather(3, cell[:, :, None, None].expand(-1, -1, 2, 1))[..., 0]
    row = torch.div(cell, width, rounding_mode="floor")
    centre = torch.stack([cell - row * width, row], dim=-1).float() * STRIDE + STRIDE / 2
    return torch.cat([centre + shift, torch.sigmoid(score)[..., None]], dim=-1)


def save_for_dlclive(network: nn.Module, config: Mapping[str, Any], path: Path) -> None:
    """Write the file that DLCLive(path, model_type="pytorch") opens."""
    weights = {name: value.detach().contiguous().cpu() for name, value in network.state_dict().items()}
    torch.save({"config": dict(config), "pose": weights, "detector": None}, path)


def load_from_dlclive(path: Path) -> tuple[nn.Module, dict[str, Any]]:
    """The network of a file written by save_for_dlclive, in inference mode, and its configuration."""
    stored = torch.load(path, map_location="cpu", weights_only=True)
    network = build_keypoint_net(stored["config"])
    network.load_state_dict(stored["pose"])
    return network.eval(), stored["config"]

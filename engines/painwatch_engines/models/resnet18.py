"""ResNet-18 (He et al. 2016) in plain PyTorch: the trunk that other methods share, and the classifier itself.

Written out because the packages that offer it bring torchvision with them; the names of the parameters are
theirs, so weights trained elsewhere can be loaded.
"""

from __future__ import annotations

from typing import cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from painwatch_engines.anatomy import LABELS
from painwatch_engines.models.method import Method, Outputs, Targets
from painwatch_engines.models.settings import ATTENTION_STRIDE, MethodSettings, shipped_settings

WIDTH = 64
"""Channels of the trunk's first layers."""

CHANNELS = 8 * WIDTH
"""Channels of the trunk's last map."""

STRIDE = ATTENTION_STRIDE
"""Pixels of the input for each cell of the trunk's last map: 224 px give 7 x 7 cells."""


class BasicBlock(nn.Module):
    """Two 3 x 3 convolutions with batch norm and a shortcut around them (He et al. 2016, Fig. 5 left)."""

    def __init__(self, channels_in: int, channels_out: int, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(channels_in, channels_out, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(channels_out)
        self.conv2 = nn.Conv2d(channels_out, channels_out, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(channels_out)
        self.relu = nn.ReLU(inplace=True)
        self.downsample: nn.Sequential | None = None
        if stride != 1 or channels_in != channels_out:
            self.downsample = nn.Sequential(
                nn.Conv2d(channels_in, channels_out, 1, stride, bias=False), nn.BatchNorm2d(channels_out)
            )

    def forward(self, x: Tensor) -> Tensor:
        shortcut = x if self.downsample is None else self.downsample(x)
        y = self.relu(self.bn1(self.conv1(x)))
        return cast(Tensor, self.relu(self.bn2(self.conv2(y)) + shortcut))


class ResNet18Trunk(nn.Module):
    """(N, 3, H, W) normalised RGB to (N, 8 * width, H/32, W/32).

    Args:
        width: channels of the first layers; 64 is that of He et al. 2016, a half of it costs a quarter.
    """

    def __init__(self, width: int = WIDTH) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, width, 7, 2, 3, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.relu = nn.ReLU(inplace=True)
        self.maxpool = nn.MaxPool2d(3, 2, 1)
        self.layer1 = _layer(width, width, 1)
        self.layer2 = _layer(width, 2 * width, 2)
        self.layer3 = _layer(2 * width, 4 * width, 2)
        self.layer4 = _layer(4 * width, 8 * width, 2)
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")

    def forward(self, x: Tensor) -> Tensor:
        x = self.maxpool(self.relu(self.bn1(self.conv1(x))))
        return cast(Tensor, self.layer4(self.layer3(self.layer2(self.layer1(x)))))


def _layer(channels_in: int, channels_out: int, stride: int) -> nn.Sequential:
    return nn.Sequential(BasicBlock(channels_in, channels_out, stride), BasicBlock(channels_out, channels_out, 1))


class ResNet18(nn.Module):
    """The trunk, global average pooling and one linear layer: the baseline of Liu et al. 2025."""

    def __init__(self) -> None:
        super().__init__()
        self.trunk = ResNet18Trunk()
        self.fc = nn.Linear(CHANNELS, len(LABELS))

    @property
    def last_map(self) -> nn.Module:
        """The part whose output (N, 512, h, w) is the last map of the face."""
        return self.trunk

    def forward(self, faces: Tensor) -> Outputs:
        """(N, 3, H, W) normalised RGB to logits (N, 2) in LABELS order and features (N, 512)."""
        features = self.trunk(faces).mean(dim=(2, 3))
        return {"logits": self.fc(features), "features": features}


def resnet18() -> Method:
    """The baseline, with PainSeeker's settings."""
    return Method("resnet18", "ResNet-18", shipped_settings("resnet18"), "network", _build, cross_entropy, plain_answer)


def _build(settings: MethodSettings, unit_names: tuple[str, ...]) -> nn.Module:  # noqa: ARG001
    return ResNet18()


def cross_entropy(outputs: Outputs, targets: Targets, settings: MethodSettings) -> Tensor:  # noqa: ARG001
    """Of the logits and the labels, averaged over the labelled faces of the batch."""
    return F.cross_entropy(outputs["logits"], targets.labels, ignore_index=-1)


def plain_answer(outputs: Outputs) -> Outputs:
    """`probabilities` (N, 2) in LABELS order, and nothing else."""
    return {"probabilities": torch.softmax(outputs["logits"], dim=-1)}

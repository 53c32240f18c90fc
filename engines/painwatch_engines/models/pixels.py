"""From the uint8 BGR pictures that cameras deliver to what the networks are fed. Part of every exported graph."""

from __future__ import annotations

from torch import Tensor

MEAN = (0.485, 0.456, 0.406)
DEVIATION = (0.229, 0.224, 0.225)
"""RGB mean and standard deviation that DeepLabCut-live subtracts and divides by (those of ImageNet)."""


def normalise(pictures: Tensor) -> Tensor:
    """(N, H, W, 3) uint8 BGR to (N, 3, H, W) float32 normalised RGB."""
    rgb = pictures.flip(-1).permute(0, 3, 1, 2).float() / 255
    return (rgb - rgb.new_tensor(MEAN).view(1, 3, 1, 1)) / rgb.new_tensor(DEVIATION).view(1, 3, 1, 1)

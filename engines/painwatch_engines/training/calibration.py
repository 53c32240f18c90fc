"""Moving each keypoint's likelihood so that 0.9, the published threshold, is the point that tells seen from unseen.

The shift is added to the bias of the heatmap's last layer: it moves all logits of a keypoint alike, so the
place of the maximum stays where it was, and DeepLabCut-live and the exported graph both see it.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from painwatch_engines.face import LIKELIHOOD_THRESHOLD


def best_threshold(likelihood: NDArray[np.floating[Any]], seen: NDArray[np.bool_]) -> float:
    """The threshold that tells seen from unseen best, halfway to the next likelihood below it.

    Best is the highest sensitivity + specificity (Youden's J), not the highest F1: most points are seen, so F1 would
    call nearly every point seen, and a face cut from an animal that looks away is worse than none.

    Args:
        likelihood: (N,) 0..1.
        seen: (N,) the truth.
    """
    order = np.argsort(-likelihood)
    ranked, hits = likelihood[order].astype(np.float64), np.cumsum(seen[order])
    false_alarms = np.arange(1, len(hits) + 1) - hits
    youden = hits / max(1, int(seen.sum())) - false_alarms / max(1, int((~seen).sum()))
    best = int(np.argmax(youden))
    below = ranked[best + 1] if best + 1 < len(ranked) else 0.0
    return float((ranked[best] + below) / 2)


def shift_likelihoods(network: nn.Module, thresholds: list[float], target: float = LIKELIHOOD_THRESHOLD) -> None:
    """Add to each keypoint's logits what moves its threshold to `target`; changes the network in place."""
    layer = [
        m for m in network.get_submodule("heads.bodypart.heatmap_head").modules() if isinstance(m, nn.ConvTranspose2d)
    ][-1]
    if layer.bias is None:
        raise ValueError("the heatmap's last layer has no bias to shift")
    shift = [_logit(target) - _logit(threshold) for threshold in thresholds]
    with torch.no_grad():
        layer.bias += torch.tensor(shift, dtype=layer.bias.dtype)


def _logit(p: float) -> float:
    p = min(max(p, 1e-6), 1 - 1e-6)
    return math.log(p / (1 - p))

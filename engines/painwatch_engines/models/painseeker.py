"""PainSeeker (Liu et al. 2025, Front Vet Sci 12:1619794): attention over the local features of a face."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from painwatch_engines.anatomy import LABELS
from painwatch_engines.models.method import Method, Outputs, Targets
from painwatch_engines.models.resnet18 import CHANNELS, STRIDE, ResNet18Trunk
from painwatch_engines.models.settings import MethodSettings, PrscSettings, shipped_settings

FACE_PX = 224
"""Side of the faces the paper feeds the network."""

GRID = FACE_PX // STRIDE
"""Cells of the attention map along one side: 7."""


def normalised_attention(scores: Tensor) -> Tensor:
    """beta_j = sigmoid(s_j) / sum_k sigmoid(s_k) over the last axis (PainSeeker, attention of the local features).

    Args:
        scores: (N, K) values of g, any real number.

    Returns:
        (N, K), each row positive with the sum 1.
    """
    gates = torch.sigmoid(scores)
    return gates / gates.sum(dim=-1, keepdim=True)


def prsc(attention: Tensor, margin: float, highest: int) -> Tensor:
    """The paper's constraint on the attention: (1/K_h) sum over the K_h highest of max(0, delta - (beta_j - rest)).

    `rest` is the mean of the other K - K_h. Averaged over the batch. With sum(beta) = 1, at most 1/delta
    features can meet the margin.

    Args:
        attention: (N, K) rows summing to 1.
        margin: delta.
        highest: K_h, 1..K-1.

    Raises:
        ValueError: if K_h leaves no high or no other feature.
    """
    features = attention.shape[-1]
    if not 1 <= highest < features:
        raise ValueError(f"highest must lie in 1..{features - 1}, got {highest}")
    ordered = attention.sort(dim=-1, descending=True).values
    rest = ordered[:, highest:].mean(dim=-1, keepdim=True)
    return torch.relu(margin - (ordered[:, :highest] - rest)).mean()


def painseeker_loss(logits: Tensor, attention: Tensor, labels: Tensor, settings: PrscSettings | None) -> Tensor:
    """CE + lambda * PRSC (PainSeeker, total loss), averaged over the batch.

    Args:
        logits: (N, 2) before the softmax, in LABELS order.
        attention: (N, K).
        labels: (N,) int64, index into LABELS; faces without one (-1) count nowhere.
        settings: of PRSC; None for the ablation without it.
    """
    entropy = F.cross_entropy(logits, labels, ignore_index=-1)
    if settings is None:
        return entropy
    return entropy + settings.weight * prsc(attention, settings.margin, settings.highest)


class PainSeeker(nn.Module):
    """ResNet-18 trunk, sigmoid attention g over its cells, linear classifier h of the attended sum."""

    def __init__(self, trunk: nn.Module | None = None, channels: int = CHANNELS) -> None:
        super().__init__()
        self.trunk = trunk or ResNet18Trunk()
        self.g = nn.Linear(channels, 1)
        self.h = nn.Linear(channels, len(LABELS))

    @property
    def last_map(self) -> nn.Module:
        """The part whose output (N, 512, h, w) is the last map of the face."""
        return self.trunk

    def forward(self, faces: Tensor) -> Outputs:
        """(N, 3, H, W) normalised RGB to Outputs.

        Returns:
            logits: (N, 2) in LABELS order.
            attention: (N, K), K = H/32 * W/32.
            features: (N, channels), the attended sum.
        """
        features = self.trunk(faces).flatten(2).transpose(1, 2)
        attention = normalised_attention(self.g(features).squeeze(-1))
        pooled = (attention.unsqueeze(-1) * features).sum(dim=1)
        return {"logits": self.h(pooled), "attention": attention, "features": pooled}


def painseeker() -> Method:
    """The method as published."""
    return _method("painseeker", "PainSeeker")


def painseeker_without_prsc() -> Method:
    """The paper's ablation: its loss is the cross entropy alone."""
    return _method("painseeker_without_prsc", "PainSeeker w/o PRSC")


def _method(name: str, title: str) -> Method:
    return Method(name, title, shipped_settings(name), "network", _build, _loss, attended_answer)


def _build(settings: MethodSettings, unit_names: tuple[str, ...]) -> nn.Module:  # noqa: ARG001
    return PainSeeker()


def _loss(outputs: Outputs, targets: Targets, settings: MethodSettings) -> Tensor:
    return painseeker_loss(outputs["logits"], outputs["attention"], targets.labels, settings.prsc)


def attended_answer(outputs: Outputs) -> Outputs:
    """`probabilities` (N, 2) in LABELS order, and `attention` (N, G, G), each map with the sum 1."""
    cells = outputs["attention"].shape[-1]
    side = math.isqrt(int(cells))
    return {
        "probabilities": torch.softmax(outputs["logits"], dim=-1),
        "attention": outputs["attention"].reshape(-1, side, side),
    }

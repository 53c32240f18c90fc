"""A network that scores the action units of a grimace scale one by one, so that a person sees what it goes by.

Ours, not published: PainSeeker's trunk and attention (Liu et al. 2025), one attention map and one head for each unit.
The units are those of the set it is trained on: four of the Rat Grimace Scale, five of the Mouse Grimace Scale.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from painwatch_engines.errors import DataError
from painwatch_engines.models.grimace import GRADES, STATES, pain_probability
from painwatch_engines.models.method import Method, Outputs, Targets
from painwatch_engines.models.painseeker import attended_answer, normalised_attention, prsc
from painwatch_engines.models.resnet18 import CHANNELS, WIDTH, ResNet18Trunk
from painwatch_engines.models.settings import MethodSettings, shipped_settings

MOST_UNITS = 6
"""Beyond, the 4**U ways to score a face become many."""


class ActionUnitNet(nn.Module):
    """ResNet-18 trunk; for each unit an attention map over its cells and a linear head on the attended sum."""

    def __init__(self, units: int, trunk: nn.Module | None = None, channels: int = CHANNELS) -> None:
        super().__init__()
        self.trunk = trunk or ResNet18Trunk()
        self.g = nn.Linear(channels, units)
        self.h = nn.ModuleList(nn.Linear(channels, STATES) for _ in range(units))

    @property
    def last_map(self) -> nn.Module:
        """The part whose output (N, C, h, w) is the last map of the face."""
        return self.trunk

    def forward(self, faces: Tensor) -> Outputs:
        """(N, 3, H, W) normalised RGB to Outputs.

        Returns:
            logits: (N, 2) log probabilities in LABELS order.
            units: (N, U, 4) probabilities of severity 0, 1, 2 and of being unscorable.
            unit_logits: (N, U, 4) before the softmax.
            attention: (N, K), mean of the units' maps.
            unit_attention: (N, U, K), each map with the sum 1.
            features: (N, C), mean of the units' attended sums.
        """
        cells = self.trunk(faces).flatten(2).transpose(1, 2)
        attention = normalised_attention(self.g(cells).transpose(1, 2))
        attended = attention @ cells
        unit_logits = torch.stack([head(attended[:, unit]) for unit, head in enumerate(self.h)], dim=1)
        units = unit_logits.softmax(dim=-1)
        pain = pain_probability(units)
        return {
            "logits": torch.stack([1 - pain, pain], dim=1).clamp(min=1e-7).log(),
            "units": units,
            "unit_logits": unit_logits,
            "attention": attention.mean(dim=1),
            "unit_attention": attention,
            "features": attended.mean(dim=1),
        }


def action_units() -> Method:
    """The method; train it on a set with unit_NAME columns."""
    settings = shipped_settings("action_units")
    return Method("action_units", "Action units", settings, "network", _build, _loss, _answer, learns="units")


def soft_grades(severities: Tensor) -> Tensor:
    """Target of each unit: whole severities are certain, those between share between their neighbours.

    Args:
        severities: (N, U) 0..2, NaN where unscorable.

    Returns:
        (N, U, 4), rows summing to 1; 1.3 becomes 0, 0.7, 0.3, 0, and NaN 0, 0, 0, 1.
    """
    grades = torch.arange(GRADES, dtype=severities.dtype, device=severities.device)
    unscorable = severities.isnan().unsqueeze(-1)
    near = (1 - (severities.nan_to_num().unsqueeze(-1) - grades).abs()).clamp(min=0)
    return torch.cat([near * ~unscorable, unscorable.to(near)], dim=-1)


def units_loss(unit_logits: Tensor, severities: Tensor) -> Tensor:
    """Cross entropy over the units, averaged over units and faces.

    Faces without any severity count nowhere: whether nobody looked or nothing could be seen is not told apart, and
    the answer leaves such faces out as well.
    """
    scored = (~severities.isnan()).any(dim=1).to(unit_logits)
    entropy = -(soft_grades(severities) * unit_logits.log_softmax(dim=-1)).sum(dim=-1).mean(dim=1)
    return (entropy * scored).sum() / scored.sum().clamp(min=1)


def _build(settings: MethodSettings, unit_names: tuple[str, ...]) -> nn.Module:
    if not 1 <= len(unit_names) <= MOST_UNITS:
        what = f"the set has {len(unit_names)} action units, and this method needs 1 to {MOST_UNITS}"
        raise DataError(what, "action units", "Train it on a set with unit_NAME columns, or choose another method.")
    width = settings.trunk_width or WIDTH
    return ActionUnitNet(len(unit_names), ResNet18Trunk(width), 8 * width)


def _loss(outputs: Outputs, targets: Targets, settings: MethodSettings) -> Tensor:
    loss = units_loss(outputs["unit_logits"], targets.units)
    if settings.prsc is None:
        return loss
    maps = outputs["unit_attention"].flatten(0, 1)
    return loss + settings.prsc.weight * prsc(maps, settings.prsc.margin, settings.prsc.highest)


def _answer(outputs: Outputs) -> Outputs:
    maps = outputs["unit_attention"]
    side = math.isqrt(int(maps.shape[-1]))
    grids = maps.reshape(-1, maps.shape[1], side, side)
    return {**attended_answer(outputs), "units": outputs["units"], "unit_attention": grids}

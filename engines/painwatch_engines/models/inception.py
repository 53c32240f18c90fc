"""aMGS, the automated Mouse Grimace Scale (Tuttle et al. 2018, Mol Pain 14): Inception v3, pain or no pain."""

from __future__ import annotations

from typing import Any

from torch import Tensor, nn

from painwatch_engines.anatomy import LABELS
from painwatch_engines.errors import DataError
from painwatch_engines.models.dlclive_seam import declare_torchvision_operators
from painwatch_engines.models.method import Method, Outputs
from painwatch_engines.models.resnet18 import cross_entropy, plain_answer
from painwatch_engines.models.settings import MethodSettings, shipped_settings

FEATURES = 2048
"""Length of the pooled vector before the last layer."""

SMALLEST_PX = 75
"""Smaller faces leave nothing for the last pooling of the network."""


class InceptionV3(nn.Module):
    """torchvision's Inception v3 (Szegedy et al. 2016) from random weights, without its auxiliary classifier.

    Whether Tuttle et al. kept the auxiliary classifier is NOT PUBLISHED; it plays no part in an answer.
    """

    def __init__(self) -> None:
        super().__init__()
        declare_torchvision_operators()
        from torchvision.models import inception_v3

        self.trunk: Any = inception_v3(weights=None, aux_logits=False, init_weights=True)
        self.trunk.fc = nn.Identity()
        self.fc = nn.Linear(FEATURES, len(LABELS))

    @property
    def last_map(self) -> nn.Module:
        """The part whose output (N, 2048, h, w) is the last map of the face."""
        part: nn.Module = self.trunk.Mixed_7c
        return part

    def forward(self, faces: Tensor) -> Outputs:
        """(N, 3, H, W) normalised RGB, H and W >= 75, to logits (N, 2) in LABELS order and features (N, 2048)."""
        features = self.trunk(faces)
        return {"logits": self.fc(features), "features": features}


def inception_v3() -> Method:
    """The network of the aMGS; its score is `amgs_score` of the probabilities."""
    settings = shipped_settings("inception_v3")
    return Method("inception_v3", "Inception v3 (aMGS)", settings, "network", _build, cross_entropy, plain_answer)


def amgs_score(probabilities: Tensor) -> Tensor:
    """The decision and its confidence as one number: P(pain) - P(no pain).

    Tuttle et al. combine the decision with its confidence; the exact combination is NOT PUBLISHED. Here the sign
    is the decision and the size the confidence, without a jump where the two are equal.

    Args:
        probabilities: (N, 2) in LABELS order.

    Returns:
        (N,) -1 (surely no pain) to 1 (surely pain).
    """
    return probabilities[:, LABELS.index("pain")] - probabilities[:, LABELS.index("no_pain")]


def _build(settings: MethodSettings, unit_names: tuple[str, ...]) -> nn.Module:  # noqa: ARG001
    if settings.smallest_px < SMALLEST_PX:
        what = f"faces of {settings.smallest_px} px leave nothing for the last pooling of Inception v3"
        raise DataError(what, "settings, face_px", f"Choose {SMALLEST_PX} px or more, in every stage.")
    return InceptionV3()

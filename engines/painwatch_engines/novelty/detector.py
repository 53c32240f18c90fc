"""The distance itself, as part of the network: the graph that judges a face also says how new the face is."""

from __future__ import annotations

from typing import cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from painwatch_engines.models.method import Outputs

METHOD = "distance to the nearest training face, features of the last layer at length 1"


class Detector(nn.Module):
    """Distance of a face's features from those of the training faces.

    Features are scaled to length 1, which takes away how strongly a network responds and leaves to what; the distance
    to the nearest of the stored directions is then 0 for a face as in training and 2 for the opposite (Sun et al.
    2022, deep nearest neighbours).
    """

    coreset: Tensor

    def __init__(self, coreset: Tensor) -> None:
        """`coreset`: (M, D) features of training faces."""
        super().__init__()
        self.register_buffer("coreset", F.normalize(coreset, dim=1))

    @classmethod
    def fitted(cls, features: Tensor) -> Detector:
        """The detector of training faces with these (M, D) features."""
        return cls(features)

    def forward(self, features: Tensor) -> Tensor:
        """(N, D) features to (N,) distances."""
        nearest = (F.normalize(features, dim=1) @ self.coreset.T).max(dim=1).values
        return torch.sqrt(torch.clamp(2 - 2 * nearest, min=0))


class WithNovelty(nn.Module):
    """A network that also gives `novelty` (N,). `network` is what it was: keep its weights."""

    def __init__(self, network: nn.Module, detector: Detector) -> None:
        super().__init__()
        self.network = network
        self.detector = detector

    def forward(self, faces: Tensor) -> Outputs:
        """(N, 3, S, S) normalised RGB to the network's Outputs and `novelty`."""
        outputs = cast(Outputs, self.network(faces))
        return {**outputs, "novelty": self.detector(outputs["features"])}

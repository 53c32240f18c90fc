"""The distance itself, as part of the network: the graph that judges a face also says how new the face is.

Every resolution of the network has a last feature map. Its mean over the face, scaled to length 1, says to what the
network responds there, not how strongly; all of them in a row describe the face from texture and colour to expression.
The novelty of a face is its Mahalanobis distance from the training faces in the principal components of that row (Lee
et al. 2018, with the layers in one row instead of one distance for each), divided by the square root of their number,
so that a usual training face has about 1.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from painwatch_engines.models.method import Outputs

METHOD = (
    "Mahalanobis distance in principal components of the mean of the last feature map of each resolution, each mean at "
    "length 1 (after Lee et al. 2018)"
)

MOST_COMPONENTS = 256
FACES_FOR_A_COMPONENT = 8
"""Fewer faces than this for each component, and the smallest ones are measured too small: unseen faces of the same
kind would then look far away."""


class Detector(nn.Module):
    """Distance of descriptions (N, D) from those of the training faces, (N,)."""

    mean: Tensor
    whitening: Tensor

    def __init__(self, mean: Tensor, whitening: Tensor) -> None:
        """`mean` (D,) and `whitening` (D, K): components divided by their standard deviation and by sqrt(K)."""
        super().__init__()
        self.register_buffer("mean", mean)
        self.register_buffer("whitening", whitening)

    def forward(self, descriptions: Tensor) -> Tensor:
        distance: Tensor = torch.linalg.vector_norm((descriptions - self.mean) @ self.whitening, dim=1)
        return distance


def fit_detector(descriptions: Tensor) -> Detector:
    """The detector of training faces with these (M, D) descriptions, M of two or more."""
    exact = descriptions.double()
    mean = exact.mean(dim=0)
    _, values, directions = torch.linalg.svd(exact - mean, full_matrices=False)
    deviations = values / (len(exact) - 1) ** 0.5
    most = min(MOST_COMPONENTS, max(1, len(exact) // FACES_FOR_A_COMPONENT))
    # What does not vary among training faces beyond rounding is no measure of anything.
    kept = min(most, max(1, int((deviations > 1e-6).sum())))
    whitening = directions[:kept].T / deviations[:kept].clamp(min=1e-6) / kept**0.5
    return Detector(mean.float(), whitening.float())


class WithNovelty(nn.Module):
    """A network that also gives `novelty` (N,). `network` is what it was: keep its weights."""

    def __init__(self, network: nn.Module, detector: Detector, maps: tuple[str, ...]) -> None:
        """`maps`: the parts of the network whose outputs are described, of last_maps."""
        super().__init__()
        self.network = network
        self.detector = detector
        self.maps = maps

    def forward(self, faces: Tensor) -> Outputs:
        """(N, 3, S, S) normalised RGB to the network's Outputs and `novelty`."""
        outputs, description = describe(self.network, faces, self.maps)
        return {**outputs, "novelty": self.detector(description)}


def last_maps(network: nn.Module, faces: Tensor) -> tuple[str, ...]:
    """The parts of the network that give the last feature map of each resolution, from fine to coarse.

    Args:
        network: in eval mode.
        faces: (N, 3, S, S) normalised RGB, to run it once.

    Returns:
        Their names in network.named_modules; none for a network without feature maps.
    """
    found: dict[int, str] = {}

    def seen(name: str, output: object) -> None:
        # A map of one cell or of the face's own size has nothing to average, or is the picture.
        if isinstance(output, Tensor) and output.ndim == 4 and 1 < output.shape[-1] < faces.shape[-1]:
            found[output.shape[-1]] = name

    with _watched(network, None, seen), torch.inference_mode():
        network(faces)
    return tuple(found[size] for size in sorted(found, reverse=True))


def describe(network: nn.Module, faces: Tensor, maps: tuple[str, ...]) -> tuple[Outputs, Tensor]:
    """The network's Outputs, and (N, D): the mean of each map over the face at length 1, one after the other."""
    means: dict[str, Tensor] = {}

    def seen(name: str, output: object) -> None:
        # At once: what follows may change the map in place.
        means[name] = F.normalize(cast(Tensor, output).mean(dim=(2, 3)), dim=1)

    with _watched(network, maps, seen):
        outputs = cast(Outputs, network(faces))
    return outputs, torch.cat([means[name] for name in maps], dim=1)


@contextmanager
def _watched(network: nn.Module, names: tuple[str, ...] | None, seen: Any) -> Iterator[None]:
    """Inside, `seen(name, output)` is called of each named part of the network, of all where None, as it runs."""
    handles = [
        part.register_forward_hook(lambda _part, _inputs, output, name=name: seen(name, output))
        for name, part in network.named_modules()
        if names is None or name in names
    ]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()

"""What a method of judging faces is to training, evaluation and export."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from torch import Tensor, nn

from painwatch_engines.models.settings import MethodSettings

Outputs = dict[str, Tensor]
"""What a network gives for N normalised faces (N, 3, S, S). Always `logits` (N, 2) in LABELS order, of which the
softmax is the probability of pain; what else there is depends on the method: `attention` (N, K), `units` (N, U, 4),
`features` (N, D) that the last layers judge."""


@dataclass(frozen=True, slots=True, eq=False)
class Targets:
    """What is known of N faces.

    Attributes:
        labels: (N,) int64 index into LABELS, -1 where unlabelled.
        units: (N, U) float32 severities 0..2, NaN where unscorable; U may be 0.
    """

    labels: Tensor
    units: Tensor


@dataclass(frozen=True, slots=True)
class Method:
    """One published method, or one of ours.

    Attributes:
        name: as in commands and cards.
        title: as in tables.
        settings: the published values, from models/method_settings/NAME.yaml.
        kind: networks are trained by gradient descent (training.network_fit); a support vector machine in one go.
        build: an untrained module from the settings and the names of the set's action units. Its `forward` takes
            normalised faces and gives Outputs.
        loss: of the outputs of a batch, a scalar.
        answer: from outputs to what the compiled model tells: `probabilities` (N, 2) first, then `attention`
            (N, G, G), `units` (N, U, 4), `unit_attention` (N, U, G, G) where the method has them.
        learns: what its loss compares with: the labels of faces, or the severities of their action units.
    """

    name: str
    title: str
    settings: MethodSettings
    kind: Literal["network", "svm"]
    build: Callable[[MethodSettings, tuple[str, ...]], nn.Module]
    loss: Callable[[Outputs, Targets, MethodSettings], Tensor]
    answer: Callable[[Outputs], Outputs]
    learns: Literal["labels", "units"] = "labels"

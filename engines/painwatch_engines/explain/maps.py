"""Maps of what a network went by in one face: its own attention, Grad-CAM, or the cells of a linear machine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import torch
from captum.attr import LayerGradCam
from numpy.typing import NDArray
from torch import Tensor, nn

from painwatch_engines.anatomy import LABELS
from painwatch_engines.errors import DataError
from painwatch_engines.models.lbp_svm import LbpSvm
from painwatch_engines.models.method import Method, Outputs
from painwatch_engines.models.pixels import normalise

Kind = Literal["attention", "grad_cam", "cell_contributions"]

SCALES: Mapping[Kind, str] = {
    "attention": "weights of the cells in the network's own sum over the face, summing to 1",
    "grad_cam": "Grad-CAM (Selvaraju et al. 2017), 0 (least) to 1 (most) within this face",
    "cell_contributions": "what each cell adds to the machine's score, exactly: with the bias they sum to it; "
    "above 0 speaks for pain, below against",
}
"""What the numbers of a map are."""


@dataclass(frozen=True, slots=True, eq=False)
class Explanation:
    """One map over a face.

    Attributes:
        weights: (G, G) float32, rows from the top; what the numbers are: SCALES[kind].
        kind: how it was made.
        target: what it explains: a label of LABELS, or an action unit.
    """

    weights: NDArray[np.float32]
    kind: Kind
    target: str

    @property
    def evidence(self) -> NDArray[np.float32]:
        """(G, G), never negative: what speaks for the target, to be drawn and shared out among regions."""
        return np.maximum(self.weights, 0)


def explain(
    method: Method,
    module: nn.Module,
    face: NDArray[np.uint8],
    unit_names: Sequence[str] = (),
    label: str = "pain",
) -> tuple[Explanation, ...]:
    """The maps that a trained network has for one face.

    A network with attention shows it (PainSeeker), one map for each action unit after the first where it has them;
    another network with feature maps shows Grad-CAM of the label's logit at its last one, min-max normalised after
    Kobayashi et al. 2025; a support vector machine on histograms shows what each cell added to its score for pain.

    Args:
        method: of the network.
        module: trained, in eval mode.
        face: (S, S, 3) uint8 BGR, S as the network takes it.
        unit_names: action units of the network, in its order.
        label: of LABELS; only Grad-CAM differs between the two.

    Returns:
        The map for the face as a whole first.

    Raises:
        DataError: the network has none of these.
    """
    picture = normalise(torch.from_numpy(np.ascontiguousarray(face))[None])
    with torch.inference_mode():
        outputs: Outputs = module(picture)
        answers = method.answer(outputs)
    if "attention" in answers:
        return attention_maps({name: np.asarray(value) for name, value in answers.items()}, unit_names)
    if isinstance(module, LbpSvm):
        return (Explanation(_cell_contributions(module, outputs["histograms"][0]), "cell_contributions", "pain"),)
    last_map = getattr(module, "last_map", None)
    if isinstance(last_map, nn.Module):
        return (Explanation(grad_cam(module, last_map, picture, LABELS.index(label)), "grad_cam", label),)
    mend = "Explain a network with attention, feature maps or cells."
    raise DataError("this network has nothing that a map of the face could be made of", method.name, mend)


def attention_maps(
    answers: Mapping[str, NDArray[np.floating[Any]]], unit_names: Sequence[str] = ()
) -> tuple[Explanation, ...]:
    """The maps among the answers for one face, as a compiled model gives them too; none if there are none.

    Args:
        answers: `attention` (1, G, G) and, where there are units, `unit_attention` (1, U, G, G).
        unit_names: (U,).
    """
    if "attention" not in answers:
        return ()
    maps = [Explanation(np.asarray(answers["attention"][0], np.float32), "attention", "pain")]
    if "unit_attention" in answers:
        of_units = np.asarray(answers["unit_attention"][0], np.float32)
        maps += [Explanation(m, "attention", name) for name, m in zip(unit_names, of_units, strict=True)]
    return tuple(maps)


def grad_cam(module: nn.Module, layer: nn.Module, picture: Tensor, index: int) -> NDArray[np.float32]:
    """Grad-CAM of one logit at one layer, (G, G) from 0 to 1; all 0 where nothing speaks for it.

    Args:
        module: in eval mode.
        layer: gives (1, C, G, G).
        picture: (1, 3, S, S) normalised RGB.
        index: of the logit.
    """

    def logits(faces: Tensor) -> Tensor:
        found: Tensor = module(faces)["logits"]
        return found

    with torch.enable_grad():
        found = LayerGradCam(logits, layer).attribute(picture, target=index, relu_attributions=True)
    weights = found.detach()[0, 0].numpy().astype(np.float32)
    lowest, highest = float(weights.min()), float(weights.max())
    span = highest - lowest
    return (weights - lowest) / span if span > 0 else np.zeros_like(weights)


def _cell_contributions(machine: LbpSvm, histograms: Tensor) -> NDArray[np.float32]:
    """(G, G) what the histogram of each cell, cells by rows, adds to the score."""
    grid = machine.histograms.settings.grid
    added = (machine.score.weight[0].detach() * histograms).reshape(grid, grid, -1).sum(dim=-1)
    return np.asarray(added.numpy(), np.float32)

"""A model folder, opened to be asked what it went by.

The model that is asked is always model.onnx, the one that runs in the cage. Only a map that it does not tell itself is
computed from the network that the folder's weights rebuild.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from torch import nn

from painwatch_engines.anatomy import LABELS
from painwatch_engines.artefacts import WEIGHTS_FILE, Card, FaceInput, load_model_folder
from painwatch_engines.errors import ArtefactError
from painwatch_engines.explain.maps import Explanation, attention_maps, explain
from painwatch_engines.models.method import Method
from painwatch_engines.models.registry import load_network
from painwatch_engines.runtime import Runtime, open_runtime

PAIN = LABELS.index("pain")


@dataclass(frozen=True, slots=True)
class Explainer:
    """`network`: None where the folder holds no weights. `label`: of LABELS, that Grad-CAM is of."""

    card: Card
    face_px: int
    runtime: Runtime
    network: tuple[Method, nn.Module] | None
    label: str

    def look(self, face: NDArray[np.uint8]) -> tuple[float, tuple[Explanation, ...]]:
        """Probability of pain and maps of a face (S, S, 3).

        Raises:
            ArtefactError: the model tells no map, and there are no weights to compute one from.
            EngineError: the engine failed.
            DataError: the network has nothing to make a map of.
        """
        answers = self.runtime.run({"faces": face[None]})
        probability, units = float(answers["probabilities"][0, PAIN]), self.card.units or ()
        maps = attention_maps(answers, units)
        if maps:
            return probability, maps
        if self.network is None:
            raise ArtefactError(
                f"the model {self.card.name} tells no map, and there is no {WEIGHTS_FILE} to compute one from",
                WEIGHTS_FILE,
                "Name a folder made by `painwatch train`.",
            )
        return probability, explain(*self.network, face, units, self.label)


def open_explainer(folder: Path, label: str = "pain") -> Explainer:
    """Open a classifier's folder.

    Raises:
        ArtefactError: it is missing, broken, or no classifier of faces.
        EngineError: the model cannot be opened.
    """
    model = load_model_folder(folder)
    if not isinstance(model.card.input, FaceInput):
        what = f"a model of kind {model.card.kind} judges no faces"
        raise ArtefactError(what, str(folder), "Name the folder of a classifier.")
    network = load_network(folder) if (folder / WEIGHTS_FILE).is_file() else None
    return Explainer(model.card, model.card.input.size_px, open_runtime(model.model), network, label)

"""A trained classifier in PyTorch itself, to be timed beside its compiled forms."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from painwatch_engines.models.export import FacesToAnswers
from painwatch_engines.models.registry import load_network


def eager(folder: Path) -> Callable[[NDArray[np.uint8], int], dict[str, NDArray[Any]]]:
    """The network of a model folder as a function of faces (N, S, S, 3) uint8 BGR and a number of threads.

    Its answers lack what was added when the model was exported: the calibration's temperature and the novelty.

    Raises:
        ArtefactError: the folder holds no network that can be rebuilt.
    """
    method, network = load_network(folder)
    wrapped = FacesToAnswers(network, method).eval()

    def run(batch: NDArray[np.uint8], threads: int) -> dict[str, NDArray[Any]]:
        if torch.get_num_threads() != threads:
            torch.set_num_threads(threads)
        with torch.inference_mode():
            return {name: values.numpy() for name, values in wrapped.answers(torch.from_numpy(batch)).items()}

    return run

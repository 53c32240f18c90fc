"""Fitting a support vector machine: histograms of all training faces, then one fit."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import psutil
import torch
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import Progress

from painwatch_engines.data.face_folder import FaceFolder
from painwatch_engines.errors import DataError
from painwatch_engines.models.lbp_svm import LbpSvm, fit_svm, most_faces, scores_unseen
from painwatch_engines.models.method import Method
from painwatch_engines.models.pixels import normalise
from painwatch_engines.training.faces import Batches, Cut, Pictures
from painwatch_engines.training.fit import FitOptions, Fitted
from painwatch_engines.training.run_folder import open_run

WEIGHTS = "weights.pt"
FACES_AT_ONCE = 16

OVERSURE = (
    "no animal could be left out to fit the probability, so it comes from the faces trained on and is no measure of "
    "certainty; the decision at 0.5 is the machine's own"
)


def fit_machine(
    method: Method, data: FaceFolder, training: NDArray[np.int64], options: FitOptions, run: Path, resume: bool
) -> Fitted:
    """See fit.fit, which checks what it is given. No animal is held out: the probability is fitted by leaving out."""
    module = method.build(method.settings, data.unit_names)
    assert isinstance(module, LbpSvm)
    settings = method.settings.svm
    assert settings is not None
    _check_memory(len(training), module.histograms.length, data)
    open_run(run, method, data, training, None, options.seed, resume)
    weights = run / WEIGHTS
    if not weights.is_file():
        batches = Batches(Pictures(data, 0), training, Cut(method.settings.face_px, data.about.margin), FACES_AT_ONCE)
        parts: list[NDArray[np.float32]] = []
        with Progress(console=Console(stderr=True), transient=True, disable=not options.progress) as progress:
            task = progress.add_task("histograms", total=len(batches))
            for number in range(len(batches)):
                with torch.inference_mode():
                    parts.append(module.histograms(normalise(batches[number][0])).numpy())
                progress.advance(task)
            progress.update(task, description="fitting the machine", total=None)
            histograms = np.concatenate(parts)
            module.install(fit_svm(histograms, data.labels[training], data.animals[training], settings))
        part = weights.with_suffix(".part")
        torch.save(module.state_dict(), part)
        part.rename(weights)
    module.load_state_dict(torch.load(weights, map_location="cpu", weights_only=True))
    honest = scores_unseen(data.labels[training], data.animals[training], settings)
    return Fitted(method, method.settings, module.eval(), None, 0, notes=() if honest else (OVERSURE,))


def _check_memory(faces: int, length: int, data: FaceFolder) -> None:
    free = psutil.virtual_memory().available
    most = most_faces(length, free)
    if faces > most:
        what = f"{faces} training faces do not fit: at most {most} do in the {free / 2**30:.1f} GiB that are free"
        mend = "Train on fewer faces, by a method of a coarser grid, or on a machine with more memory."
        raise DataError(what, str(data.path), mend)

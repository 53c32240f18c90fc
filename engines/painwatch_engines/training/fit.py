"""Training one method on one set: the one door for the command line, the protocols of evaluation and the sweep."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from painwatch_engines.anatomy import LABELS
from painwatch_engines.data.face_folder import UNLABELLED, FaceFolder
from painwatch_engines.errors import DataError
from painwatch_engines.models.method import Method
from painwatch_engines.models.pixels import normalise
from painwatch_engines.models.settings import MethodSettings
from painwatch_engines.training.faces import Batches, Cut, Pictures

Rows = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class FitOptions:
    """What a run decides beside the method's settings.

    Attributes:
        seed: of the weights, the order and the disturbance of the faces.
        deterministic: only operations that repeat bit for bit on the same machine; slower on a GPU.
        devices: how many GPUs, or CPU processes, share each batch.
        accelerator: auto takes GPUs where there are any.
        epochs: in place of the settings' (and of their stages).
        threads: of PyTorch in this process; None leaves them as they are.
        workers: processes that read and disturb pictures beside each device; 0 does it in line.
        progress: show bars on the terminal.
    """

    seed: int = 1
    deterministic: bool = False
    devices: int = 1
    accelerator: str = "auto"
    epochs: int | None = None
    threads: int | None = 1
    workers: int = 0
    progress: bool = True


@dataclass(frozen=True, slots=True, eq=False)
class Fitted:
    """A trained method.

    Attributes:
        method: as trained.
        settings: as trained, the options' epochs included.
        module: the trained network in eval mode, on the CPU.
        log: table of the training, a row for each epoch; None where a method has no epochs.
        epochs: trained, over all stages.
        notes: what a person who uses it must know.
    """

    method: Method
    settings: MethodSettings
    module: nn.Module
    log: Path | None
    epochs: int
    notes: tuple[str, ...] = ()


def fit(
    method: Method,
    data: FaceFolder,
    training: Rows,
    held_out: Rows | None,
    options: FitOptions,
    run: Path,
    resume: bool = False,
) -> Fitted:
    """Train on the rows `training` of the set.

    Args:
        method: with the settings to train by.
        data: the set.
        training: row numbers to train on; unlabelled ones are left out.
        held_out: row numbers of other animals. They stop the training (settings.patience), and the weights with the
            lowest loss on them are kept: so they are NOT animals to judge the method by. None trains all epochs. A
            support vector machine has no use for them.
        options: of the run.
        run: folder for checkpoints and the log; nothing is written anywhere else.
        resume: go on where an earlier call with the same arguments and the same folder was broken off, or give back
            what it trained; starts anew where there is nothing yet.

    Raises:
        DataError: an animal on both sides, a class that does not occur, devices that are not there, a set that the
            method cannot be built for, a folder already in use or one of another run, a training that diverged, or more
            faces than a support vector machine has memory for.
    """
    from painwatch_engines.training.network_fit import fit_network
    from painwatch_engines.training.svm_fit import fit_machine

    training = _usable(data, training, "training")
    held_out = None if held_out is None or not len(held_out) else _usable(data, held_out, "held-out")
    if held_out is not None and (both := set(data.animals[training]) & set(data.animals[held_out])):
        raise DataError(
            f"{', '.join(sorted(both))}: both in training and held out", str(data.path), "Split the set by animals."
        )
    if method.learns == "units" and data.unit_names and np.isnan(data.units[training]).all():
        mend = "Fill in the unit_NAME columns, or choose a method that learns from labels."
        raise DataError("no face of the training animals has a scored action unit", str(data.path), mend)
    settings = _with_epochs(method.settings, options.epochs)
    method = replace(method, settings=settings)
    if method.kind == "svm":
        return fit_machine(method, data, training, options, run, resume)
    return fit_network(method, data, training, held_out, options, run, resume)


def answers(fitted: Fitted, data: FaceFolder, rows: Rows, batch: int = 32) -> dict[str, NDArray[Any]]:
    """What the trained network says of faces, cut from the set as the watch would cut them.

    Returns:
        `logits` (n, 2), `probabilities` (n, 2) in LABELS order, and what else the method answers (`attention`,
        `units`).
    """
    batches = Batches(
        Pictures(data, 0), np.asarray(rows, np.int64), Cut(fitted.settings.face_px, data.about.margin), batch
    )
    parts: list[dict[str, NDArray[Any]]] = []
    with torch.inference_mode():
        for number in range(len(batches)):
            outputs = fitted.module(normalise(batches[number][0]))
            told = {"logits": outputs["logits"], **fitted.method.answer(outputs)}
            parts.append({name: value.numpy() for name, value in told.items()})
    if not parts:
        raise DataError("there are no faces to judge", str(data.path), "Choose rows of the set.")
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def _usable(data: FaceFolder, rows: Rows, what: str) -> Rows:
    rows = np.asarray(rows, np.int64)
    rows = rows[data.labels[rows] != UNLABELLED]
    if what == "training":
        missing = [name for i, name in enumerate(LABELS) if not (data.labels[rows] == i).any()]
        if missing:
            told = " and ".join(name.replace("_", " ") for name in missing)
            raise DataError(f"the training animals have no face labelled {told}", str(data.path), "Label more faces.")
    elif not len(rows):
        raise DataError("the held-out animals have no labelled face", str(data.path), "Hold other animals out.")
    return rows


def _with_epochs(settings: MethodSettings, epochs: int | None) -> MethodSettings:
    return settings if epochs is None else settings.model_copy(update={"epochs": epochs, "stages": ()})

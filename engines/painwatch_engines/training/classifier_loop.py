"""Training PainSeeker from scratch on labelled faces, on a CPU if need be."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from rich.progress import Progress
from torch import Tensor

from painwatch_engines.data.pictures import FaceSet
from painwatch_engines.models.painseeker import FACE_PX, PainSeeker, painseeker_loss
from painwatch_engines.models.pixels import normalise
from painwatch_engines.models.settings import PrscSettings
from painwatch_engines.training.memory import in_format
from painwatch_engines.training.schedule import rise

RESIZE_OVER_CROP = 256 / FACE_PX
"""The paper resizes faces to 256 px and crops 224 px at random. Faces given to training are cut wider by this
factor, so that a random crop of them shows the face as large as it will be when the model is used."""


@dataclass(frozen=True, slots=True)
class Stage:
    """Some epochs at one size of face and one learning rate.

    Attributes:
        face_px: side of the random crop; the face is resized to RESIZE_OVER_CROP times as much.
        epochs: over all faces.
        learning_rate: at its height; it rises over the first tenth and falls as a cosine.
    """

    face_px: int
    epochs: float
    learning_rate: float


DEFAULT_STAGES = (Stage(80, 4, 1e-3), Stage(112, 1.5, 6e-4), Stage(FACE_PX, 0.75, 3e-4))
"""Small faces first: a step at 80 px costs a seventh of one at 224 px, and most of what a network from random weights
has to learn can be learned there. Under an hour on one CPU core for 9,000 faces."""


@dataclass(frozen=True, slots=True)
class ClassifierSettings:
    """How to train.

    The paper's settings are batch 64, Adam, learning rate 1e-4, weight decay 0.01, resize to 256, random
    224 crop, horizontal flip; the number of epochs and the trunk's pretraining are NOT PUBLISHED, nor
    whether the decay is decoupled (here it is). No pretrained weights are used here, and few steps fit
    into the time a CPU has: hence the smaller batch, the higher rates and the stages of growing size.
    """

    seed: int = 1
    stages: tuple[Stage, ...] = DEFAULT_STAGES
    batch: int = 32
    weight_decay: float = 0.01
    prsc: PrscSettings = field(default_factory=lambda: PrscSettings(weight=0.1, margin=0.2, highest=5))
    threads: int = 1
    checkpoint: Path | None = None


def train_classifier(faces: FaceSet, settings: ClassifierSettings | None = None) -> PainSeeker:
    """Train PainSeeker on square faces cut RESIZE_OVER_CROP wider than live; returns it in inference mode.

    With a checkpoint path, the weights are written there after every stage.
    """
    chosen = settings or ClassifierSettings()
    torch.manual_seed(chosen.seed)
    torch.set_num_threads(chosen.threads)
    rng = np.random.default_rng(chosen.seed)
    network = PainSeeker()
    in_format(network, torch.channels_last)
    for stage in chosen.stages:
        _train_stage(network, faces, stage, chosen, rng)
        if chosen.checkpoint is not None:
            torch.save(network.state_dict(), chosen.checkpoint)
    in_format(network.eval(), torch.contiguous_format)
    return network


def _train_stage(
    network: PainSeeker, faces: FaceSet, stage: Stage, settings: ClassifierSettings, rng: np.random.Generator
) -> None:
    steps = max(1, round(stage.epochs * len(faces) / settings.batch))
    optimiser = torch.optim.AdamW(network.parameters(), stage.learning_rate, weight_decay=settings.weight_decay)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, stage.learning_rate, total_steps=steps + 1, pct_start=rise(steps, 0.1)
    )
    network.train()
    with Progress() as progress:
        task = progress.add_task("training", total=steps)
        smooth = 0.7
        for pictures, labels in _batches(faces, stage.face_px, settings.batch, steps, rng):
            outputs = network(normalise(pictures).contiguous(memory_format=torch.channels_last))
            loss = painseeker_loss(outputs["logits"], outputs["attention"], labels, settings.prsc)
            optimiser.zero_grad()
            torch.autograd.backward(loss)
            optimiser.step()
            schedule.step()
            smooth += 0.03 * (loss.item() - smooth)
            progress.update(task, advance=1, description=f"training at {stage.face_px} px, loss {smooth:.3f}")


def _batches(
    faces: FaceSet, face_px: int, batch: int, steps: int, rng: np.random.Generator
) -> Iterator[tuple[Tensor, Tensor]]:
    """Random crops and flips; every face once before any twice."""
    order = np.concatenate([rng.permutation(len(faces)) for _ in range(steps * batch // len(faces) + 1)])
    for step in range(steps):
        drawn = order[step * batch : (step + 1) * batch]
        pictures = np.stack([random_crop(faces.images[i], face_px, rng) for i in drawn])
        yield torch.from_numpy(pictures), torch.from_numpy(faces.labels[drawn])


def random_crop(face: NDArray[np.uint8], face_px: int, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Resize to RESIZE_OVER_CROP * face_px, crop (face_px, face_px, 3) at random, mirror every second face."""
    resized = round(RESIZE_OVER_CROP * face_px)
    if face.shape[0] != resized:
        shrinks = face.shape[0] > resized
        interpolation = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
        face = np.asarray(cv2.resize(face, (resized, resized), interpolation=interpolation), np.uint8)
    top, left = rng.integers(resized - face_px + 1, size=2)
    crop = face[top : top + face_px, left : left + face_px]
    return crop[:, ::-1] if rng.random() < 0.5 else crop

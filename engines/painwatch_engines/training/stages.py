"""The stages of a training as they are run."""

from __future__ import annotations

import math
from dataclasses import dataclass

from painwatch_engines.models.settings import MethodSettings, Stage


@dataclass(frozen=True, slots=True)
class Plan:
    """One stage as it is run.

    Attributes:
        number: from 1.
        face_px: side of the faces.
        epochs: whole ones.
        faces: drawn for each of them.
        learning_rate: at its height.
    """

    number: int
    face_px: int
    epochs: int
    faces: int
    learning_rate: float


def plans(settings: MethodSettings, faces: int) -> list[Plan]:
    """The stages of the settings for so many training faces; parts of an epoch become epochs of fewer faces."""
    usual = Stage(face_px=settings.face_px, epochs=settings.epochs, learning_rate=settings.learning_rate)
    planned = []
    for number, stage in enumerate(settings.stages or (usual,), 1):
        epochs = max(1, round(stage.epochs))
        drawn = math.ceil((settings.faces_per_epoch or faces) * stage.epochs / epochs)
        planned.append(Plan(number, stage.face_px, epochs, drawn, stage.learning_rate))
    return planned

"""What a classifier answers for one face, checked: nothing that is not a number of its kind is passed on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from painwatch.core.types import UnitScore
from painwatch.infer.asks import Outputs
from painwatch_engines.anatomy import LABELS
from painwatch_engines.errors import EngineError
from painwatch_engines.units import SEVERITIES, severities

_MEND = "Verify the model with its card."


@dataclass(frozen=True, slots=True)
class NoveltyLimit:
    """From a classifier's card: faces of a novelty above `threshold` are unlike its `training_faces`."""

    threshold: float
    training_faces: int

    def refuse(self, novelty: float | None) -> str | None:
        """Why a face of this novelty is not to be scored, or None."""
        if novelty is None or novelty <= self.threshold:
            return None
        return (
            f"this face is unlike the {self.training_faces} faces the model was trained on: "
            f"novelty {novelty:.3g}, limit {self.threshold:.3g}"
        )


@dataclass(frozen=True, slots=True)
class Answers:
    """What a classifier says of one face; `attention` and `units` are empty, `novelty` is None where it says nothing.

    `attention`: rows from the top, not negative.
    """

    pain_probability: float
    attention: tuple[tuple[float, ...], ...]
    units: tuple[UnitScore, ...]
    novelty: float | None


def read_outputs(outputs: Outputs, engine: str, unit_names: tuple[str, ...], limit: NoveltyLimit | None) -> Answers:
    """What a classifier's outputs for one face say.

    Raises:
        EngineError: `engine` gave something that is not what it should be (never passed on as a score), or kept back
            what the card promises.
    """
    probability = float(outputs["probabilities"][0, LABELS.index("pain")])
    if not 0.0 <= probability <= 1.0:
        raise EngineError(f"the classifier gave {probability} as a probability", engine, _MEND)
    if limit is not None and "novelty" not in outputs:
        # Scored unchecked, faces that the card rules out would look like any others.
        raise EngineError("the card limits the novelty of faces, but the model tells none", engine, _MEND)
    if unit_names and "units" not in outputs:
        raise EngineError("the card names action units, but the model tells none", engine, _MEND)
    return Answers(
        probability, _attention(outputs, engine), _units(outputs, unit_names, engine), _novelty(outputs, engine)
    )


def _attention(outputs: Outputs, engine: str) -> tuple[tuple[float, ...], ...]:
    if "attention" not in outputs:
        return ()
    attention = np.asarray(outputs["attention"][0], dtype=float)
    if not np.isfinite(attention).all() or (attention < 0).any():
        raise EngineError("the classifier's attention map is not one of finite weights", engine, _MEND)
    return tuple(map(tuple, np.round(attention, 5).tolist()))


def _units(outputs: Outputs, names: tuple[str, ...], engine: str) -> tuple[UnitScore, ...]:
    if not names:
        return ()
    chances = np.asarray(outputs["units"][0], dtype=float)
    wanted = (len(names), len(SEVERITIES) + 1)
    if (
        chances.shape != wanted
        or not np.isfinite(chances).all()
        or (chances < 0).any()
        or not chances.any(axis=1).all()
    ):
        raise EngineError(f"the classifier's action units are not probabilities of shape {wanted}", engine, _MEND)
    scores = (None if np.isnan(score) else round(float(score), 3) for score in severities(chances))
    return tuple(map(UnitScore, names, scores))


def _novelty(outputs: Outputs, engine: str) -> float | None:
    if "novelty" not in outputs:
        return None
    novelty = float(outputs["novelty"][0])
    if not np.isfinite(novelty):
        raise EngineError(f"the classifier gave {novelty} as a novelty", engine, _MEND)
    return novelty

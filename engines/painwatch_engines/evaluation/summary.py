"""All figures of one method on one set."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from painwatch_engines.evaluation.binary import Confusion, area_under_roc, confusion
from painwatch_engines.evaluation.bootstrap import Interval, figures_by_animal
from painwatch_engines.evaluation.protocols import Judged
from painwatch_engines.evaluation.reliability import (
    Bin,
    brier,
    expected_calibration_error,
    reliability,
    tempered_without_the_judged,
)

YAW_EDGES_DEG = (0.0, 30.0, 60.0, np.inf)


@dataclass(frozen=True, slots=True)
class Part:
    """Some of the faces: an animal's, a head pose's, a seed's. auc is NaN where a class does not occur."""

    name: str
    counts: Confusion
    auc: float


@dataclass(frozen=True, slots=True)
class Calibration:
    """How far probabilities mean what they say."""

    ece: float
    brier: float
    bins: tuple[Bin, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Summary:
    """Figures of what was judged; faces of several seeds count once for each seed.

    Attributes:
        judged: what was said.
        figures: pooled, by name, with intervals by animal.
        counts: of all faces.
        by_animal, by_pose, by_seed: of some.
        raw: calibration as it was said.
        tempered: after temperature scaling fitted without the judged animal; None with one animal only.
        temperatures: by animal.
        tempered_probability: (N,) of pain.
    """

    judged: Judged
    figures: dict[str, Interval]
    counts: Confusion
    by_animal: tuple[Part, ...]
    by_pose: tuple[Part, ...]
    by_seed: tuple[Part, ...]
    raw: Calibration
    tempered: Calibration | None
    temperatures: dict[str, float]
    tempered_probability: NDArray[np.float64]


def summarise(judged: Judged) -> Summary:
    """All figures of what was judged."""
    animals = list(dict.fromkeys(judged.animals.tolist()))
    several = len(animals) > 1
    probability, temperatures = (
        tempered_without_the_judged(judged.logits, judged.pain, judged.animals) if several else (judged.probability, {})
    )
    return Summary(
        judged=judged,
        figures=figures_by_animal(judged.probability, judged.pain, judged.animals),
        counts=confusion(judged.probability, judged.pain),
        by_animal=tuple(_part(judged, name, judged.animals == name) for name in animals),
        by_pose=tuple(_part(judged, name, here) for name, here in pose_bins(judged)),
        by_seed=tuple(_part(judged, f"seed {seed}", judged.seeds == seed) for seed in np.unique(judged.seeds)),
        raw=_calibration(judged.probability, judged.pain),
        tempered=_calibration(probability, judged.pain) if several else None,
        temperatures=temperatures,
        tempered_probability=probability,
    )


def pose_bins(judged: Judged) -> Iterator[tuple[str, NDArray[np.bool_]]]:
    """Faces by how far the head is turned from the camera, where that is known; else by the view they were cut by."""
    turned = np.abs(judged.yaw_deg)
    if np.isfinite(turned).any():
        for low, high in pairwise(YAW_EDGES_DEG):
            name = f"turned {low:g} to {high:g}°" if np.isfinite(high) else f"turned {low:g}° or more"
            yield name, (turned >= low) & (turned < high)
        names = [("turn unknown", ~np.isfinite(turned))]
    else:
        views = (("both eyes", "both_eyes"), ("one eye", "one_eye"), ("view unknown", ""))
        names = [(name, judged.views == view) for name, view in views]
    yield from ((name, here) for name, here in names if here.any())


def _part(judged: Judged, name: str, here: NDArray[np.bool_]) -> Part:
    probability, pain = judged.probability[here], judged.pain[here]
    return Part(name, confusion(probability, pain), area_under_roc(probability, pain))


def _calibration(probability: NDArray[np.float64], pain: NDArray[np.bool_]) -> Calibration:
    return Calibration(
        expected_calibration_error(probability, pain), brier(probability, pain), reliability(probability, pain)
    )

"""The words every other room uses for a rodent's face: keypoints, action units, and what counts as pain.

Kept apart so that the virtual cage, the training code and the model cards cannot disagree.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import astuple, dataclass
from fractions import Fraction
from typing import Literal

Species = Literal["rat", "mouse"]
Coat = Literal["white", "black", "agouti"]

KEYPOINTS: tuple[str, ...] = ("nose", "left_eye", "right_eye", "left_ear", "right_ear")
"""Order of the keypoint axis in every pose array. Left and right are the animal's own."""

MIRRORED: tuple[int, ...] = (0, 2, 1, 4, 3)
"""Index of each keypoint's partner after a horizontal flip of the image."""

LABELS: tuple[str, str] = ("no_pain", "pain")
"""Order of the classifier's output axis."""


@dataclass(frozen=True, slots=True)
class ActionUnits:
    """Continuous severities of the four Rat Grimace Scale action units, each 0 (absent) to 2 (obvious).

    Units and scoring: Sotocinal et al. 2011. `nose_cheek` is nose/cheek flattening in the rat and stands for
    the nose and cheek bulges of the Mouse Grimace Scale (Langford et al. 2010) in the mouse.
    """

    orbital: float = 0.0
    ear: float = 0.0
    nose_cheek: float = 0.0
    whisker: float = 0.0

    def __post_init__(self) -> None:
        if not all(0.0 <= severity <= 2.0 for severity in astuple(self)):
            raise ValueError(f"action units must lie in 0..2, got {self}")

    @property
    def mean(self) -> float:
        """Grimace score of the image: mean of the units, 0..2."""
        return float(sum(astuple(self))) / 4


Scale = Literal["rgs", "mgs"]

SCALE_UNITS: Mapping[Scale, tuple[str, ...]] = {
    "rgs": ("orbital", "nose_cheek", "ear", "whisker"),
    "mgs": ("orbital", "nose", "cheek", "ear", "whisker"),
}
"""Action units of the Rat Grimace Scale (Sotocinal et al. 2011) and of the Mouse Grimace Scale (Langford et al. 2010),
in the order of their publications."""


def grade_of(mean: float | Fraction) -> Literal[0, 1, 2]:
    """No, moderate or severe pain: the mean of an image's scorable units (0..2), rounded, halves up.

    The one definition of pain in painwatch, after the image labels of Liu et al. 2025 (PainSeeker); grades 1 and 2
    together are "pain". Means of whole scores come as fractions, so that a half is a half.

    Raises:
        ValueError: if the mean is none of 0..2, NaN included: what nobody could score has no grade.
    """
    if not 0 <= mean <= 2:
        raise ValueError(f"the mean of an image's units must lie in 0..2, got {mean}")
    return 0 if mean < 0.5 else 1 if mean < 1.5 else 2


def shows_pain(units: ActionUnits) -> bool:
    """Whether an image with these units carries the label "pain", which is grade 1 or 2."""
    return grade_of(units.mean) > 0

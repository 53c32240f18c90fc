"""Raters who score rendered faces as people score photographs: in whole steps, not alike, now and then uncertain.

What they agree on is settled in the two stages of Liu et al. 2025 (data.labels.two_stage).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from painwatch_engines.anatomy import SCALE_UNITS, ActionUnits
from painwatch_engines.data.labels.two_stage import FIRST_RATERS, SECOND_RATERS, grade_image, settle_unit

UNIT_NAMES = SCALE_UNITS["rgs"]

NOISE, BIAS, UNCERTAIN = 0.38, 0.12, 0.04
"""Standard deviations of a rater's score, from face to face and lasting, in steps of the scale; share of units a rater
cannot score. No such figures are published for RatsPain: chosen so that about one face in eight is left unlabelled."""

RATERS_NOTE = (
    f"eight simulated raters: noise {NOISE:g} and bias {BIAS:g} steps (s.d.), {UNCERTAIN:.0%} uncertain; "
    "units are the accepted scores, grades their rounded mean"
)

PAIN_LEVEL, CALM_LEVEL, SPREAD = (1.10, 0.30), 0.25, 0.30
"""How strongly units show together: in pain (mean, standard deviation), else (half normal); and how far a single unit
strays. The two overlap round the label's threshold, so that no method can tell all faces."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Accepted scores of the units, None where the raters did not agree, and the grade 0..2, None where unlabelled."""

    units: tuple[float | None, ...]
    grade: int | None


@dataclass(frozen=True, slots=True, eq=False)
class Panel:
    """Eight raters. bias: (8, 4) what each adds to each unit, in steps of the scale."""

    bias: NDArray[np.float64]

    @classmethod
    def draw(cls, rng: np.random.Generator) -> Self:
        return cls(rng.normal(0, BIAS, (FIRST_RATERS + SECOND_RATERS, len(UNIT_NAMES))))

    def rate(self, units: ActionUnits, rng: np.random.Generator) -> Verdict:
        """What the panel agrees on for a face that shows these units."""
        shown = np.array([getattr(units, name) for name in UNIT_NAMES])
        scores = np.clip(np.rint(shown + self.bias + rng.normal(0, NOISE, self.bias.shape)), 0, 2)
        uncertain = rng.random(scores.shape) < UNCERTAIN
        accepted = []
        for unit in range(len(UNIT_NAMES)):
            given = [None if u else int(s) for s, u in zip(scores[:, unit], uncertain[:, unit], strict=True)]
            settled = settle_unit(given[:FIRST_RATERS], given[FIRST_RATERS:])
            accepted.append(None if settled is None else settled.severity)
        return Verdict(tuple(accepted), grade_image(accepted))

    def fill(self, counts: tuple[int, int, int, int], rng: np.random.Generator) -> list[tuple[ActionUnits, Verdict]]:
        """Draw faces and have them rated until there are as many as asked for with grade 0, 1, 2 and without."""
        left = dict(zip((0, 1, 2, None), counts, strict=True))
        found = []
        while any(left.values()):
            units = draw_shown(rng)
            verdict = self.rate(units, rng)
            if left[verdict.grade]:
                left[verdict.grade] -= 1
                found.append((units, verdict))
        return found


def draw_shown(rng: np.random.Generator) -> ActionUnits:
    """What a face shows: half of them in pain, the units of a face more alike than those of different faces."""
    level = rng.normal(*PAIN_LEVEL) if rng.random() < 0.5 else abs(rng.normal(0, CALM_LEVEL))
    return ActionUnits(*np.clip(level + rng.normal(0, SPREAD, len(UNIT_NAMES)), 0, 2).tolist())

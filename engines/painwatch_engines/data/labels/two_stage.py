"""The two-stage labels of Liu et al. 2025 (PainSeeker): pure.

Stage 1: five raters score every action unit 0, 1, 2 or "uncertain"; a unit on which at least four agree has high
confidence. Stage 2: three more raters score the others; such a unit is accepted if at least five of all eight scores
are equal. An image with three or four accepted units has the rounded mean of them as its grade, any other has none.
"Uncertain" is no score and agrees with nothing, not with itself either. NOT PUBLISHED, and chosen: halves round up
(anatomy.grade_of), and a rater whose score is missing counts as uncertain.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from painwatch_engines.anatomy import grade_of

FIRST_RATERS, SECOND_RATERS = 5, 3
FIRST_AGREEING, ALL_AGREEING = 4, 5
LEAST_UNITS = 3

Score = int | None
"""0, 1 or 2; None is uncertain or missing."""


@dataclass(frozen=True, slots=True)
class Settled:
    """A unit that was accepted: its severity 0..2, and the stage that settled it."""

    severity: int
    stage: Literal[1, 2]


def settle_unit(first: Sequence[Score], second: Sequence[Score] = ()) -> Settled | None:
    """What the raters of both stages make of one action unit of one image; None if they do not agree enough.

    Args:
        first: scores of up to five raters.
        second: scores of up to three more; not looked at where the first agree.

    Raises:
        ValueError: if there are more raters than that, or a score is none.
    """
    if len(first) > FIRST_RATERS or len(second) > SECOND_RATERS:
        raise ValueError(f"at most {FIRST_RATERS} and {SECOND_RATERS} raters, got {len(first)} and {len(second)}")
    if not all(score in (None, 0, 1, 2) for score in (*first, *second)):
        raise ValueError(f"a score is 0, 1, 2 or None, got {first} and {second}")
    agreed = _most_given(first, FIRST_AGREEING)
    if agreed is not None:
        return Settled(agreed, 1)
    agreed = _most_given((*first, *second), ALL_AGREEING)
    return None if agreed is None else Settled(agreed, 2)


def grade_image(accepted: Sequence[Score]) -> Literal[0, 1, 2] | None:
    """Grade of an image from its accepted units' severities (None: not accepted); None with fewer than three."""
    known = [severity for severity in accepted if severity is not None]
    return grade_of(Fraction(sum(known), len(known))) if len(known) >= LEAST_UNITS else None


def _most_given(scores: Sequence[Score], least: int) -> int | None:
    """The score that at least `least` raters gave. `least` is more than half of them, so there is never a second."""
    given = Counter(score for score in scores if score is not None)
    return next((score for score, count in given.items() if count >= least), None)

"""Scores of action units of several looks as one."""

from __future__ import annotations

import math
from collections.abc import Iterable

from painwatch.core.types import UnitScore


def mean_units(scored: Iterable[tuple[UnitScore, ...]]) -> tuple[UnitScore, ...]:
    """Each unit's mean (0..2) over the looks that could score it, None if none could; in order of first appearance."""
    scores: dict[str, list[float]] = {}
    for units in scored:
        for unit in units:
            known = scores.setdefault(unit.name, [])
            if unit.score is not None:
                known.append(unit.score)
    # fsum is exact before it rounds, so the order cannot change the last bit; the mean of 2s may round above 2.
    return tuple(UnitScore(name, min(2.0, math.fsum(k) / len(k)) if k else None) for name, k in scores.items())

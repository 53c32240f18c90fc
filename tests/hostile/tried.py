"""Trying a kind of hostile input in a test."""

from __future__ import annotations

from pathlib import Path

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from hostile.kinds import KINDS
from hostile.trial import Counts, number_of


def tried(name: str, folder: Path, most: int) -> Counts:
    """Tries `most` inputs, the same ones in every run; what hypothesis finds failing is the number of an input."""
    tried = [Counts(0)]
    with KINDS[name](folder) as trial:

        @settings(
            max_examples=most,
            derandomize=True,
            database=None,
            deadline=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(st.integers(0, 2**32))
        def one(nth: int) -> None:
            tried.append(trial.one(number_of(name, 0, nth)))

        one()
    return Counts(*map(sum, zip(*tried, strict=True)))

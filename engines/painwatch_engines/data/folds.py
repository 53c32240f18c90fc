"""Splits of labelled faces. Every split is by animal: no animal is ever on both sides."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from painwatch_engines.errors import DataError

ONE_NAME = "One animal has one name, or it is taken for two; name two animals less alike."
"""What to tell a person of names that are spelled_twice."""


@dataclass(frozen=True, slots=True, eq=False)
class Fold:
    """One split.

    Attributes:
        name: for people: the animals left out.
        training: row numbers to train on.
        left_out: row numbers of the animals left out.
    """

    name: str
    training: NDArray[np.int64]
    left_out: NDArray[np.int64]


def leave_one_animal_out(animals: NDArray[np.str_]) -> Iterator[Fold]:
    """One fold for each animal, in the order of first appearance: leave-one-rat-out (Liu et al. 2025).

    Args:
        animals: (N,) the animal of each face.

    Raises:
        DataError: if there are fewer than two animals.
    """
    names = list(dict.fromkeys(animals.tolist()))
    if len(names) < 2:
        raise DataError(
            f"leaving one animal out needs at least two animals, the set has {len(names)}",
            "animals",
            "Add faces of other animals.",
        )
    for name in names:
        yield hold_out(animals, [name])


def hold_out(animals: NDArray[np.str_], names: Sequence[str]) -> Fold:
    """The fold that leaves the named animals out.

    Raises:
        DataError: if a name is unknown, or nothing would be left to train on.
    """
    known = set(animals.tolist())
    unknown = [name for name in names if name not in known]
    if unknown:
        mend = f"The set's animals: {', '.join(sorted(known))}."
        raise DataError(f"there is no animal {', '.join(unknown)}", "animals", mend)
    out = np.isin(animals, list(names))
    if out.all():
        raise DataError("every animal would be left out", "animals", "Leave fewer animals out.")
    return Fold(", ".join(names), np.flatnonzero(~out), np.flatnonzero(out))


def spelled_twice(names: Sequence[str]) -> dict[str, str]:
    """Names that differ from an earlier one only in case or in kind of gap (space, - or _), each with that earlier one.

    Rat_1, rat_1 and "Rat 1" are one animal to whoever wrote them; taken for three, it would be on both sides of a
    split. A gap is never dropped: 1-12 and 11-2 are two.
    """
    first: dict[str, str] = {}
    for name in names:
        first.setdefault(_plain(name), name)
    return {name: first[_plain(name)] for name in names if first[_plain(name)] != name}


def draw_animals(animals: NDArray[np.str_], share: float, rng: np.random.Generator) -> list[str]:
    """Names of about `share` of the animals, at least one, never all; for early stopping and calibration.

    Raises:
        DataError: if there are fewer than two animals.
    """
    names = sorted(set(animals.tolist()))
    if len(names) < 2:
        raise DataError("holding an animal out needs at least two", "animals", "Add faces of other animals.")
    count = min(len(names) - 1, max(1, round(share * len(names))))
    return sorted(rng.choice(names, count, replace=False).tolist())


def _plain(name: str) -> str:
    return re.sub(r"[\s_\-]+", " ", name).casefold()

"""Which animals a model is trained on, which stop its training, and which it is judged by."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from painwatch_engines.anatomy import LABELS
from painwatch_engines.data.face_folder import UNLABELLED, FaceFolder
from painwatch_engines.data.folds import draw_animals, hold_out
from painwatch_engines.errors import DataError

SHARE = 0.2
"""Of the animals, for each of the two that are held out, where nobody names them."""

DRAWS = 200


@dataclass(frozen=True, slots=True, eq=False)
class Split:
    """Row numbers of labelled faces; no animal is in two of them.

    Attributes:
        training: to learn from.
        stopping: end the training, set the temperature and the limit of novelty; None where there are too few animals.
        judged: seen only when all is done.
    """

    training: NDArray[np.int64]
    stopping: NDArray[np.int64] | None
    judged: NDArray[np.int64]


def split_animals(
    data: FaceFolder, judge_on: Sequence[str], stop_on: Sequence[str], seed: int, stops: bool = True
) -> Split:
    """Part the labelled faces by animal; animals that nobody names are drawn.

    Args:
        data: the set.
        judge_on: names; none draws SHARE of the animals.
        stop_on: names; none draws SHARE of the others, if that leaves two animals and both classes to train on.
        seed: of the drawing.
        stops: whether any animals are to stop the training.

    Raises:
        DataError: nothing is labelled, a class does not occur, fewer than two animals, an unknown or repeated name, or
            a class that is missing on a side.
    """
    labelled = np.flatnonzero(data.labels != UNLABELLED)
    where = str(data.path)
    missing = [name.replace("_", " ") for i, name in enumerate(LABELS) if not (data.labels == i).any()]
    if missing:
        what = "no face of the set is labelled" if not len(labelled) else f"no face is labelled {missing[0]}"
        raise DataError(what, where, "Label faces of both kinds: `painwatch labels` imports them.")
    animals = data.animals[labelled]
    if len(set(animals.tolist())) < 2:
        what = "all labelled faces are of one animal, so none can be held out"
        raise DataError(what, where, "Add labelled faces of other animals.")
    if twice := sorted(set(judge_on) & set(stop_on)):
        raise DataError(f"{', '.join(twice)}: named to judge by and to stop on", where, "Name each animal once.")
    rng = np.random.default_rng(seed)
    rest, judged = _apart(data, labelled, judge_on, rng)
    _both_classes(data, rest, "left to train on")
    if not stops:
        return Split(rest, None, judged)
    if stop_on:
        training, stopping = _apart(data, rest, stop_on, rng)
        _both_classes(data, training, "left to train on")
        return Split(training, stopping, judged)
    if len(set(data.animals[rest].tolist())) < 3:
        return Split(rest, None, judged)
    try:
        training, stopping = _apart(data, rest, (), rng)
    except DataError:
        return Split(rest, None, judged)
    return Split(training, stopping, judged)


def animal_names(data: FaceFolder, rows: NDArray[np.int64]) -> list[str]:
    """Names of the animals of these rows, sorted."""
    return sorted(set(data.animals[rows].tolist()))


def _apart(
    data: FaceFolder, rows: NDArray[np.int64], names: Sequence[str], rng: np.random.Generator
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The rows without and with the named animals; without names, a draw that leaves both classes on both sides."""
    animals = data.animals[rows]
    if names:
        fold = hold_out(animals, names)
        return rows[fold.training], rows[fold.left_out]
    for _ in range(DRAWS):
        fold = hold_out(animals, draw_animals(animals, SHARE, rng))
        kept, out = rows[fold.training], rows[fold.left_out]
        if _has_both(data, kept) and _has_both(data, out):
            return kept, out
    what = "no draw of animals leaves faces with pain and without on both sides"
    raise DataError(what, str(data.path), "Name the animals to hold out (--hold-out).")


def _both_classes(data: FaceFolder, rows: NDArray[np.int64], what: str) -> None:
    if not _has_both(data, rows):
        told = f"the animals {what} have faces of one kind only"
        raise DataError(told, str(data.path), "Hold other animals out.")


def _has_both(data: FaceFolder, rows: NDArray[np.int64]) -> bool:
    return len(set(data.labels[rows].tolist())) == 2

"""How far raters agree: intraclass correlations and Fleiss' kappa, for each action unit and for the whole image.

ICC(2,1) and ICC(2,k) are two-way random, absolute agreement, of one rater and of the mean of k (Shrout & Fleiss 1979;
McGraw & Wong 1996 write ICC(A,1) and ICC(A,k)), by pingouin; kappa is that of Fleiss 1971, by statsmodels. Both take
complete cases only: images that every rater scored. The intervals treat images as independent, which several images of
one animal are not: with few animals they are too narrow.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from painwatch_engines.anatomy import grade_of
from painwatch_engines.data.labels.ratings import LEAST_UNITS, Rating, image_score
from painwatch_engines.errors import DataError

TOTAL = "total"

BANDS: tuple[tuple[float, float, str], ...] = (
    (-math.inf, 0.5, "poor"),
    (0.5, 0.75, "moderate"),
    (0.75, 0.9, "good"),
    (0.9, math.inf, "excellent"),
)
"""Bands of an ICC (Koo & Li 2016): below 0.5 poor, above 0.9 excellent."""

LEAST_IMAGES = 3
"""Complete cases below which no figure is given."""


@dataclass(frozen=True, slots=True)
class Coefficient:
    """An intraclass correlation with its 95 % interval; an end is None where its formula has no answer."""

    value: float
    low: float | None
    high: float | None

    @property
    def band(self) -> str:
        """poor, moderate, good or excellent."""
        return next(name for _, end, name in BANDS if self.value < end or self.value == end == 0.9)


@dataclass(frozen=True, slots=True)
class Agreement:
    """Agreement on one action unit, or on the total.

    Attributes:
        name: of the unit, or TOTAL: the mean of an image's scorable units; its kappa is that of the grades 0, 1, 2.
        images: complete cases that the figures are of.
        left_out: images that at least one rater did not score.
        unscorable: share of the ratings (of all raters and images) that could not be scored, 0..1.
        single: ICC(2,1), None where there is none.
        average: ICC(2,k), likewise.
        kappa: Fleiss' kappa, likewise.
        why_not: why figures are missing, or "".
    """

    name: str
    images: int
    left_out: int
    unscorable: float
    single: Coefficient | None
    average: Coefficient | None
    kappa: float | None
    why_not: str = ""


@dataclass(frozen=True, slots=True)
class AgreementReport:
    """All of it: the raters by name, the animals and images of the table, and what was left aside."""

    raters: tuple[str, ...]
    animals: int
    images: int
    least_units: int
    figures: tuple[Agreement, ...]
    notes: tuple[str, ...] = ()


def agreement(
    ratings: Sequence[Rating],
    units: Sequence[str],
    least_units: int = LEAST_UNITS,
    progress: Callable[[int, int], None] | None = None,
) -> AgreementReport:
    """Agreement of all raters of a table.

    Args:
        ratings: from data.labels.ratings; those of stage 2, where only chosen units are scored, are left out.
        units: names of the action units.
        least_units: a rater's total of an image exists with so many scorable units, else the image is unscorable.
        progress: told figures done and figures in all.

    Raises:
        DataError: if there is one rater only.
    """
    first = [rating for rating in ratings if rating.stage == 1]
    notes = []
    if len(first) < len(ratings):
        notes.append(f"{len(ratings) - len(first)} ratings of stage 2 were left out: they are of chosen units only.")
    raters = tuple(dict.fromkeys(rating.rater for rating in first))
    images = tuple(dict.fromkeys(rating.image for rating in first))
    if len(raters) < 2:
        told = f"the table has {len(raters) or 'no'} rater{'' if len(raters) == 1 else 's'}"
        raise DataError(told, "column rater", "Agreement needs the scores of at least two raters.")
    figures = []
    for done, name in enumerate((*units, TOTAL), start=1):
        scores = [(rating, _score(rating, name, least_units)) for rating in first]
        figures.append(_agreement(name, _matrix(scores, images, raters)))
        if progress is not None:
            progress(done, len(units) + 1)
    animals = len({rating.animal for rating in first})
    return AgreementReport(raters, animals, len(images), least_units, tuple(figures), tuple(notes))


def intraclass_correlations(scores: NDArray[np.float64]) -> tuple[Coefficient, Coefficient] | None:
    """ICC(2,1) and ICC(2,k) of scores (images, raters) without NaN; None if all scores are alike."""
    if np.ptp(scores) == 0:
        return None
    import pandas
    import pingouin

    images, raters = np.indices(scores.shape)
    table = pandas.DataFrame({"image": images.ravel(), "rater": raters.ravel(), "score": scores.ravel()})
    with _unrounded(pingouin), np.errstate(divide="ignore", invalid="ignore"):
        found = pingouin.intraclass_corr(table, targets="image", raters="rater", ratings="score").set_index("Type")
    single, average = _coefficient(found.loc["ICC(A,1)"]), _coefficient(found.loc["ICC(A,k)"])
    return (single, average) if math.isfinite(single.value) and math.isfinite(average.value) else None


def fleiss_kappa(categories: NDArray[Any]) -> float | None:
    """Fleiss' kappa of categories (images, raters); None if only one category was ever given."""
    if len(np.unique(categories)) < 2:
        return None
    from statsmodels.stats import inter_rater

    return float(inter_rater.fleiss_kappa(inter_rater.aggregate_raters(categories)[0]))


def _agreement(name: str, scores: NDArray[np.float64]) -> Agreement:
    complete = scores[np.isfinite(scores).all(axis=1)]
    left_out, unscorable = len(scores) - len(complete), float(np.isnan(scores).mean())
    if len(complete) < LEAST_IMAGES:
        why = f"only {len(complete)} images were scored by every rater"
        return Agreement(name, len(complete), left_out, unscorable, None, None, None, why)
    correlations = intraclass_correlations(complete)
    grades = complete if name != TOTAL else np.vectorize(grade_of)(complete)
    kappa = fleiss_kappa(grades)
    single, average = (None, None) if correlations is None else correlations
    missing = [word for word, value in (("no ICC", single), ("no kappa", kappa)) if value is None]
    why = f"{' and '.join(missing)}: all scores are alike" if missing else ""
    return Agreement(name, len(complete), left_out, unscorable, single, average, kappa, why)


def _matrix(
    given: Sequence[tuple[Rating, Fraction | None]], images: Sequence[str], raters: Sequence[str]
) -> NDArray[np.float64]:
    """(images, raters) scores, NaN where there is none."""
    row, column = ({name: i for i, name in enumerate(names)} for names in (images, raters))
    scores = np.full((len(images), len(raters)), np.nan)
    for rating, score in given:
        if score is not None:
            scores[row[rating.image], column[rating.rater]] = float(score)
    return scores


def _score(rating: Rating, name: str, least_units: int) -> Fraction | None:
    return image_score(rating.scores, least_units) if name == TOTAL else rating.scores[name]


def _coefficient(row: Mapping[str, Any]) -> Coefficient:
    value = float(row["ICC"])
    low, high = (float(end) for end in row["CI95"])
    # With few images the lower end for one rater falls below -1 / (k - 1), and that for k raters passes its pole.
    return Coefficient(value, low if low <= value else None, high if high >= value else None)


@contextmanager
def _unrounded(pingouin: Any) -> Iterator[None]:
    """pingouin rounds intervals to two digits; within this it does not."""
    before = pingouin.options["round.column.CI95"]
    pingouin.options["round.column.CI95"] = None
    try:
        yield
    finally:
        pingouin.options["round.column.CI95"] = before

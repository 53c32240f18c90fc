"""What PRSC does: PainSeeker with it less without it, animal by animal, and how much that can show."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy import stats

from painwatch_engines.evaluation.binary import Confusion
from painwatch_engines.evaluation.bootstrap import mean_by_animal
from painwatch_engines.evaluation.document import Section, Table, rows_of
from painwatch_engines.evaluation.published import painseeker_table
from painwatch_engines.evaluation.summary import Summary

WITH_PRSC, WITHOUT_PRSC = "painseeker", "painseeker_without_prsc"


@dataclass(frozen=True, slots=True)
class Effect:
    """Differences of one figure between two methods, one for each animal, from the same folds and seeds.

    Attributes:
        figure: F1 or accuracy.
        differences: by animal, all seeds together; NaN where the figure is not defined for one of the two.
        mean: of the others.
        low, high: 95 % interval of the mean by Student's t, animals being the cases; NaN with one animal.
    """

    figure: str
    differences: Mapping[str, float]
    mean: float
    low: float
    high: float


def paired_effect(first: Summary, second: Summary, figure: str) -> Effect:
    """First less second, animal by animal.

    Raises:
        ValueError: if the two were not judged on the same animals.
    """
    names = [part.name for part in first.by_animal]
    if names != [part.name for part in second.by_animal]:
        raise ValueError("the two were judged on different animals")
    differences = {
        a.name: _figure(a.counts, figure) - _figure(b.counts, figure)
        for a, b in zip(first.by_animal, second.by_animal, strict=True)
    }
    values = np.array([value for value in differences.values() if np.isfinite(value)])
    mean = float(values.mean()) if len(values) else float("nan")
    low = high = float("nan")
    if len(values) > 1:
        half = float(stats.t.ppf(0.975, len(values) - 1)) * float(values.std(ddof=1)) / np.sqrt(len(values))
        low, high = mean - half, mean + half
    return Effect(figure, differences, mean, low, high)


def effect_of_prsc(with_it: Summary, without: Summary) -> Section:
    """The differences in F1 and accuracy, their intervals, and what must be known to read them."""
    effects = [paired_effect(with_it, without, figure) for figure in ("F1", "accuracy")]
    rows = [
        [
            f"{effect.figure}{', points' if effect.figure == 'accuracy' else ''}",
            *(_signed(effect, value) for value in effect.differences.values()),
            _signed(effect, effect.mean),
            _range(effect, effect.low, effect.high),
        ]
        for effect in effects
    ]
    accuracy = effects[1]
    drawn = mean_by_animal(np.array(list(accuracy.differences.values())))
    published = painseeker_table().rows
    gain = published[WITH_PRSC].accuracy[6] - published[WITHOUT_PRSC].accuracy[6]
    pooled = 100 * (with_it.counts.accuracy - without.counts.accuracy)
    words = (
        *(_told(effect) for effect in effects),
        f"By drawing animals with replacement, the interval of the mean difference in accuracy is "
        f"{_range(accuracy, drawn.low, drawn.high)} points. Over all faces pooled, accuracy differs by {pooled:+.2f} "
        f"points here, and by {gain:+.2f} as published, on RatsPain and without an interval.",
        _caution(len(accuracy.differences), len(with_it.by_seed)),
    )
    header = ("figure", *accuracy.differences, "mean", "95 % interval (t)")
    table = Table("PainSeeker less PainSeeker without PRSC, same folds and seeds", header, rows_of(rows))
    return Section("What PRSC does here", words, (table,))


def _told(effect: Effect) -> str:
    values = np.array(list(effect.differences.values()))
    known = values[np.isfinite(values)]
    if not np.isfinite(effect.low):
        verdict = "there is no interval of fewer than two animals, so this shows nothing either way"
    elif effect.low > 0:
        verdict = "the interval lies above 0: in these trainings, higher with PRSC"
    elif effect.high < 0:
        verdict = "the interval lies below 0: in these trainings, lower with PRSC"
    else:
        verdict = "the interval holds 0: these folds do not show that PRSC helps, nor that it harms"
    unknown = f" ({len(values) - len(known)} without this figure)" if len(known) < len(values) else ""
    return (
        f"{effect.figure}: mean difference {_signed(effect, effect.mean)} ({_range(effect, effect.low, effect.high)})"
        f"{' points' if effect.figure == 'accuracy' else ''}, higher with PRSC in {(known > 0).sum()}, lower in "
        f"{(known < 0).sum()} of {len(values)} animals{unknown}; {verdict}."
    )


def _caution(animals: int, seeds: int) -> str:
    """Why even an interval that leaves out 0 is weak evidence."""
    words = (
        f"How much this can show: the cases are {animals} animals of one set, and that their differences are normally "
        "distributed cannot be tested on so few. The folds share most of their training animals, so the differences "
        "are not independent and the intervals too narrow (Bengio and Grandvalet 2004, J Mach Learn Res 5:1089). "
        "F1 and accuracy come from the same answers and are no two findings. "
    )
    if animals > 1:
        p = 2 * 0.5**animals
        words += f"By signs alone, without these assumptions, {animals} animals that all agree would give p = {p:.2g}. "
    return words + (
        "With one seed, what is due to PRSC and what to the chance of a training are not told apart."
        if seeds == 1
        else f"The chance of training is in it by {seeds} seeds only."
    )


def _figure(counts: Confusion, figure: str) -> float:
    return counts.f1 if figure == "F1" else counts.accuracy


def _signed(effect: Effect, value: float) -> str:
    """A difference; of accuracy in percentage points, as accuracies are told."""
    if not np.isfinite(value):
        return "–"
    return f"{100 * value:+.1f}" if effect.figure == "accuracy" else f"{value:+.3f}"


def _range(effect: Effect, low: float, high: float) -> str:
    return f"{_signed(effect, low)} to {_signed(effect, high)}" if np.isfinite(low) else "no interval"

"""Plots of a report, as PNG files. Colours are told apart by the colour-blind too (Okabe and Ito 2008)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from painwatch_engines.evaluation.reliability import Bin

BLUE, ORANGE, GREEN, GREY = "#0072B2", "#D55E00", "#009E73", "#8C8C8C"
DPI = 110


def plot_reliability(path: Path, raw: Sequence[Bin], tempered: Sequence[Bin] | None, warning: str = "") -> None:
    """How often it was pain against the probability that was said. `warning`: below it, as in every plot here."""
    figure, axes = _square("probability of pain that was said", "share that was pain")
    axes.plot([0, 1], [0, 1], color=GREY, linewidth=1, linestyle="--", label="as it should be")
    _bins(axes, raw, BLUE, "o", "as said")
    if tempered is not None:
        _bins(axes, tempered, ORANGE, "s", "after temperature scaling")
    axes.legend(frameon=False, fontsize=8, loc="upper left")
    _save(figure, path, warning)


def plot_roc(
    path: Path, curves: Mapping[str, tuple[NDArray[np.float64], NDArray[np.bool_]]], warning: str = ""
) -> None:
    """Sensitivity against 1 - specificity of each name's probabilities and truths."""
    from sklearn.metrics import roc_curve

    figure, axes = _square("1 - specificity", "sensitivity")
    axes.plot([0, 1], [0, 1], color=GREY, linewidth=1, linestyle="--")
    for (name, (probability, pain)), colour in zip(curves.items(), _colours(len(curves)), strict=True):
        if pain.any() and not pain.all():
            false_pain, true_pain, _ = roc_curve(pain, probability)
            axes.plot(false_pain, true_pain, color=colour, linewidth=1.4, label=name)
    axes.legend(frameon=False, fontsize=7, loc="lower right")
    _save(figure, path, warning)


def plot_bars(
    path: Path,
    values: Mapping[str, Sequence[float]],
    groups: Sequence[str],
    label: str,
    line: float | None = None,
    warning: str = "",
) -> None:
    """Bars of several series side by side in groups; `line` is a level to compare with."""
    figure = Figure(figsize=(max(5.5, 0.55 * len(groups) * len(values) + 2), 3.6), dpi=DPI, layout="constrained")
    axes = figure.subplots()
    width = 0.8 / len(values)
    places = np.arange(len(groups))
    for k, ((name, heights), colour) in enumerate(zip(values.items(), _colours(len(values)), strict=True)):
        axes.bar(places + (k - (len(values) - 1) / 2) * width, heights, width * 0.94, color=colour, label=name)
    if line is not None:
        axes.axhline(line, color=GREY, linewidth=1, linestyle="--")
    axes.set_xticks(places, list(groups), fontsize=8)
    axes.set_ylabel(label)
    axes.spines[["top", "right"]].set_visible(False)
    if len(values) > 1:
        axes.legend(frameon=False, fontsize=8, ncols=min(4, len(values)), loc="lower center", bbox_to_anchor=(0.5, 1.0))
    _save(figure, path, warning)


def plot_grid(
    path: Path,
    values: NDArray[np.float64],
    rows: Sequence[str],
    columns: Sequence[str],
    names: tuple[str, str],
    warning: str = "",
) -> None:
    """A heat map of values (R, C), each written into its cell; NaN stays empty. `names`: of the rows and columns."""
    figure = Figure(figsize=(1.0 + 0.75 * len(columns), 0.9 + 0.6 * len(rows)), dpi=DPI, layout="constrained")
    axes = figure.subplots()
    known = values[np.isfinite(values)]
    low, high = (float(known.min()), float(known.max())) if len(known) else (0.0, 1.0)
    axes.imshow(values, cmap="cividis", vmin=low, vmax=max(high, low + 1e-6), aspect="auto")
    for (r, c), value in np.ndenumerate(values):
        if np.isfinite(value):
            bright = value > (low + high) / 2
            axes.text(c, r, f"{value:.3f}", ha="center", va="center", fontsize=8, color="black" if bright else "white")
    axes.set_yticks(range(len(rows)), list(rows))
    axes.set_xticks(range(len(columns)), list(columns))
    axes.set_ylabel(names[0])
    axes.set_xlabel(names[1])
    _save(figure, path, warning)


def _bins(axes: Axes, bins: Sequence[Bin], colour: str, marker: str, name: str) -> None:
    said, found = [b.said for b in bins], [b.found for b in bins]
    most = max((b.n for b in bins), default=1)
    axes.plot(said, found, color=colour, linewidth=1.2, label=name)
    axes.scatter(said, found, [15 + 90 * b.n / most for b in bins], color=colour, marker=marker, alpha=0.8)


def _square(x: str, y: str) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(4.2, 4.2), dpi=DPI, layout="constrained")
    axes = figure.subplots()
    axes.set(xlim=(-0.02, 1.02), ylim=(-0.02, 1.02), xlabel=x, ylabel=y, aspect="equal")
    axes.spines[["top", "right"]].set_visible(False)
    return figure, axes


def _colours(count: int) -> list[str]:
    cycle = [BLUE, ORANGE, GREEN, "#CC79A7", "#E69F00", "#56B4E9", "#000000", "#F0E442", GREY]
    return [cycle[i % len(cycle)] for i in range(count)]


def _save(figure: Figure, path: Path, warning: str) -> None:
    if warning:
        # Within the picture, for plots are shown without their report.
        figure.supxlabel(warning, fontsize=7, color=ORANGE)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path)

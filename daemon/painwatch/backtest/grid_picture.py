"""The picture of a grid: what each threshold and duration finds, and how often in vain."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import PowerNorm
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from painwatch.alarm.events import Outcome
from painwatch.alarm.grid import Cell, Grid
from painwatch.backtest.pictures import DPI, GREEN, ORANGE
from painwatch.backtest.tables import NONE, rate


def plot_grid(path: Path, grid: Grid, words: str) -> None:
    """Heat maps with their numbers written in: events detected and the lag, where there were any, and false alarms.

    Cells that no other beats are framed. Without a figure (no event, no judged minute) a cell is white with a dash.
    `words` stand below the picture.
    """
    held = grid.cells[0].result.held
    rows, columns = len(grid.thresholds), len(grid.durations_min)
    maps = _MAPS if held is not None else _MAPS[-1:]
    size = (1.3 + len(maps) * (0.66 * columns + 0.4), 1.7 + 0.42 * rows)
    figure = Figure(figsize=size, dpi=DPI, layout="constrained")
    axes = figure.subplots(1, len(maps), squeeze=False)[0]
    for panel, heat in zip(axes, maps, strict=True):
        _draw(panel, grid, heat)
        _frame(panel, grid)
        panel.set_title(heat.title if held is not None else "alarms / cage-day", fontsize=9)
        panel.set_xticks(range(columns), [f"{minutes:g}" for minutes in grid.durations_min], fontsize=8)
        panel.set_yticks(range(rows), [f"{threshold:g}" for threshold in grid.thresholds], fontsize=8)
        panel.set_xlabel("minutes it must hold", fontsize=8)
        panel.tick_params(length=0)
        panel.spines[:].set_visible(False)
    axes[0].set_ylabel(f"threshold of {grid.rule.signal.value}", fontsize=8)
    figure.suptitle(grid.rule.name, fontsize=11, x=0.01, ha="left", weight="bold")
    figure.supxlabel(words, fontsize=7, color=ORANGE)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path)


@dataclass(frozen=True, slots=True)
class _Map:
    """One heat map. Its colours follow `value` to the power `gamma`: small differences near 0 matter most."""

    title: str
    value: Callable[[Cell], float | None]
    told: Callable[[Cell], str]
    most: float | None = None
    gamma: float = 1.0


def _draw(panel: Axes, grid: Grid, heat: _Map) -> None:
    shape = (len(grid.thresholds), len(grid.durations_min))
    flat = [math.nan if (found := heat.value(cell)) is None else found for cell in grid.cells]
    values = np.asarray(flat).reshape(shape)
    known = values[np.isfinite(values)]
    most = heat.most if heat.most is not None else max(float(known.max(initial=0.0)), 1e-6)
    norm = PowerNorm(heat.gamma, vmin=0.0, vmax=most)
    panel.imshow(values, cmap="cividis", norm=norm, aspect="auto")
    for cell, (row, column) in zip(grid.cells, np.ndindex(*shape), strict=True):
        found = values[row, column]
        dark = math.isfinite(found) and norm(found) <= 0.5
        text = heat.told(cell) if math.isfinite(found) else NONE
        panel.text(column, row, text, ha="center", va="center", fontsize=8, color="white" if dark else "black")


def _detected(cell: Cell) -> str:
    held = cell.result.held
    return NONE if held is None else f"{held.count(Outcome.DETECTED)}/{held.judged}"


def _median_lag(cell: Cell) -> float | None:
    return cell.result.held.median_lag_min if cell.result.held is not None else None


_MAPS = (
    _Map("events detected", lambda cell: cell.sensitivity, _detected, most=1.0),
    _Map("median lag, min", _median_lag, lambda cell: f"{_median_lag(cell) or 0:.0f}", gamma=0.5),
    _Map("false alarms / cage-day", lambda cell: cell.false_per_day, lambda cell: rate(cell.false_per_day), gamma=0.5),
)


def _frame(panel: Axes, grid: Grid) -> None:
    best = set(map(id, grid.frontier))
    for index, cell in enumerate(grid.cells):
        if id(cell) in best:
            row, column = divmod(index, len(grid.durations_min))
            corner = (column - 0.47, row - 0.47)
            panel.add_patch(Rectangle(corner, 0.94, 0.94, fill=False, edgecolor=GREEN, linewidth=2.2))

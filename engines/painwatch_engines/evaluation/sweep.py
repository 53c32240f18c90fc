"""The sensitivity of PainSeeker to its loss: lambda, delta and K_h by leave-one-animal-out, on Ray Tune.

The published grid (Liu et al. 2025, Fig. 5) is three planes of 5 x 5: one of the three stays at its default while the
other two vary. A cell is one setting judged by all folds; the cells that planes share are trained once.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from painwatch_engines.data.face_folder import FaceFolder, load_face_folder
from painwatch_engines.evaluation.circumstances import measured_by, measured_on
from painwatch_engines.evaluation.document import (
    PLOTS,
    Document,
    Plot,
    Section,
    Table,
    number,
    percent,
    rows_of,
    warning_for,
    write_document,
)
from painwatch_engines.evaluation.grid import SYMBOLS, Cell, Grid, with_cell
from painwatch_engines.evaluation.plots import plot_grid
from painwatch_engines.evaluation.runs import FOLDS, Asked, make_ready
from painwatch_engines.evaluation.trials import run_trials
from painwatch_engines.models.method import Method


def sweep(
    data_path: Path,
    out: Path,
    asked: Asked,
    grid: Grid,
    address: str | None = None,
    at_once: int = 1,
    gpus: float | None = None,
) -> Path:
    """Judge every cell, and write the table, the heat maps and the report; returns report.html.

    Broken off, it goes on: finished folds are kept, and a cell whose folds are all there costs nothing.

    Args:
        data_path: folder of the set; workers of a Ray cluster must see it, and `out`, under the same paths.
        out: folder for results.
        asked: how each cell is judged.
        grid: the values.
        address: of a Ray cluster; None starts one on this host and ends it.
        at_once: trials at the same time on this host.
        gpus: of each trial, also a part of one; None shares this host's among the trials, at most one each.

    Raises:
        DataError: a set or a setting that cannot be used, or trials that failed.
    """
    data_path, out = data_path.absolute(), out.absolute()
    data = load_face_folder(data_path)
    cells = grid.cells()
    for cell in cells:
        with_cell(cell, asked)  # before anything is trained, refuse what cannot be
    make_ready(out)
    asked = replace(asked, kept=(asked.kept or out / FOLDS).absolute())
    results = run_trials(cells, data_path, out, asked, address, at_once, gpus)
    return _report(results, grid, with_cell(grid.default, asked), data, asked, out)


def _report(
    results: dict[Cell, dict[str, float]], grid: Grid, base: Method, data: FaceFolder, asked: Asked, out: Path
) -> Path:
    sections = []
    for rows, columns in grid.planes:
        third = next(name for name in SYMBOLS if name not in (rows, columns))
        fixed = f"{SYMBOLS[third]} = {getattr(grid.default, third):g}"
        accuracy, f1 = (_plane(results, grid, rows, columns, figure) for figure in ("accuracy", "f1"))
        labels = [[f"{value:g}" for value in getattr(grid, name)] for name in (rows, columns)]
        names = (SYMBOLS[rows], SYMBOLS[columns])
        file = f"{PLOTS}/{rows}_{columns}.png"
        plot_grid(out / file, accuracy, labels[0], labels[1], names, warning_for(data))
        cells = [
            [
                f"{names[0]} {labels[0][r]}",
                *(f"{percent(accuracy[r, c])} / {number(f1[r, c])}" for c in range(len(labels[1]))),
            ]
            for r in range(len(labels[0]))
        ]
        header = ("", *(f"{names[1]} {label}" for label in labels[1]))
        table = Table(f"Accuracy % / F1, {fixed}", header, rows_of(cells))
        alt = f"Heat map of accuracy over {names[0]} and {names[1]}."
        sections.append(
            Section(f"{names[0]} and {names[1]}", (), (table,), (Plot(f"Pooled accuracy, {fixed}.", file, alt),))
        )
    every = np.array([result["accuracy"] for result in results.values()])
    words = (
        f"{len(results)} settings of the loss, each judged by all folds. Pooled accuracy: {percent(every.min())} to "
        f"{percent(every.max())} %. The highest of so many is the highest partly by chance: none of them was chosen on "
        "other animals."
    )
    note = (
        f"Seeds {', '.join(map(str, asked.seeds))}; the grid of Liu et al. 2025, Fig. 5, where not asked otherwise. "
        "λ, δ and K_h below are those of the one that does not vary."
    )
    made = (measured_on(data), measured_by(asked.command, (base,), (), note, asked.options.epochs))
    title = f"Sensitivity of {base.title} on {data.about.name}"
    return write_document(Document(title, (*sections, *made), warning_for(data), (words,)), out)[1]


def _plane(
    results: dict[Cell, dict[str, float]], grid: Grid, rows: str, columns: str, figure: str
) -> NDArray[np.float64]:
    return np.array(
        [[results[grid.cell(rows, r, columns, c)][figure] for c in getattr(grid, columns)] for r in getattr(grid, rows)]
    )

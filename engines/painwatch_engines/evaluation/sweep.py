"""The sensitivity of PainSeeker to its loss: lambda, delta and K_h by leave-one-animal-out, on Ray Tune.

The published grid (Liu et al. 2025, Fig. 5) is three planes of 5 x 5: one of the three stays at its default while the
other two vary. A cell is one setting judged by all folds; the cells that planes share are trained once.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from painwatch_engines.data.face_folder import FaceFolder, load_face_folder
from painwatch_engines.errors import DataError
from painwatch_engines.evaluation.binary import confusion
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
from painwatch_engines.evaluation.plots import plot_grid
from painwatch_engines.evaluation.protocols import judge_by_folds
from painwatch_engines.evaluation.runs import FOLDS, Asked, plan_for, prepared
from painwatch_engines.models.method import Method

METHOD = "painseeker"

FIGURES = ("f1", "accuracy", "faces")

SYMBOLS = {"weight": "λ", "margin": "δ", "highest": "K_h"}


@dataclass(frozen=True, slots=True)
class Cell:
    """One setting of the loss: lambda, delta, K_h."""

    weight: float
    margin: float
    highest: int


@dataclass(frozen=True, slots=True)
class Grid:
    """Values of each setting, and the default that it has while the other two vary."""

    weight: tuple[float, ...] = (0.05, 0.1, 0.5, 1.0, 1.5)
    margin: tuple[float, ...] = (0.05, 0.1, 0.15, 0.2, 0.5)
    highest: tuple[int, ...] = (3, 5, 10, 15, 20)
    default: Cell = Cell(0.1, 0.2, 5)

    @property
    def planes(self) -> tuple[tuple[str, str], ...]:
        """The pairs that vary together: rows, columns."""
        return (("weight", "margin"), ("weight", "highest"), ("margin", "highest"))

    def cell(self, rows: str, row: float, columns: str, column: float) -> Cell:
        """The cell of a plane."""
        known: dict[str, Any] = {**asdict(self.default), rows: row, columns: column}
        return Cell(**known)

    def cells(self) -> list[Cell]:
        """Every cell of the three planes, once."""
        every = [
            self.cell(rows, r, columns, c)
            for rows, columns in self.planes
            for r, c in product(getattr(self, rows), getattr(self, columns))
        ]
        return list(dict.fromkeys(every))


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
    methods = [with_cell(cell, asked) for cell in cells]
    asked = replace(asked, kept=(asked.kept or out / FOLDS).absolute())
    results = _tune(cells, data_path, out, asked, address, at_once, gpus)
    return _report(results, grid, methods[0], data, asked, out)


def with_cell(cell: Cell, asked: Asked) -> Method:
    """PainSeeker with this loss.

    Raises:
        DataError: if faces of this size have too few attention cells for K_h; 224 px have 49.
    """
    return prepared(METHOD, asked, {"prsc": asdict(cell)})


def judge_cell(config: dict[str, Any], data_path: Path, out: Path, asked: Asked) -> dict[str, float]:
    """Pooled F1 and accuracy of one cell by all folds, and their number of faces."""
    data = load_face_folder(data_path)
    method = with_cell(Cell(**config), asked)
    judged = judge_by_folds(method, data, plan_for(data, out, asked))
    counts = confusion(judged.probability, judged.pain)
    return {"f1": counts.f1, "accuracy": counts.accuracy, "faces": float(counts.n)}


def _tune(
    cells: Sequence[Cell],
    data_path: Path,
    out: Path,
    asked: Asked,
    address: str | None,
    at_once: int,
    gpus: float | None,
) -> dict[Cell, dict[str, float]]:
    """The results of all cells from Ray Tune, which is imported only here and told to phone nobody."""
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    # Ray would put each worker into a folder of its own, where relative paths of the caller mean nothing.
    os.environ["RAY_CHDIR_TO_TRIAL_DIR"] = "0"
    import ray
    from ray import tune

    quiet = replace(asked, told=_silent, options=replace(asked.options, progress=False))
    trials = out / "ray"
    # Ray hides every GPU from a trial that asks for none.
    share = min(1.0, torch.cuda.device_count() / at_once) if gpus is None else gpus
    trainable = tune.with_parameters(_trial, data_path=data_path, out=out, asked=quiet)
    tuner = tune.Tuner(
        tune.with_resources(trainable, {"cpu": 1, "gpu": share}),
        param_space={"cell": tune.grid_search([asdict(cell) for cell in cells])},
        tune_config=tune.TuneConfig(reuse_actors=True),
        run_config=tune.RunConfig(storage_path=str(trials), verbose=0),
    )
    if address is None:
        ray.init(num_cpus=at_once, include_dashboard=False, log_to_driver=False, configure_logging=False)
    else:
        ray.init(address=address, log_to_driver=False)
    try:
        grid = tuner.fit()
    finally:
        ray.shutdown()
    found = [grid[i] for i in range(len(grid))]
    failed = [result.error for result in found if result.error is not None]
    if failed:
        what = f"{len(failed)} of {len(cells)} trials failed, first: {str(failed[0]).strip().splitlines()[-1]}"
        raise DataError(what, str(trials), "Mend the cause and call it again: finished folds are kept.")
    # What there is to keep lies in the folds: Ray's own records are pickles, which nobody should have to trust.
    shutil.rmtree(trials, ignore_errors=True)
    known = [(result.config or {}, result.metrics or {}) for result in found]
    return {Cell(**config["cell"]): {name: metrics[name] for name in FIGURES} for config, metrics in known}


def _trial(config: dict[str, Any], data_path: Path, out: Path, asked: Asked) -> dict[str, float]:
    return judge_cell(config["cell"], data_path, out, asked)


def _silent(_: str) -> None:
    pass


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
        plot_grid(_made(out / file), accuracy, labels[0], labels[1], names)
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
    note = f"Seeds {', '.join(map(str, asked.seeds))}; the grid of Liu et al. 2025, Fig. 5, where not asked otherwise."
    made = (measured_on(data), measured_by(asked.command, (base,), (), note))
    title = f"Sensitivity of {base.title} on {data.about.name}"
    return write_document(Document(title, (*sections, *made), warning_for(data), (words,)), out)[1]


def _plane(
    results: dict[Cell, dict[str, float]], grid: Grid, rows: str, columns: str, figure: str
) -> NDArray[np.float64]:
    return np.array(
        [[results[grid.cell(rows, r, columns, c)][figure] for c in getattr(grid, columns)] for r in getattr(grid, rows)]
    )


def _made(file: Path) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    return file

"""Cells of the grid as trials of Ray Tune, on this host or on a cluster."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import torch

from painwatch_engines.data.face_folder import load_face_folder
from painwatch_engines.errors import DataError
from painwatch_engines.evaluation.binary import confusion
from painwatch_engines.evaluation.grid import Cell, with_cell
from painwatch_engines.evaluation.protocols import judge_by_folds
from painwatch_engines.evaluation.runs import Asked, plan_for

STARTS = 3
"""How often Ray is started before it is given up."""

FIGURES = ("f1", "accuracy", "faces")


def run_trials(
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
    try:
        _start_ray(address, at_once)
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


def _start_ray(address: str | None, at_once: int) -> None:
    """Join the cluster, or start one on this host."""
    import ray

    if address is not None:
        ray.init(address=address, log_to_driver=False)
        return
    for left in reversed(range(STARTS)):
        try:
            ray.init(num_cpus=at_once, include_dashboard=False, log_to_driver=False, configure_logging=False)
            return
        except Exception as error:
            # Ray gives its processes 30 s to start, which a busy host may miss, and has no setting for it.
            ray.shutdown()
            if not left:
                what = f"Ray did not start ({str(error).splitlines()[0]})"
                raise DataError(
                    what, "ray", "Call it again when the host is less busy: finished folds are kept."
                ) from error


def _trial(config: dict[str, Any], data_path: Path, out: Path, asked: Asked) -> dict[str, float]:
    return judge_cell(config["cell"], data_path, out, asked)


def _silent(_: str) -> None:
    pass


def judge_cell(config: dict[str, Any], data_path: Path, out: Path, asked: Asked) -> dict[str, float]:
    """Pooled F1 and accuracy of one cell by all folds, and their number of faces."""
    data = load_face_folder(data_path)
    method = with_cell(Cell(**config), asked)
    judged = judge_by_folds(method, data, plan_for(data, out, asked))
    counts = confusion(judged.probability, judged.pain)
    return {"f1": counts.f1, "accuracy": counts.accuracy, "faces": float(counts.n)}

"""The folder of one training run: what it is a run of, its checkpoints, its log."""

from __future__ import annotations

import csv
import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from numpy.typing import NDArray

from painwatch_engines.data.face_folder import FaceFolder
from painwatch_engines.errors import DataError
from painwatch_engines.models.method import Method

RUN_FILE = "run.yaml"
LOG_FILE = "log.csv"
LOG_COLUMNS = ("stage", "face_px", "epoch", "step", "loss", "learning_rate", "held_out_loss", "held_out_accuracy")


def open_run(
    run: Path,
    method: Method,
    data: FaceFolder,
    training: NDArray[np.int64],
    held_out: NDArray[np.int64] | None,
    seed: int,
    resume: bool,
) -> None:
    """Make the folder and write what it is a run of, or hold that against what an earlier run wrote.

    Raises:
        DataError: if the folder cannot be written, is in use and `resume` is not set, or is the folder of another run.
    """
    file = run / RUN_FILE
    asked: dict[str, Any] = {
        "method": method.name,
        "set": data.about.name,
        "seed": seed,
        "settings": method.settings.model_dump(mode="json", exclude_none=True),
        "training_faces": _fingerprint(data, training),
        "held_out_faces": None if held_out is None else _fingerprint(data, held_out),
    }
    if not file.is_file():
        part = run / f"{RUN_FILE}.part"
        try:
            run.mkdir(parents=True, exist_ok=True)
            part.write_text(yaml.safe_dump(asked, sort_keys=False), encoding="utf-8")
            part.rename(file)
        except OSError as error:
            mend = "Name a folder that can be written (--run)."
            raise DataError(f"the run's folder cannot be written ({error.strerror})", str(run), mend) from error
        return
    if not resume:
        mend = "Resume it (--resume), or name another folder for this run (--run)."
        raise DataError("there is a training run in this folder already", str(run), mend)
    found = yaml.safe_load(file.read_text(encoding="utf-8"))
    other = [key for key, value in asked.items() if not isinstance(found, dict) or found.get(key) != value]
    if other:
        what = f"the run in this folder is another one: its {', '.join(other).replace('_', ' ')} differ"
        raise DataError(what, str(file), "Call it as it was first called, or name another folder (--run).")


def next_part(stage: Path) -> str:
    """Name of a new part of a stage's log: one part for each time that the training was taken up."""
    return f"part_{len(list(stage.glob('part_*'))) + 1}"


def join_logs(run: Path, stages: list[tuple[Path, int]]) -> Path:
    """Write log.csv, a row for each epoch, from the parts of all stages (folder, face_px); the later part counts."""
    rows = [
        {"stage": number, "face_px": face_px, **row}
        for number, (stage, face_px) in enumerate(stages, 1)
        for row in _epochs(stage)
    ]
    path = run / LOG_FILE
    part = path.with_suffix(".part")
    with part.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, LOG_COLUMNS, restval="", extrasaction="ignore", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    part.rename(path)
    return path


def _epochs(stage: Path) -> list[dict[str, str]]:
    by_epoch: dict[int, dict[str, str]] = {}
    parts = sorted(stage.glob("part_*"), key=lambda path: int(path.name.removeprefix("part_")))
    for part in parts:
        taken: set[int] = set()
        file = part / "metrics.csv"
        if not file.is_file():
            continue
        with file.open(newline="", encoding="utf-8") as table:
            for row in csv.DictReader(table):
                epoch = int(row["epoch"])
                if epoch not in taken:
                    by_epoch[epoch] = {}
                    taken.add(epoch)
                by_epoch[epoch].update({key: f"{float(value):.6g}" for key, value in row.items() if value})
    return [by_epoch[epoch] for epoch in sorted(by_epoch)]


def _fingerprint(data: FaceFolder, rows: NDArray[np.int64]) -> str:
    """How many faces, and a hash of which with which labels."""
    lines = [f"{data.images[row]},{data.animals[row]},{data.labels[row]}" for row in rows.tolist()]
    return f"{len(rows)} faces, {hashlib.sha256(chr(10).join(lines).encode()).hexdigest()[:16]}"

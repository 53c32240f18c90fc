"""What a figure was measured with: machine, versions, command, settings."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import numpy as np
import psutil
import torch
from numpy.typing import NDArray

from painwatch_engines.data.face_folder import GRADES, UNLABELLED, FaceFolder
from painwatch_engines.evaluation.document import Section, Table, rows_of
from painwatch_engines.evaluation.protocols import Training
from painwatch_engines.models.method import Method

PACKAGES = ("painwatch", "numpy", "torch", "lightning", "scikit-learn", "onnxruntime", "opencv-python-headless", "ray")


def measured_on(data: FaceFolder) -> Section:
    """The set: what it is, and how many faces of which animal and class."""
    about = data.about
    rows = []
    for animal in dict.fromkeys(data.animals.tolist()):
        here = data.animals == animal
        rows.append([animal, *_counts(data, here)])
    rows.append(["all", *_counts(data, np.ones(len(data), np.bool_))])
    words = [
        f"{about.name}: {', '.join(about.species)} ({', '.join(about.strains)}; {', '.join(about.coats)}), labels "
        f"{about.labels}. Source: {about.source}.",
        *(note[:1].upper() + note[1:] + "." for note in about.notes),
    ]
    if about.command:
        words.append(f"Made by: {about.command}")
    grades = tuple(name for name, _ in _graded(data))
    table = Table("Faces of the set", ("animal", "no pain", "pain", *grades, "unlabelled", "all"), rows_of(rows))
    return Section("The set", tuple(words), (table,))


def measured_by(
    command: str, methods: Sequence[Method], trainings: Sequence[Training], note: str = "", epochs: int | None = None
) -> Section:
    """Command, trainings, machine and versions; `epochs`: in place of the methods' own."""
    tables = []
    if methods:
        columns = ("method", "face px", "epochs", "batch", "optimiser", "rate", "decay", "augmentation, PRSC")
        tables.append(Table("Settings", columns, rows_of([_settings(method, epochs) for method in methods])))
    if trainings:
        total = sum(training.seconds for training in trainings)
        rows = [(t.method, t.left_out, t.seed, t.calm, t.pain, t.epochs, f"{t.seconds:.0f}") for t in trainings]
        header = ("method", "left out", "seed", "no pain", "pain", "epochs", "seconds")
        told = (
            f"{total / 60:.1f} minutes in all, judging included; a training that was broken off counts from when it "
            "was last taken up."
        )
        tables.append(Table("Trainings", header, rows_of(rows), told))
    kept = "Of the call that wrote this report; folds that were kept may be from an earlier one." if methods else ""
    tables.append(Table("Machine and versions", ("what", "which"), rows_of(_machine()), kept))
    words = (f"Command: {command}", *((note,) if note else ()))
    return Section("How it was measured", words, tuple(tables))


def _counts(data: FaceFolder, here: NDArray[np.bool_]) -> list[int]:
    labels = data.labels[here]
    graded = [int((data.grades[here] == grade).sum()) for _, grade in _graded(data)]
    return [
        int((labels == 0).sum()),
        int((labels == 1).sum()),
        *graded,
        int((labels == UNLABELLED).sum()),
        int(here.sum()),
    ]


def _graded(data: FaceFolder) -> list[tuple[str, int]]:
    """Grades of pain, where the set has any."""
    return [(GRADES[k], k) for k in (1, 2)] if (data.grades >= 0).any() else []


def _settings(method: Method, asked: int | None) -> list[object]:
    s = method.settings
    if method.kind == "svm":
        return [method.title, s.face_px, "–", "–", "linear SVM", "–", "–", "–"]
    epochs = asked or "; ".join(f"{t.epochs:g} at {t.face_px} px" for t in s.stages) or s.epochs
    more = []
    if s.augmentation is not None:
        a = s.augmentation
        more += [f"{a.resize_px} px cropped"] if a.resize_px > s.face_px else []
        more += ["flip"] if a.flip else []
        more += [f"±{a.rotation_deg:g}°"] if a.rotation_deg else []
    if s.prsc is not None and s.prsc.weight:
        more.append(f"λ {s.prsc.weight:g}, δ {s.prsc.margin:g}, K_h {s.prsc.highest}")
    rate = f"{s.learning_rate:g} {s.schedule.replace('_', ' ')}"
    return [method.title, s.face_px, epochs, s.batch, s.optimiser, rate, f"{s.weight_decay:g}", "; ".join(more) or "–"]


def _machine() -> list[tuple[str, str]]:
    gpus = [torch.cuda.get_device_name(i) for i in range(torch.cuda.device_count())]
    rows = [
        ("when", f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC"),
        ("processor", f"{_processor()}, {os.cpu_count()} cores, {psutil.virtual_memory().total / 2**30:.0f} GiB"),
        ("GPU", ", ".join(gpus) or "none"),
        ("system", f"{platform.system()} {platform.machine()}, Python {platform.python_version()}"),
    ]
    return [*rows, *((package, _version(package)) for package in PACKAGES)]


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or "unknown"
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"

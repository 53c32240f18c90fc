"""Judging a method on animals it never saw, fold by fold; a fold that is finished is kept and never repeated."""

from __future__ import annotations

import hashlib
import json
import shutil
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from painwatch_engines.anatomy import LABELS
from painwatch_engines.artefacts import ModelFolder
from painwatch_engines.data.face_folder import FaceFolder
from painwatch_engines.data.folds import Fold
from painwatch_engines.errors import ArtefactError, DataError
from painwatch_engines.models.method import Method
from painwatch_engines.training.fit import FitOptions, answers, fit

RULES = 2
"""Number of the rules that folds are judged by; part of a fold's key, so that a change of them repeats every fold."""

LABEL_FACES = "Fill in the column label, or judge other animals."

Told = Callable[[str], None]

ARRAYS = ("pain", "animals", "yaw_deg", "views", "probability", "logits", "images", "seeds")
"""What Judged holds for each face."""


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """What a method said of faces of animals it was not trained on.

    Attributes:
        name, title: of the method.
        pain: (N,) the truth.
        animals: (N,) names.
        yaw_deg: (N,) NaN where unknown.
        views: (N,) "" where unknown.
        probability: (N,) of pain.
        logits: (N, 2) in LABELS order.
        images: (N,) paths in the set.
        seeds: (N,) of the training.
        trainings: facts of each training, for the report; empty for a model that was not trained here.
    """

    name: str
    title: str
    pain: NDArray[np.bool_]
    animals: NDArray[np.str_]
    yaw_deg: NDArray[np.float32]
    views: NDArray[np.str_]
    probability: NDArray[np.float64]
    logits: NDArray[np.float64]
    images: NDArray[np.str_]
    seeds: NDArray[np.int64]
    trainings: tuple[Training, ...] = ()

    def of(self, chosen: NDArray[np.bool_]) -> Judged:
        """The chosen faces only."""
        return replace(self, **{name: getattr(self, name)[chosen] for name in ARRAYS})


@dataclass(frozen=True, slots=True)
class Training:
    """One training of a protocol: which animals were left out, on how many faces it was trained, and what it took."""

    method: str
    left_out: str
    seed: int
    calm: int
    pain: int
    epochs: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Plan:
    """How folds are run.

    Attributes:
        folds: the splits, none of whose animals is on both sides.
        seeds: each fold is trained once with each.
        options: of every training; its seed is replaced.
        kept: folder of the finished folds; may be shared by evaluate, compare and sweep.
    """

    folds: tuple[Fold, ...]
    seeds: tuple[int, ...]
    options: FitOptions
    kept: Path
    told: Told = field(default=lambda _: None)


def judge_by_folds(method: Method, data: FaceFolder, plan: Plan) -> Judged:
    """Train once for each fold and seed, and judge the animals left out.

    Nothing of a left-out animal reaches its training: all epochs of the settings are run, none is chosen by it. A
    training that was broken off goes on where it was.

    Args:
        method: with the settings to train by.
        data: the set; unlabelled faces are neither trained on nor judged.
        plan: folds, seeds and where results are kept.

    Raises:
        DataError: no labelled face to judge; see also training.fit.fit.
    """
    labelled = data.labels >= 0
    # An animal without a label has nothing to be judged by: a training for it would be for nothing.
    folds = [(fold, rows) for fold in plan.folds if len(rows := fold.left_out[labelled[fold.left_out]])]
    if not folds:
        raise DataError("no animal to be judged has a labelled face", str(data.path), LABEL_FACES)
    parts, trainings = [], []
    for seed in plan.seeds:
        for fold, rows in folds:
            plan.told(f"{method.title}, seed {seed}, {fold.name} left out")
            logits, probability, training = _fold(method, data, fold, rows, replace(plan.options, seed=seed), plan.kept)
            trainings.append(training)
            parts.append(judged_rows(method.name, method.title, data, rows, logits, probability, seed))
    return join(parts, tuple(trainings))


def judge_model(folder: ModelFolder, data: FaceFolder, told: Told = lambda _: None) -> Judged:
    """What a trained model folder says of every labelled face, by the compiled form that the watch runs.

    Raises:
        DataError: if there is no labelled face.
        EngineError: if the model cannot be opened or run.
        ArtefactError: if it gives something that is no probability.
    """
    from painwatch_engines.runtime import open_runtime
    from painwatch_engines.training.faces import Cut, judged_face

    runtime = open_runtime(folder.model)
    side = getattr(folder.card.input, "size_px", 0)
    cut = Cut(side, data.about.margin)
    rows = np.flatnonzero(data.labels >= 0)
    if not len(rows):
        raise DataError("no face of the set has a label", str(data.path), LABEL_FACES)
    probabilities = []
    for start in range(0, len(rows), 16):
        told(f"{folder.card.name}, {start} of {len(rows)} faces")
        faces = np.stack([judged_face(data.read(row), cut) for row in rows[start : start + 16].tolist()])
        probabilities.append(runtime.run({"faces": faces})["probabilities"])
    probability = np.concatenate(probabilities).astype(np.float64)
    if not ((probability >= 0) & (probability <= 1)).all():
        mend = "Verify it: painwatch engine verify."
        raise ArtefactError("the model gave something that is no probability", str(folder.model), mend)
    # A compiled model tells probabilities only; their logarithms are logits of the same softmax.
    logits = np.log(np.clip(probability, 1e-12, 1))
    pain = probability[:, LABELS.index("pain")]
    return judged_rows(folder.card.name, folder.card.name, data, rows, logits, pain, 0)


def judged_rows(
    name: str,
    title: str,
    data: FaceFolder,
    rows: NDArray[np.int64],
    logits: NDArray[Any],
    probability: NDArray[Any],
    seed: int,
) -> Judged:
    """What was said of these rows, with what is known of them."""
    return Judged(
        name,
        title,
        data.pain[rows],
        data.animals[rows],
        data.yaw_deg[rows],
        data.views[rows],
        np.asarray(probability, np.float64),
        np.asarray(logits, np.float64),
        np.array(data.images)[rows],
        np.full(len(rows), seed),
    )


def join(parts: Sequence[Judged], trainings: tuple[Training, ...]) -> Judged:
    """Several folds and seeds of one method as one."""

    def all_of(name: str) -> NDArray[Any]:
        return np.concatenate([getattr(part, name) for part in parts])

    arrays: dict[str, Any] = {name: all_of(name) for name in ARRAYS}
    return replace(parts[0], trainings=trainings, **arrays)


def _fold(
    method: Method, data: FaceFolder, fold: Fold, rows: NDArray[np.int64], options: FitOptions, kept: Path
) -> tuple[NDArray[Any], NDArray[Any], Training]:
    """Logits, probability of pain and facts of one fold, from the folder if it was finished before."""
    key = fold_key(method, data, fold, options)
    folder = kept / method.name / f"seed{options.seed}_{_safe(fold.name)}_{key[:12]}"
    result, facts = folder / "answers.npz", folder / "training.json"
    if not result.is_file():
        began = time.monotonic()
        run = folder / "run"
        fitted = fit(method, data, fold.training, None, options, run, resume=True)
        told = answers(fitted, data, rows)
        trained = fold.training[data.labels[fold.training] >= 0]
        pain = int(data.pain[trained].sum())
        seconds = round(time.monotonic() - began, 1)
        training = Training(method.title, fold.name, options.seed, len(trained) - pain, pain, fitted.epochs, seconds)
        facts.write_text(json.dumps({"key": key, **_fields(training)}, indent=1) + "\n", encoding="utf-8")
        if fitted.log is not None:
            shutil.copy(fitted.log, folder / "log.csv")
        part = folder / "answers.part.npz"
        np.savez(part, logits=told["logits"], probabilities=told["probabilities"])
        part.rename(result)
        # Checkpoints of a finished fold take a hundred times the room of what it answered.
        shutil.rmtree(run, ignore_errors=True)
    found: dict[str, Any] = json.loads(facts.read_text(encoding="utf-8"))
    training = Training(**{name: found[name] for name in Training.__dataclass_fields__})
    with np.load(result, allow_pickle=False) as arrays:
        return arrays["logits"], arrays["probabilities"][:, LABELS.index("pain")], training


def fold_key(method: Method, data: FaceFolder, fold: Fold, options: FitOptions) -> str:
    """SHA-256 of all that a fold's answers depend on; files of the set count by name, size and label."""
    sizes = [(data.path / image).stat().st_size for image in data.images]
    known: dict[str, Any] = {
        "rules": RULES,
        "method": method.name,
        "settings": method.settings.model_dump(mode="json"),
        "seed": options.seed,
        "epochs": options.epochs,
        "about": data.about.model_dump(mode="json", exclude={"command", "notes"}),
        "faces": [list(data.images), sizes, data.animals.tolist(), data.labels.tolist()],
        "units": np.nan_to_num(data.units, nan=-1).round(4).tolist(),
        "training": fold.training.tolist(),
        "left_out": fold.left_out.tolist(),
    }
    if options.deterministic:  # added only then: folds that were trained without it keep their keys
        known["deterministic"] = True
    return hashlib.sha256(json.dumps(known, sort_keys=True).encode()).hexdigest()


def _fields(training: Training) -> dict[str, Any]:
    return {name: getattr(training, name) for name in Training.__dataclass_fields__}


def _safe(name: str) -> str:
    """A fold's name as part of a file's."""
    return "".join(c if c.isalnum() or c in "-_" else "_" for c in name)[:60]

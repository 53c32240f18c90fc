"""Folds: trained on the others only, judged once, kept, and never repeated."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fixtures.toy_faces import ANIMALS, tiny_method, write_toy_set
from painwatch_engines.data.face_folder import UNLABELLED, FaceFolder
from painwatch_engines.data.folds import hold_out, leave_one_animal_out
from painwatch_engines.errors import DataError
from painwatch_engines.evaluation import protocols
from painwatch_engines.evaluation.protocols import Plan, fold_key, judge_by_folds
from painwatch_engines.training.fit import FitOptions

OPTIONS = FitOptions(accelerator="cpu", progress=False)


@pytest.fixture
def data(tmp_path: Path) -> FaceFolder:
    return write_toy_set(tmp_path / "set")


def plan(data: FaceFolder, kept: Path, **more: Any) -> Plan:
    return Plan(tuple(leave_one_animal_out(data.animals)), (1,), OPTIONS, kept, **more)


class Trainer:
    """Stands in for training: says 0.75 of every face, and remembers whom it was given."""

    def __init__(self) -> None:
        self.trained: list[tuple[int, list[int]]] = []

    def fit(self, method: Any, data: Any, training: Any, held_out: Any, options: Any, run: Path, resume: bool) -> Any:
        assert held_out is None, "nothing of the animals left out may stop a training"
        assert resume
        (run / "stage_1").mkdir(parents=True, exist_ok=True)
        self.trained.append((options.seed, training.tolist()))
        return type("Fitted", (), {"log": None, "epochs": 2})()

    def answers(self, fitted: Any, data: Any, rows: Any) -> dict[str, Any]:
        logits = np.tile([0.0, np.log(3)], (len(rows), 1))
        return {"logits": logits, "probabilities": np.tile([0.25, 0.75], (len(rows), 1))}


@pytest.fixture
def trainer(monkeypatch: pytest.MonkeyPatch) -> Trainer:
    stand_in = Trainer()
    monkeypatch.setattr(protocols, "fit", stand_in.fit)
    monkeypatch.setattr(protocols, "answers", stand_in.answers)
    return stand_in


def test_every_labelled_face_is_judged_once_by_a_model_that_never_saw_its_animal(
    data: FaceFolder, trainer: Trainer, tmp_path: Path
) -> None:
    labels = data.labels.copy()
    labels[3] = UNLABELLED
    data = replace(data, labels=labels)
    judged = judge_by_folds(tiny_method(), data, plan(data, tmp_path / "kept"))
    assert sorted(judged.images) == sorted(image for i, image in enumerate(data.images) if i != 3)
    assert np.allclose(judged.probability, 0.75)
    assert [training.left_out for training in judged.trainings] == list(ANIMALS)
    for name, (_, rows) in zip(ANIMALS, trainer.trained, strict=True):
        assert name not in data.animals[rows]
    assert [(t.calm, t.pain) for t in judged.trainings] == [(9, 9), (9, 8), (9, 8), (9, 8)]


def test_an_animal_without_labels_is_not_trained_for(data: FaceFolder, trainer: Trainer, tmp_path: Path) -> None:
    data = replace(data, labels=np.where(data.animals == "bea", UNLABELLED, data.labels))
    judged = judge_by_folds(tiny_method(), data, plan(data, tmp_path / "kept"))
    assert [training.left_out for training in judged.trainings] == ["ada", "cleo", "dora"]
    only = replace(plan(data, tmp_path / "kept"), folds=(hold_out(data.animals, ["bea"]),))
    with pytest.raises(DataError, match="no animal to be judged"):
        judge_by_folds(tiny_method(), data, only)


def test_finished_folds_are_kept_and_not_repeated(data: FaceFolder, trainer: Trainer, tmp_path: Path) -> None:
    first = judge_by_folds(tiny_method(), data, plan(data, tmp_path / "kept"))
    again = judge_by_folds(tiny_method(), data, plan(data, tmp_path / "kept"))
    assert len(trainer.trained) == len(ANIMALS)
    assert np.array_equal(first.probability, again.probability)
    assert first.trainings == again.trainings
    assert not list((tmp_path / "kept").rglob("run")), "checkpoints of finished folds are gone"
    judge_by_folds(tiny_method(), data, replace(plan(data, tmp_path / "kept"), seeds=(1, 2)))
    assert len(trainer.trained) == 2 * len(ANIMALS)


def test_a_fold_that_failed_is_tried_again(
    data: FaceFolder, trainer: Trainer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(protocols, "answers", lambda *_: {})
        with pytest.raises(KeyError):
            judge_by_folds(tiny_method(), data, plan(data, tmp_path / "kept"))
    judged = judge_by_folds(tiny_method(), data, plan(data, tmp_path / "kept"))
    assert len(judged.trainings) == len(ANIMALS)


def test_whatever_a_fold_depends_on_is_in_its_key(data: FaceFolder) -> None:
    fold, other = hold_out(data.animals, ["ada"]), hold_out(data.animals, ["bea"])
    method = tiny_method()
    turned = replace(data, labels=1 - data.labels)
    keys = {
        fold_key(method, data, fold, OPTIONS),
        fold_key(method, data, other, OPTIONS),
        fold_key(tiny_method(learning_rate=1e-5), data, fold, OPTIONS),
        fold_key(method, data, fold, replace(OPTIONS, seed=2)),
        fold_key(method, data, fold, replace(OPTIONS, epochs=3)),
        fold_key(method, turned, fold, OPTIONS),
        fold_key(method, data, fold, replace(OPTIONS, deterministic=True)),
    }
    assert len(keys) == 7
    assert fold_key(method, data, fold, OPTIONS) == fold_key(method, data, fold, replace(OPTIONS, progress=True))


def test_a_real_training_runs_through(data: FaceFolder, tmp_path: Path) -> None:
    one = replace(plan(data, tmp_path / "kept"), folds=(hold_out(data.animals, ["ada"]),))
    judged = judge_by_folds(tiny_method(epochs=6), data, one)
    assert len(judged.pain) == 6
    assert np.allclose(judged.probability, 1 / (1 + np.exp(judged.logits[:, 0] - judged.logits[:, 1])), atol=1e-5)
    assert (judged.trainings[0].epochs, judged.trainings[0].pain) == (6, 9)
    assert next((tmp_path / "kept").rglob("log.csv")).read_text().count("\n") == 7

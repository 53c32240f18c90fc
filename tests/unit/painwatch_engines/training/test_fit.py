"""Training through the one door: who is seen, what repeats, what goes on after a break, what is told."""

from __future__ import annotations

import csv
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from fixtures.toy_faces import FACE_PX, rows_of, tiny_method, write_toy_set
from painwatch_engines.data.face_folder import FaceFolder
from painwatch_engines.errors import DataError
from painwatch_engines.models.method import Method, Outputs
from painwatch_engines.models.pixels import normalise
from painwatch_engines.training.fit import FitOptions, answers, fit
from painwatch_engines.training.run_folder import LOG_COLUMNS

OPTIONS = FitOptions(accelerator="cpu", progress=False, deterministic=True)


@pytest.fixture
def data(tmp_path: Path) -> FaceFolder:
    return write_toy_set(tmp_path / "set")


class Watched(nn.Module):
    """A network that reports every batch of training before it looks at it."""

    def __init__(self, network: nn.Module, report: Callable[[Tensor], None]) -> None:
        super().__init__()
        self.network = network
        self._report = report

    def forward(self, faces: Tensor) -> Outputs:
        if self.training:
            self._report(faces)
        return self.network(faces)


def watched(method: Method, report: Callable[[Tensor], None]) -> Method:
    return replace(method, build=lambda settings, units: Watched(method.build(settings, units), report))


def same(first: nn.Module, second: nn.Module) -> bool:
    ours, theirs = first.state_dict(), second.state_dict()
    return all(torch.equal(ours[name], theirs[name]) for name in ours)


def log_of(path: Path | None) -> list[dict[str, str]]:
    assert path is not None
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def test_no_face_of_a_held_out_animal_is_trained_on(data: FaceFolder, tmp_path: Path) -> None:
    blues: set[int] = set()

    def report(faces: Tensor) -> None:
        blue = faces[:, 2] * 0.225 + 0.406
        blues.update((blue.mean(dim=(1, 2)) * 255 / 20).round().int().tolist())

    method = watched(tiny_method(), report)
    fit(method, data, rows_of(data, "ada", "cleo"), rows_of(data, "bea"), OPTIONS, tmp_path / "run")
    assert blues == {1, 3}, "the blue of Ada's and Cleo's pictures"


def test_an_animal_on_both_sides_is_refused(data: FaceFolder, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="bea: both in training and held out"):
        fit(tiny_method(), data, rows_of(data, "ada", "bea"), rows_of(data, "bea"), OPTIONS, tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_it_learns_and_answers(data: FaceFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    training, unseen = rows_of(data, "ada", "bea", "cleo"), rows_of(data, "dora")
    method = tiny_method(epochs=10, learning_rate=1e-2, augmentation={"resize_px": FACE_PX})
    fitted = fit(method, data, training, None, OPTIONS, tmp_path / "run")
    told = answers(fitted, data, unseen, batch=4)
    assert (told["probabilities"].argmax(axis=1) == data.labels[unseen]).all()
    faces = torch.from_numpy(np.stack([data.read(int(row)) for row in unseen]))
    assert told["probabilities"].shape == (len(faces), 2)
    assert fitted.epochs == 10
    assert not fitted.module.training
    assert {path.name for path in tmp_path.iterdir()} == {"set", "run"}, "nothing is written beside the run"


def test_the_log_has_a_row_for_each_epoch(data: FaceFolder, tmp_path: Path) -> None:
    training, held_out = rows_of(data, "ada", "bea"), rows_of(data, "cleo")
    rows = log_of(fit(tiny_method(), data, training, held_out, OPTIONS, tmp_path / "run").log)
    assert tuple(rows[0]) == LOG_COLUMNS
    assert [row["epoch"] for row in rows] == ["0", "1"]
    assert all(float(row["loss"]) > 0 and float(row["held_out_loss"]) > 0 for row in rows)
    assert {row["learning_rate"] for row in rows} == {"0.003"}


def test_stages_grow_and_each_has_its_rate(data: FaceFolder, tmp_path: Path) -> None:
    sizes: list[tuple[int, int]] = []
    stages = [
        {"face_px": 64, "epochs": 1.5, "learning_rate": 3e-3},
        {"face_px": 96, "epochs": 0.5, "learning_rate": 1e-3},
    ]
    method = tiny_method(face_px=96, stages=stages, augmentation={"resize_px": 110}, schedule="one_cycle")
    method = watched(method, lambda faces: sizes.append((len(faces), faces.shape[-1])))
    fitted = fit(method, data, rows_of(data, "ada", "bea", "cleo"), None, OPTIONS, tmp_path / "run")
    # 24 faces an epoch in batches of 8: 1.5 epochs are 2 of 18 faces, filled up to 24; half a one is 12, up to 16.
    assert sizes == [(8, 64)] * 6 + [(8, 96)] * 2
    assert [row["face_px"] for row in log_of(fitted.log)] == ["64", "64", "96"]
    assert fitted.epochs == 3


def test_the_same_seed_gives_the_same_weights_and_another_others(data: FaceFolder, tmp_path: Path) -> None:
    training = rows_of(data, "ada", "bea")
    torch.manual_seed(5)
    first = fit(tiny_method(), data, training, None, OPTIONS, tmp_path / "first").module
    torch.manual_seed(6)
    second = fit(tiny_method(), data, training, None, replace(OPTIONS, workers=1), tmp_path / "second").module
    assert same(first, second)
    other = fit(tiny_method(), data, training, None, replace(OPTIONS, seed=2), tmp_path / "other").module
    assert not same(first, other)


def test_training_leaves_the_callers_random_numbers_and_rules_alone(data: FaceFolder, tmp_path: Path) -> None:
    torch.manual_seed(3)
    before, threads = torch.get_rng_state(), torch.get_num_threads()
    fit(tiny_method(epochs=1), data, rows_of(data, "ada"), None, OPTIONS, tmp_path / "run")
    assert torch.equal(torch.get_rng_state(), before)
    assert torch.get_num_threads() == threads
    assert not torch.are_deterministic_algorithms_enabled()


class PowerCut(Exception):
    pass


@pytest.mark.parametrize("schedule", ["constant", "one_cycle"])
def test_a_broken_off_training_ends_as_an_unbroken_one(data: FaceFolder, tmp_path: Path, schedule: str) -> None:
    training, held_out = rows_of(data, "ada", "bea", "cleo"), rows_of(data, "dora")
    method = tiny_method(epochs=4, schedule=schedule)
    whole = fit(watched(method, lambda _: None), data, training, held_out, OPTIONS, tmp_path / "whole")
    batches = 0

    def cut(faces: Tensor) -> None:
        nonlocal batches
        batches += 1
        if batches == 8:  # in the third epoch of three batches each
            raise PowerCut

    run = tmp_path / "broken"
    with pytest.raises(PowerCut):
        fit(watched(method, cut), data, training, held_out, OPTIONS, run)
    resumed = fit(watched(method, cut), data, training, held_out, OPTIONS, run, resume=True)
    assert batches == 8 + 6, "two epochs were left, the third from its beginning"
    assert same(whole.module, resumed.module)
    assert log_of(whole.log) == log_of(resumed.log)
    again = fit(watched(method, cut), data, training, held_out, OPTIONS, run, resume=True)
    assert batches == 14, "what is done is not done again"
    assert same(whole.module, again.module)


def test_held_out_animals_stop_the_training_and_choose_the_weights(data: FaceFolder, tmp_path: Path) -> None:
    method = tiny_method(epochs=30, patience=2, learning_rate=1e-9)
    constant = replace(method, loss=lambda outputs, targets, settings: outputs["logits"].sum() * 0 + 1)
    fitted = fit(constant, data, rows_of(data, "ada", "bea"), rows_of(data, "cleo"), OPTIONS, tmp_path / "run")
    assert fitted.epochs == 3, "one that is the lowest so far, and two that are no lower"


def test_the_weights_with_the_lowest_held_out_loss_are_kept(data: FaceFolder, tmp_path: Path) -> None:
    # The loss falls on training faces and rises on held-out ones: only the first epoch's weights are any good.
    method = tiny_method(epochs=3, learning_rate=1e-2, weight_decay=0.0)
    network = method.build(method.settings, ())

    def loss(outputs: Outputs, targets: object, settings: object) -> Tensor:
        return outputs["logits"].mean() * (1 if torch.is_grad_enabled() else -1)

    fitted = fit(
        replace(method, loss=loss, build=lambda *_: network),
        data,
        rows_of(data, "ada", "bea"),
        rows_of(data, "cleo"),
        OPTIONS,
        tmp_path / "run",
    )
    losses = [float(row["held_out_loss"]) for row in log_of(fitted.log)]
    with torch.inference_mode():
        faces = torch.from_numpy(np.stack([data.read(int(row))[4:68, 4:68] for row in rows_of(data, "cleo")]))
        kept = -float(fitted.module(normalise(faces))["logits"].mean())
    assert losses == sorted(losses)
    assert kept < losses[1]


def test_a_run_folder_is_of_one_run(data: FaceFolder, tmp_path: Path) -> None:
    training = rows_of(data, "ada", "bea")
    run, method = tmp_path / "run", tiny_method(epochs=1)
    fit(method, data, training, None, OPTIONS, run)
    with pytest.raises(DataError, match="a training run in this folder already"):
        fit(method, data, training, None, OPTIONS, run)
    with pytest.raises(DataError, match="another one: its seed differ"):
        fit(method, data, training, None, replace(OPTIONS, seed=9), run, resume=True)
    with pytest.raises(DataError, match="its training faces differ"):
        fit(method, data, rows_of(data, "ada", "cleo"), None, OPTIONS, run, resume=True)


def test_what_cannot_be_trained_is_told(data: FaceFolder, tmp_path: Path) -> None:
    calm = np.flatnonzero(~data.pain)
    with pytest.raises(DataError, match="no face labelled pain"):
        fit(tiny_method(), data, calm, None, OPTIONS, tmp_path / "run")
    unlabelled = replace(data, labels=np.where(data.animals == "cleo", -1, data.labels))
    with pytest.raises(DataError, match="held-out animals have no labelled face"):
        fit(tiny_method(), unlabelled, rows_of(data, "ada"), rows_of(data, "cleo"), OPTIONS, tmp_path / "run")
    with pytest.raises(DataError, match="a batch of 8 cannot be shared by 3 devices"):
        fit(tiny_method(), data, rows_of(data, "ada"), None, replace(OPTIONS, devices=3), tmp_path / "run")


def test_a_gpu_that_is_not_there_is_told_and_leaves_no_run(data: FaceFolder, tmp_path: Path) -> None:
    if torch.cuda.is_available():
        pytest.skip("there is a GPU")
    options, training = replace(OPTIONS, accelerator="gpu"), rows_of(data, "ada")
    with pytest.raises(DataError, match="PyTorch finds no GPU here"):
        fit(tiny_method(epochs=1), data, training, None, options, tmp_path / "run")
    assert not (tmp_path / "run").exists(), "the mended command finds the folder free"


def test_a_run_folder_that_cannot_be_written_is_told(data: FaceFolder, tmp_path: Path) -> None:
    (tmp_path / "run").touch()
    with pytest.raises(DataError, match="the run's folder cannot be written"):
        fit(tiny_method(epochs=1), data, rows_of(data, "ada"), None, OPTIONS, tmp_path / "run")


@pytest.mark.parametrize("stops", [True, False])
def test_a_training_that_diverged_is_told(data: FaceFolder, tmp_path: Path, stops: bool) -> None:
    method = replace(tiny_method(), loss=lambda outputs, targets, settings: outputs["logits"].sum() * float("nan"))
    with pytest.raises(DataError, match="the training diverged"):
        fit(method, data, rows_of(data, "ada"), rows_of(data, "bea") if stops else None, OPTIONS, tmp_path / "run")


def test_checkpoints_never_pass_through_another_folder(
    data: FaceFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # From another disk they would be copied into place, and a kill would leave one that nothing can be resumed from.
    def refused(*_: object, **__: object) -> None:
        raise AssertionError("a checkpoint was written to a temporary file elsewhere")

    monkeypatch.setattr(tempfile, "mkstemp", refused)
    fit(tiny_method(epochs=1), data, rows_of(data, "ada"), rows_of(data, "bea"), OPTIONS, tmp_path / "run")


def test_units_that_nobody_scored_teach_nothing(data: FaceFolder, tmp_path: Path) -> None:
    from painwatch_engines.models.registry import method

    unscored = replace(data, unit_names=("orbital", "ear"), units=np.full((len(data), 2), np.nan, np.float32))
    with pytest.raises(DataError, match="no face of the training animals has a scored action unit"):
        fit(method("action_units"), unscored, rows_of(data, "ada"), None, OPTIONS, tmp_path / "run")


def test_two_processes_share_each_batch(data: FaceFolder, tmp_path: Path) -> None:
    training, held_out = rows_of(data, "ada", "bea", "cleo"), rows_of(data, "dora")
    options = replace(OPTIONS, devices=2)
    fitted = fit(tiny_method(), data, training, held_out, options, tmp_path / "run")
    rows = log_of(fitted.log)
    assert [row["step"] for row in rows] == ["2", "5"], "as many steps as one process would take"
    assert float(rows[-1]["held_out_loss"]) > 0
    again = fit(tiny_method(), data, training, held_out, options, tmp_path / "again")
    assert same(fitted.module, again.module)


def test_a_support_vector_machine_goes_through_the_same_door(tmp_path: Path) -> None:
    from painwatch_engines.models.registry import method
    from painwatch_engines.models.settings import with_changes

    data = write_toy_set(tmp_path / "set", noise=3.0)
    chosen = method("lbp_r1p8_4x4")
    chosen = replace(chosen, settings=with_changes(chosen.settings, {"face_px": FACE_PX}))
    training = rows_of(data, "ada", "bea", "cleo")
    fitted = fit(chosen, data, training, None, OPTIONS, tmp_path / "run")
    told = answers(fitted, data, rows_of(data, "dora"))
    assert told["logits"].shape == (6, 2)
    assert np.allclose(told["probabilities"].sum(axis=1), 1)
    again = fit(chosen, data, training, None, OPTIONS, tmp_path / "run", resume=True)
    assert same(fitted.module, again.module)
    assert fitted.notes == again.notes == ()
    alone = fit(chosen, data, rows_of(data, "ada"), None, OPTIONS, tmp_path / "alone")
    again = fit(chosen, data, rows_of(data, "ada"), None, OPTIONS, tmp_path / "alone", resume=True)
    assert "no measure of certainty" in alone.notes[0]
    assert alone.notes == again.notes


def test_more_faces_than_a_machine_has_memory_for_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from painwatch_engines.models.registry import method
    from painwatch_engines.training import svm_fit

    data = write_toy_set(tmp_path / "set")
    monkeypatch.setattr(svm_fit.psutil, "virtual_memory", lambda: SimpleNamespace(available=10 * 16 * 944 + 24 * 100))
    with pytest.raises(DataError, match="18 training faces do not fit: at most 10 do in the"):
        fit(method("lbp_r1p8_4x4"), data, rows_of(data, "ada", "bea", "cleo"), None, OPTIONS, tmp_path / "run")
    assert not (tmp_path / "run").exists()

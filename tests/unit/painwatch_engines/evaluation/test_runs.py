"""Whole evaluations: settings as asked for, folds of the protocol, model folders as they are."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import painwatch_engines.runtime
from fixtures.model_folders import write_classifier_folder, write_keypoint_folder
from fixtures.toy_faces import ANIMALS, write_toy_set
from painwatch_engines.errors import ArtefactError, DataError
from painwatch_engines.evaluation.runs import Asked, compare, evaluate, plan_for, prepared
from painwatch_engines.training.fit import FitOptions


def test_smaller_faces_keep_the_proportion_of_the_crop() -> None:
    settings = prepared("painseeker", Asked(face_px=112)).settings
    assert (settings.face_px, settings.augmentation and settings.augmentation.resize_px) == (112, 128)
    assert prepared("lbp_r1p8_4x4", Asked(face_px=112)).settings.face_px == 224, "only networks'"


def test_settings_of_a_user_reach_every_network(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text("learning_rate: 0.01\n")
    assert prepared("resnet18", Asked(settings=tmp_path / "mine.yaml")).settings.learning_rate == 0.01


def test_faces_too_small_for_the_constraint_are_refused() -> None:
    with pytest.raises(DataError, match="attention cells"):
        prepared("painseeker", Asked(face_px=64))


def test_held_out_animals_are_named_or_drawn(tmp_path: Path) -> None:
    data = write_toy_set(tmp_path / "set")
    assert len(plan_for(data, tmp_path, Asked()).folds) == len(ANIMALS)
    named = plan_for(data, tmp_path, Asked(protocol="held-out", held_out=("bea", "dora"))).folds
    assert [fold.name for fold in named] == ["bea, dora"]
    drawn = plan_for(data, tmp_path, Asked(protocol="held-out")).folds
    assert len(drawn) == 1
    assert drawn[0].name in ANIMALS
    with pytest.raises(DataError, match="no animal zoe"):
        plan_for(data, tmp_path, Asked(protocol="held-out", held_out=("zoe",)))


class BlueTells:
    """Stands in for a compiled model: calls a face pain by its brightness."""

    def run(self, inputs: dict[str, Any]) -> dict[str, Any]:
        faces = inputs["faces"]
        assert faces.shape[1:] == (64, 64, 3)
        pain = np.where(faces[..., 1].mean(axis=(1, 2)) > 125, 0.9, 0.2)
        return {"probabilities": np.column_stack([1 - pain, pain]).astype(np.float32)}


def test_a_model_folder_is_judged_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_toy_set(tmp_path / "set", rendered=True)
    write_classifier_folder(tmp_path / "model")
    monkeypatch.setattr(painwatch_engines.runtime, "open_runtime", lambda _: BlueTells())
    evaluate(str(tmp_path / "model"), tmp_path / "set", tmp_path / "out", Asked(command="painwatch evaluate"))
    markdown = (tmp_path / "out" / "report.md").read_text()
    assert "accuracy 100.0 [100.0, 100.0] %" in markdown
    assert "Rendered animals; not validated on live animals." in markdown
    assert "outside its domain" in markdown, "the toy set's rats are of another strain"
    assert not (tmp_path / "out" / "folds").exists()


def test_a_model_folder_is_judged_on_the_animals_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_toy_set(tmp_path / "set")
    write_classifier_folder(tmp_path / "model")
    monkeypatch.setattr(painwatch_engines.runtime, "open_runtime", lambda _: BlueTells())
    model, out = str(tmp_path / "model"), tmp_path / "out"
    evaluate(model, tmp_path / "set", out, Asked(protocol="held-out", held_out=("bea",)))
    assert "6 judgements of faces of 1 animals" in (out / "report.md").read_text()
    with pytest.raises(DataError, match="must be named"):
        evaluate(model, tmp_path / "set", out, Asked(protocol="held-out"))
    for asked in (Asked(seeds=(3,)), Asked(face_px=96), Asked(options=FitOptions(epochs=2))):
        with pytest.raises(DataError, match="trained anew"):
            evaluate(model, tmp_path / "set", out, asked)


class NoNumber:
    def run(self, inputs: dict[str, Any]) -> dict[str, Any]:
        return {"probabilities": np.full((len(inputs["faces"]), 2), np.nan, np.float32)}


def test_a_model_that_gives_no_numbers_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_toy_set(tmp_path / "set")
    write_classifier_folder(tmp_path / "model")
    monkeypatch.setattr(painwatch_engines.runtime, "open_runtime", lambda _: NoNumber())
    with pytest.raises(ArtefactError, match="no probability"):
        evaluate(str(tmp_path / "model"), tmp_path / "set", tmp_path / "out", Asked())


def test_a_report_folder_named_as_its_method_is_no_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_toy_set(tmp_path / "set")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "painseeker").mkdir()
    with pytest.raises(DataError, match="attention cells"):
        evaluate("painseeker", tmp_path / "set", tmp_path / "painseeker", Asked(face_px=64))


def test_a_folder_that_cannot_be_made_is_told_before_anything_is_trained(tmp_path: Path) -> None:
    write_toy_set(tmp_path / "set")
    (tmp_path / "file").write_text("")
    for judged in (
        lambda out: evaluate("kobayashi", tmp_path / "set", out, Asked()),
        lambda out: compare(["kobayashi"], tmp_path / "set", out, Asked()),
    ):
        with pytest.raises(DataError, match="cannot be made"):
            judged(tmp_path / "file")


def test_a_keypoint_model_judges_no_faces(tmp_path: Path) -> None:
    write_toy_set(tmp_path / "set")
    write_keypoint_folder(tmp_path / "model")
    with pytest.raises(DataError, match="keypoints"):
        evaluate(str(tmp_path / "model"), tmp_path / "set", tmp_path / "out", Asked())


def test_an_unknown_method_is_told_with_the_known_ones(tmp_path: Path) -> None:
    write_toy_set(tmp_path / "set")
    with pytest.raises(DataError, match="lbp_r1p8_4x4"):
        evaluate("painseaker", tmp_path / "set", tmp_path / "out", Asked())


def test_comparing_costs_nothing_where_folds_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_toy_set(tmp_path / "set", 4, ANIMALS[:2])
    (tmp_path / "tiny.yaml").write_text(
        "batch: 8\nfaces_per_epoch: 8\nsix_block: {widths: [2, 2, 2, 2, 2, 2], fully_connected: [4, 4]}\n"
    )
    options = FitOptions(accelerator="cpu", epochs=1, progress=False)
    asked = Asked(face_px=64, settings=tmp_path / "tiny.yaml", options=options, kept=tmp_path / "folds")
    evaluate("kobayashi", tmp_path / "set", tmp_path / "one", asked)
    monkeypatch.setattr("painwatch_engines.evaluation.protocols.fit", None)
    compare(["kobayashi"], tmp_path / "set", tmp_path / "all", asked)
    assert "Trainings" in (tmp_path / "all" / "report.md").read_text()

"""The two commands, end to end on next to nothing: the folders they write are whole and say how they were made."""

from __future__ import annotations

from pathlib import Path

from typer.testing import CliRunner

from painwatch_engines.artefacts import load_model_folder
from painwatch_engines.training import classifier, keypoints
from painwatch_engines.training.classifier_loop import ClassifierSettings, Stage
from painwatch_engines.training.keypoint_loop import KeypointSettings


def test_a_keypoint_folder_is_whole(tmp_path: Path) -> None:
    card = keypoints.make_keypoint_folder(tmp_path / "made", 4, 6, KeypointSettings(steps=1, batch=2))
    folder = load_model_folder(tmp_path / "made")
    assert folder.card == card
    assert folder.dlclive_model is not None
    assert "--frames 4 --test-frames 6 --steps 1 --learning-rate 0.002 --seed 1 --threads 1" in card.made.command
    assert any(figure.name == "median error" and figure.unit == "px" for figure in card.figures)
    assert str(tmp_path) not in (tmp_path / "made" / "card.yaml").read_text()

    settings = KeypointSettings(steps=1, batch=2)
    onward = keypoints.make_keypoint_folder(tmp_path / "onward", 4, 6, settings, start=tmp_path / "made")
    assert "--start FOLDER" in onward.made.command
    assert card.made.command in onward.made.notes[0]
    assert onward.sha256 != card.sha256


def test_a_classifier_folder_is_whole(tmp_path: Path) -> None:
    settings = ClassifierSettings(stages=(Stage(96, 1, 1e-3),), batch=4)
    card = classifier.make_classifier_folder(tmp_path / "made", 4, 16, settings, keep=tmp_path / "kept")
    assert load_model_folder(tmp_path / "made").card == card
    assert "--stage 96,1,0.001" in card.made.command
    assert "largest difference" in card.storage
    assert {figure.name for figure in card.figures} == {"F1", "accuracy", "sensitivity", "specificity", "AUC"}
    assert sorted(path.name for path in (tmp_path / "made").iterdir()) == ["card.yaml", "model.onnx"]
    assert len(list((tmp_path / "kept").iterdir())) == 2


def test_the_commands_explain_themselves() -> None:
    for module in (classifier, keypoints):
        result = CliRunner().invoke(module.app, ["--help"])
        assert result.exit_code == 0
        assert "--out" in result.output

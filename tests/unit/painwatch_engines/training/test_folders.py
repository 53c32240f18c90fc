"""The keypoint command, end to end on next to nothing: the folder it writes is whole and says how it was made."""

from __future__ import annotations

from pathlib import Path

from typer.testing import CliRunner

from painwatch_engines.artefacts import load_model_folder
from painwatch_engines.training import keypoints
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


def test_the_command_explains_itself() -> None:
    result = CliRunner().invoke(keypoints.app, ["--help"])
    assert result.exit_code == 0
    assert "--out" in result.output

"""`painwatch explain` from the command line."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
import typer
from typer.testing import CliRunner

from fixtures.model_folders import write_classifier_folder
from painwatch.verbs.explain import explain

app = typer.Typer()
app.command()(explain)


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    file = tmp_path / "face.png"
    cv2.imwrite(str(file), np.random.default_rng(0).integers(0, 256, (80, 80, 3)).astype(np.uint8))
    return file


def test_maps_are_written_and_summed_up(tmp_path: Path, picture: Path) -> None:
    model = write_classifier_folder(tmp_path / "model")
    told = CliRunner().invoke(app, [str(model), str(picture), "--out", str(tmp_path / "out")])
    assert told.exit_code == 0, told.output
    assert "1 faces, maps by attention; model not validated on live animals" in told.output
    assert "no keypoints, so no shares" in told.output
    assert (tmp_path / "out" / "pictures" / "00001_face.png").is_file()


def test_what_is_wrong_is_told_without_a_traceback(tmp_path: Path, picture: Path) -> None:
    told = CliRunner().invoke(app, [str(tmp_path / "none"), str(picture), "--out", str(tmp_path / "out")])
    assert told.exit_code == 1
    assert "there is no such model folder" in told.output
    assert "Traceback" not in told.output

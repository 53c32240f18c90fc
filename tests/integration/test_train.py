"""`painwatch train` as people run it: killed, resumed, and its model in the watch."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
import yaml
from typer.testing import CliRunner

from fixtures.model_folders import write_keypoint_folder
from fixtures.toy_faces import TINY, write_toy_set
from fixtures.waiting import wait_until
from painwatch.cli import app
from painwatch.config.models import Config, WorkerConfig
from painwatch.core.types import Frame, Status
from painwatch.infer.batches import look_many
from painwatch.infer.pipeline import look
from painwatch.infer.tools import open_tools

EPOCHS = 40
"""Enough that the kill comes long before the end."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_toy_set(tmp_path / "set", faces_of_each=8)
    (tmp_path / "tiny.yaml").write_text(yaml.safe_dump({**TINY, "epochs": EPOCHS}))
    return tmp_path


def words(name: str, *more: str) -> list[str]:
    known = ["train", "kobayashi", "set", "--out", name, "--settings", "tiny.yaml", "--hold-out", "dora"]
    return [*known, "--stop-on", "cleo", "--deterministic", "--accelerator", "cpu", *more]


def test_killed_and_resumed_it_ends_as_unbroken_and_its_model_runs_in_the_watch(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    run = CliRunner()
    whole = run.invoke(app, words("whole"))
    assert whole.exit_code == 0, whole.output
    assert "F1" in whole.stdout
    assert "in no part of the training" in whole.stdout

    broken = subprocess.Popen(
        [sys.executable, "-m", "painwatch", *words("broken")], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        wait_until((folder / "broken.run" / "stage_1" / "last.ckpt").is_file, what="a first checkpoint", within_s=150)
    finally:
        os.kill(broken.pid, signal.SIGKILL)
        broken.wait()
    assert not (folder / "broken").exists()
    unasked = run.invoke(app, words("broken"))
    assert unasked.exit_code == 1
    assert "Resume it (--resume)" in unasked.stderr
    resumed = run.invoke(app, words("broken", "--resume"))
    assert resumed.exit_code == 0, resumed.output
    assert (folder / "broken.run" / "stage_1" / "part_2").is_dir(), "it was taken up again, not begun anew"
    ours, theirs = (torch.load(folder / name / "weights.pt", weights_only=True) for name in ("whole", "broken"))
    assert all(torch.equal(ours[name], theirs[name]) for name in ours)

    run_in_the_watch(folder)


def run_in_the_watch(folder: Path) -> None:
    write_keypoint_folder(folder / "keypoints")
    camera = {"name": "left", "source": {"kind": "virtual", "view": "left"}}
    cage = {"name": "cage", "species": "rat", "strain": "lister hooded", "coat": "white", "cameras": [camera]}
    config = Config.model_validate(
        {
            "version": 1,
            "site": "test",
            "cages": [cage],
            "keypoints": {"model": "keypoints"},
            "classifier": {"model": "whole"},
        }
    )
    tools, settings, outside = open_tools(config, WorkerConfig(), folder_of=folder.joinpath)
    assert outside == {"cage": ""}
    rng = np.random.default_rng(0)
    image = np.clip(125 + rng.normal(0, 40, (180, 320, 3)), 0, 255).astype(np.uint8)
    frame = Frame(camera="left", seq=1, wall_ns=1, mono_ns=1, image=image)
    ((_, judged),) = look_many([look(frame, cage="cage", out_of_domain="", tools=tools, settings=settings)], tools)
    assert judged.status in (Status.OK, Status.OUT_OF_DOMAIN), judged.detail
    assert judged.novelty is not None
    assert (judged.pain_probability is not None) == (judged.status is Status.OK)


def test_mistakes_are_told_without_a_traceback(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    told = CliRunner().invoke(app, ["train", "painseeker", "nowhere", "--out", "model"])
    assert told.exit_code == 1
    assert "nowhere" in told.stderr
    assert isinstance(told.exception, SystemExit), "no traceback"
    assert not (folder / "model.run").exists()


def test_the_folder_one_stands_in_is_no_model_folder(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    told = CliRunner().invoke(app, ["train", "kobayashi", "set", "--out", "."])
    assert told.exit_code == 1
    assert "there is something here already" in told.stderr
    assert CliRunner().invoke(app, ["train", "kobayashi", "set", "--out", "m", "--seed", str(2**32)]).exit_code == 2

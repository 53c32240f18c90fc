"""`painwatch check` finds, before anything runs, what would keep a configuration from working."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fixtures.model_folders import write_classifier_folder, write_keypoint_folder
from painwatch.check.findings import Finding
from painwatch.check.whole import check
from painwatch.core.errors import ConfigError
from painwatch.one_instance import only_instance
from painwatch_engines.runtime import selection
from painwatch_engines.runtime.onnxruntime_session import open_cpu

TEXT = """\
version: 1
site: Room 1
cages:
  - name: cage-1
    species: rat
    strain: rendered
    coat: white
    cameras:
      - name: left
        source: {kind: file, path: absent.mp4}
keypoints: {model: keypoints}
classifier: {model: classifier}
runtime: {run_dir: run, data_dir: data}
page: {port: 0}
"""


@pytest.fixture
def room(tmp_path: Path) -> Path:
    write_keypoint_folder(tmp_path / "keypoints")
    write_classifier_folder(tmp_path / "classifier")
    return tmp_path


def found(room: Path, text: str = TEXT, *, devices: bool = False) -> list[Finding]:
    (room / "config.yaml").write_text(text)
    return check(room / "config.yaml", devices=devices)


def test_what_works_has_no_findings_and_leaves_nothing(room: Path) -> None:
    assert found(room) == []
    assert sorted(path.name for path in room.iterdir()) == ["classifier", "config.yaml", "keypoints"]


def test_a_camera_that_does_not_open_is_told_at_its_source(room: Path) -> None:
    (finding,) = found(room, devices=True)
    assert finding.fatal
    assert (finding.problem.line, finding.problem.column) == (10, 9)
    assert "camera left gives no picture" in finding.problem.what
    assert "absent.mp4" in finding.problem.what


def test_several_faults_are_told_at_once_in_file_order(room: Path) -> None:
    (room / "keypoints" / "model.onnx").write_bytes(b"cut off")
    findings = found(room, TEXT.replace("model: classifier", "model: nowhere"), devices=True)
    assert [finding.problem.line for finding in findings] == [10, 11, 12]
    assert "not the one its card describes" in findings[1].problem.what
    assert "nowhere" in findings[2].problem.what


def test_models_that_were_exchanged_are_told(room: Path) -> None:
    text = TEXT.replace("model: keypoints", "model: x").replace("model: classifier", "model: keypoints")
    findings = found(room, text.replace("model: x", "model: classifier"))
    assert ["kind classifier" in findings[0].problem.what, "kind keypoints" in findings[1].problem.what] == [True, True]


def test_engines_that_cannot_be_used_are_warnings_and_those_that_would_be_are_named(room: Path) -> None:
    text = TEXT + "workers: [{name: gpu, chain: [onnxruntime-cpu-int8, onnxruntime-cpu]}]\n"
    (room / "config.yaml").write_text(text.replace("data_dir: data", "data_dir: data, engine_dir: forms"))
    told: list[str] = []
    findings = check(room / "config.yaml", devices=False, told=told.append)
    assert [(finding.fatal, finding.problem.line) for finding in findings] == [(False, 15), (False, 15)]
    assert "worker gpu cannot use onnxruntime-cpu-int8 for the keypoints: no int8 form" in findings[0].problem.what
    assert "painwatch engine build MODEL_FOLDER" in findings[0].problem.mend
    assert told == [
        line
        for model in ("keypoints", "classifier")
        for line in (
            f"worker gpu looks for compiled forms of the {model} in {room / 'forms'}",
            f"worker gpu computes the {model} with onnxruntime-cpu",
        )
    ]


def test_a_models_own_chain_goes_before_the_workers(room: Path) -> None:
    text = TEXT + "workers: [{name: gpu, chain: [onnxruntime-cpu-int8]}]\n"
    text = text.replace("data_dir: data", "data_dir: data, engine_dir: forms")
    text = text.replace("{model: keypoints}", "{model: keypoints, chain: [onnxruntime-cpu-int8, onnxruntime-cpu]}")
    (room / "config.yaml").write_text(
        text.replace("{model: classifier}", "{model: classifier, chain: [onnxruntime-cpu]}")
    )
    told: list[str] = []
    (finding,) = check(room / "config.yaml", devices=False, told=told.append)
    assert (finding.fatal, finding.problem.line) == (False, 11)
    assert told[-2:] == [
        f"worker gpu computes the {model} with onnxruntime-cpu" for model in ("keypoints", "classifier")
    ]


@pytest.mark.parametrize(
    ("astray", "words"),
    [
        (lambda outputs: 1 / 0, "it cannot compute a blank picture (ZeroDivisionError"),
        (lambda outputs: {name: values * np.nan for name, values in outputs.items()}, "not finite"),
        (lambda outputs: {name: values + 1e6 for name, values in outputs.items()}, "keypoint network"),
    ],
)
def test_an_engine_that_opens_but_does_not_compute_is_told(
    room: Path, monkeypatch: pytest.MonkeyPatch, astray: Callable[[Any], Any], words: str
) -> None:
    class Astray:
        engine = "onnxruntime-cuda"

        def __init__(self, model: Path) -> None:
            self._inner = open_cpu(model)

        def run(self, inputs: Any) -> Any:
            return astray(self._inner.run(inputs))

    monkeypatch.setitem(selection.ENGINES, "onnxruntime-cuda", lambda model, plans, threads: Astray(model))
    own = "{model: keypoints, chain: [onnxruntime-cpu, onnxruntime-cuda]}"
    (finding,) = found(room, TEXT.replace("{model: keypoints}", own))
    assert not finding.fatal
    assert "worker cpu cannot use onnxruntime-cuda for the keypoints" in finding.problem.what
    assert words in finding.problem.what
    (finding,) = found(room, TEXT.replace("{model: keypoints}", own.replace("onnxruntime-cpu, ", "")))
    assert finding.fatal
    assert "has no other engine" in finding.problem.what


def test_a_chain_of_which_no_engine_works_is_a_fault_at_that_chain(room: Path) -> None:
    text = TEXT + "workers: [{name: gpu, chain: [onnxruntime-cpu-int8]}]\n"
    findings = found(room, text.replace("data_dir: data", "data_dir: data, engine_dir: forms"))
    assert [(finding.fatal, finding.problem.line) for finding in findings] == [(True, 15), (True, 15)]
    assert "worker gpu cannot use onnxruntime-cpu-int8 for the keypoints: no int8 form" in findings[0].problem.what
    assert "has no other engine" in findings[0].problem.what


def test_an_animal_the_classifier_was_not_made_for_is_a_warning(room: Path) -> None:
    (finding,) = found(room, TEXT.replace("coat: white", "coat: black"))
    assert not finding.fatal
    assert finding.problem.line == 4
    assert "out_of_domain" in finding.problem.what
    assert ": warning: cage cage-1" in str(finding)


def test_a_runner_that_the_model_does_not_fit_is_told(room: Path) -> None:
    findings = found(room, TEXT.replace("{model: keypoints}", "{model: keypoints, runner: dlclive}"))
    assert "no model for DeepLabCut-live" in findings[-1].problem.what
    assert all(finding.problem.line == 11 for finding in findings)


def test_a_port_in_use_is_told(room: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        (finding,) = found(room, TEXT.replace("port: 0", f"port: {taken.getsockname()[1]}"))
        assert finding.fatal
        assert (finding.problem.line, finding.problem.column) == (14, 8)
        with only_instance(room / "run" / "run.lock"):
            (finding,) = found(room, TEXT.replace("port: 0", f"port: {taken.getsockname()[1]}"))
        assert not finding.fatal
        assert f"process {os.getpid()}" in finding.problem.what


@pytest.mark.parametrize("host", ["no.such.host.invalid", "no..host"])
def test_a_host_that_is_not_known_is_told(room: Path, host: str) -> None:
    (finding,) = found(room, TEXT.replace("port: 0", f"port: 0, host: {host}, proxy: {{addresses: [192.0.2.7]}}"))
    assert finding.fatal
    assert host in finding.problem.what


def test_a_folder_that_cannot_be_used_is_told(room: Path) -> None:
    (room / "file").write_text("")
    (finding,) = found(room, TEXT.replace("data_dir: data", "data_dir: file/data"))
    assert finding.fatal
    assert "is not a folder" in finding.problem.what


@pytest.mark.parametrize(("setting", "line"), [("data_dir: data", 13), ("model: keypoints", 11)])
def test_a_name_that_no_folder_can_have_is_told(room: Path, setting: str, line: int) -> None:
    (finding,) = found(room, TEXT.replace(setting, f"{setting.split()[0]} {'x' * 300}"))
    assert finding.problem.line == line
    assert "File name too long" in finding.problem.what


def test_a_run_dir_that_everyone_may_write_is_told(room: Path) -> None:
    (room / "run").mkdir()
    (room / "run").chmod(0o777)
    (finding,) = found(room)
    assert finding.fatal
    assert "every user of this host" in finding.problem.what


def test_too_little_room_is_told(room: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("painwatch.check.host.DATA_ROOM_BYTES", 10**18)
    (finding,) = found(room)
    assert "MB of room" in finding.problem.what
    assert (finding.problem.line, finding.problem.column) == (13, 25)


def test_a_broken_file_is_told_as_by_the_loader(room: Path) -> None:
    with pytest.raises(ConfigError):
        found(room, "version: 1\n")

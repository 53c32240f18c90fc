"""The verbs: what a person's mistake looks like, and that help comes fast."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from painwatch.cli import app
from painwatch.one_instance import only_instance

SHIPPED = Path(__file__).parents[3] / "config.yaml"
VERBS = ["run", "capture", "infer", "hub", "web", "status", "check", "cameras", "version", "virtual", "engine"]


def invoke(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, list(arguments))
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    assert "Traceback" not in result.output
    return result.exit_code, result.output


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_has_help(verb: str) -> None:
    code, output = invoke(verb, "--help")
    assert code == 0
    assert "Usage" in output


def test_the_version_is_told() -> None:
    assert invoke("version") == (0, "painwatch 0.1.0\n")


@pytest.mark.parametrize("verb", [["run"], ["hub"], ["web"], ["infer"], ["capture", "left"], ["status"], ["cameras"]])
def test_an_absent_configuration_is_told_with_its_name(verb: list[str], tmp_path: Path) -> None:
    code, output = invoke(*verb, "--config", str(tmp_path / "absent.yaml"))
    assert code == 1
    assert output.strip() == f"{tmp_path}/absent.yaml:1:1: there is no such file. Name the file after --config"


def test_a_camera_that_is_not_configured_is_told_with_those_that_are() -> None:
    code, output = invoke("capture", "nope", "--config", str(SHIPPED))
    assert code == 1
    assert 'there is no camera "nope"; Cameras: cage-1-left, cage-1-right' in output


def test_a_worker_that_is_not_configured_is_told_with_those_that_are() -> None:
    code, output = invoke("infer", "nope", "--config", str(SHIPPED))
    assert code == 1
    assert "nope" in output
    assert "cpu" in output


def test_a_second_run_tells_only_that_there_is_a_first(tmp_path: Path) -> None:
    config = tmp_path / "config.yaml"
    config.write_text(SHIPPED.read_text("utf-8") + "\nruntime: {run_dir: run, data_dir: data}\n")
    with only_instance(tmp_path / "run" / "run.lock"):
        code, output = invoke("run", "--config", str(config))
    assert code == 1
    assert len(output.splitlines()) == 1
    assert f"painwatch already runs here as process {os.getpid()}" in output


def test_a_wrong_verb_is_a_wrong_use() -> None:
    assert invoke("wtach")[0] == 2
    assert invoke("virtual", "render")[0] == 2


def test_check_tells_every_problem_of_a_file(tmp_path: Path) -> None:
    broken = tmp_path / "broken.yaml"
    broken.write_text(SHIPPED.read_text("utf-8").replace("species: rat", "species: cat") + "\npge: {}\n")
    code, output = invoke("check", str(broken))
    assert code == 1
    lines = [line for line in output.splitlines() if line.startswith(str(broken))]
    assert len(lines) == 2
    assert "Did you mean `rat`?" in lines[0]
    assert "Did you mean `page`?" in lines[1]


def test_scenarios_are_listed() -> None:
    code, output = invoke("virtual", "scenarios")
    assert code == 0
    assert "demo: " in output


def test_an_unknown_scenario_is_told_with_those_there_are(tmp_path: Path) -> None:
    code, output = invoke("virtual", "render", "nope", "-o", str(tmp_path))
    assert code == 1
    assert "demo" in output


def test_a_scenario_is_rendered(tmp_path: Path) -> None:
    code, output = invoke("virtual", "render", "demo", "-o", str(tmp_path), "--camera", "left", "--duration-s", "0.2")
    assert code == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["ground_truth.csv", "left.mp4"]
    assert str(tmp_path / "left.mp4") in output.replace("\n", "")


def test_the_command_line_loads_nothing_heavy() -> None:
    script = (
        "import sys, painwatch.cli\n"
        "heavy = {'torch', 'cv2', 'numpy', 'onnxruntime', 'numba', 'nicegui', 'av', 'zmq', 'pydantic'}\n"
        "print(*sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


@pytest.mark.skipif(os.getuid() != 0, reason="only root can make another user's folder")
@pytest.mark.parametrize("verb", [["status"], ["web"], ["capture", "cage-1-left"]])
def test_a_folder_that_another_user_has_made_where_everyone_may_is_not_spoken_to(
    verb: list[str], tmp_path: Path
) -> None:
    everyones = tmp_path / "shm"
    everyones.mkdir()
    everyones.chmod(0o1777)
    (everyones / "painwatch").mkdir()
    os.chown(everyones / "painwatch", 4711, 4711)
    config = tmp_path / "config.yaml"
    config.write_text(f"{SHIPPED.read_text()}\nruntime: {{run_dir: {everyones / 'painwatch'}}}\n")
    code, output = invoke(*verb, "--config", str(config))
    assert code == 1
    assert "was made by another user" in output

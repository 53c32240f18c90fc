"""`painwatch engine`: what a person sees, and what a person's mistakes look like."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from fixtures.small_networks import small_classifier
from painwatch.cli import app
from painwatch.core.errors import PainwatchError
from painwatch.verbs.bench_file import write_whole

LOOSE = ("--flips", "0.2", "--p99", "0.2")


def engine(*arguments: object) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["engine", *map(str, arguments)])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    assert "Traceback" not in result.output
    return result.exit_code, result.output


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return small_classifier(tmp_path / "model")


@pytest.fixture
def forms(tmp_path: Path) -> Path:
    return tmp_path / "forms"


def test_a_model_is_built_listed_and_verified(folder: Path, forms: Path) -> None:
    code, output = engine("build", folder, "--target", "onnxruntime", "--engine-dir", forms, *LOOSE)
    assert code == 0
    assert "admitted: max |dp|" in output
    code, output = engine("list", folder, "--engine-dir", forms)
    assert code == 0
    assert "small_classifier 1: onnxruntime int8\n" in output
    assert "on 32 pictures" in output
    code, output = engine("verify", folder, "--engine-dir", forms, *LOOSE)
    assert code == 0
    assert "onnxruntime-cpu-int8: agrees" in output
    code, output = engine("verify", folder, "--engine-dir", forms, "--p99", "0.000000001")
    assert code == 1
    assert "onnxruntime-cpu-int8: DIFFERS: p99 |dp|" in output


def test_a_file_that_was_damaged_is_listed_as_not_used(folder: Path, forms: Path) -> None:
    engine("build", folder, "--target", "onnxruntime", "--engine-dir", forms, *LOOSE)
    next(forms.glob("*.onnx")).write_bytes(b"cut off")
    assert "NOT USED: it is truncated or was exchanged" in engine("list", "--engine-dir", forms)[1]
    code, output = engine("verify", folder, "--engine-dir", forms)
    assert code == 0
    assert "onnxruntime-cpu-int8: not here (the compiled form is truncated" in output


def test_a_refused_build_says_the_figures(folder: Path, forms: Path) -> None:
    limits = ("--p99", "0.000000001")
    code, output = engine("build", folder, "--target", "onnxruntime", "--engine-dir", forms, *limits)
    assert code == 1
    assert "differs too much from the model: p99 |dp|" in output
    assert "flips" in output
    assert engine("list", "--engine-dir", forms)[1].startswith("No compiled forms")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["nowhere", "--target", "onnxruntime"], "no such model folder"),
        (["zoo:nothing", "--target", "onnxruntime"], "there is no model nothing"),
        (["zoo:keypoints", "--target", "onnxruntime"], "--faces FOLDER"),
        (["zoo:keypoints", "--target", "onnxruntime", "--faces", "nowhere"], "there is no such folder"),
    ],
)
def test_mistakes_are_told_with_their_mend(arguments: list[str], told: str, forms: Path) -> None:
    code, output = engine("build", *arguments, "--engine-dir", forms)
    assert code == 1
    assert told in output
    assert not forms.exists()


def test_a_precision_that_onnxruntime_does_not_need_is_told(folder: Path, forms: Path) -> None:
    code, output = engine("build", folder, "--target", "onnxruntime", "--precision", "fp16", "--engine-dir", forms)
    assert code == 1
    assert "needs no fp16 form" in output


def test_an_engine_dir_that_is_a_file_is_told(folder: Path, forms: Path) -> None:
    forms.write_text("")
    code, output = engine("build", folder, "--target", "onnxruntime", "--engine-dir", forms, *LOOSE)
    assert code == 1
    assert "--engine-dir" in output


@pytest.mark.parametrize("arguments", [["build", "x"], ["build", "x", "--target", "abacus"], ["bench"]])
def test_a_wrong_use_is_told_as_such(arguments: list[str]) -> None:
    assert engine(*arguments)[0] == 2


@pytest.mark.parametrize("suffix", ["json", "md"])
def test_a_bench_is_shown_and_written(folder: Path, forms: Path, tmp_path: Path, suffix: str) -> None:
    engine("build", folder, "--target", "onnxruntime", "--engine-dir", forms, *LOOSE)
    out = tmp_path / f"bench.{suffix}"
    code, output = engine("bench", folder, "--engine-dir", forms, "--rounds", "3", "--out", out)
    assert code == 0
    assert "GEMM peak, float32, measured in the same run" in output
    assert "Left out: torch eager: the card names no method" in output
    text = out.read_text()
    if suffix == "md":
        assert "| onnxruntime-cpu-int8 | 2 | 16 |" in text
        assert r"max \|dp\|" in text
    else:
        found = json.loads(text)
        rows = {(each["engine"], each["threads"], each["batch"]) for each in found["timings"]}
        assert {("onnxruntime-cpu", 1, 1), ("onnxruntime-cpu-int8", 2, 16)} <= rows
        assert all(each["runs"] == 3 for each in found["timings"])
        assert found["starts"][0]["cold"]["rss_bytes"] > 2**20


def test_a_bench_that_cannot_be_written_whole_leaves_the_one_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "bench.md"
    out.write_text("the one before")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(PainwatchError, match="No space left"):
        write_whole(out, "new")
    assert [path.name for path in tmp_path.iterdir()] == ["bench.md"]
    assert out.read_text() == "the one before"
    monkeypatch.undo()
    write_whole(out, "new")
    assert (out.read_text(), len(list(tmp_path.iterdir()))) == ("new", 1)


def test_a_bench_written_nowhere_is_told(folder: Path, tmp_path: Path) -> None:
    assert engine("bench", folder, "--out", tmp_path / "bench.txt")[0] == 2
    code, output = engine("bench", folder, "--rounds", "3", "--out", tmp_path / "no" / "bench.md")
    assert code == 1
    assert "cannot be written" in output

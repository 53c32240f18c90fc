"""The verbs that judge: what a person asks for reaches the evaluation, and mistakes are told."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from painwatch.cli import app
from painwatch_engines.errors import DataError
from painwatch_engines.evaluation import runs, sweep
from painwatch_engines.evaluation.grid import Grid
from painwatch_engines.training import train


def call(*words: str) -> Any:
    return CliRunner().invoke(app, list(words))


def test_compare_asks_for_the_papers_nine_unless_told_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []
    monkeypatch.setattr(runs, "compare", lambda *given: asked.append(given) or Path("report.html"))
    assert call("compare", "set", "--out", "out").exit_code == 0
    done = call("compare", "set", "--out", "out", "--methods", "resnet18, kobayashi", "--seed", "3", "--seed", "4")
    assert done.exit_code == 0
    assert done.stdout.strip().endswith("report.html")
    assert [list(given[0]) for given in asked] == [list(runs.PAPERS_ROWS), ["resnet18", "kobayashi"]]
    assert [given[3].seeds for given in asked] == [(1,), (3, 4)]
    assert asked[0][1:3] == (Path("set"), Path("out"))


def test_evaluate_holds_out_the_animals_named(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []
    monkeypatch.setattr(runs, "evaluate", lambda *given: asked.append(given) or Path("report.html"))
    words = ["--protocol", "held-out", "--hold-out", "Rat3", "--epochs", "2", "--face-px", "96", "--deterministic"]
    assert call("evaluate", "painseeker", "set", "--out", "out", *words).exit_code == 0
    found = asked[0][3]
    assert (found.protocol, found.held_out, found.face_px) == ("held-out", ("Rat3",), 96)
    assert (found.options.epochs, found.options.deterministic) == (2, True)


def test_evaluate_knows_the_shipped_models_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []
    monkeypatch.setattr(runs, "evaluate", lambda *given: asked.append(given) or Path("report.html"))
    assert call("evaluate", "zoo:action_units_rendered", "set", "--out", "out").exit_code == 0
    assert (Path(asked[0][0]) / "card.yaml").is_file()
    wrong = call("evaluate", "zoo:nobody", "set", "--out", "out")
    assert wrong.exit_code == 1
    assert "Traceback" not in wrong.stderr


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("evaluate", "painseeker", "set", "--out", "out", "--protocol", "loo"), "none of loro, held-out"),
        (("evaluate", "painseeker", "set", "--out", "out", "--hold-out", "Rat1"), "held-out only"),
        (("sweep", "set", "--out", "out", "--margin", "0.1;0.2"), "no list of numbers"),
        (("virtual", "faces", "--out", "out", "--like", "ratpain"), "known: ratspain"),
        *(
            (("virtual", "faces", "--out", "out", "--like", "ratspain", option, value), f"{option}: --like has its own")
            for option, value in [
                ("--animals", "40"),
                ("--faces-per-animal", "25"),
                ("--species", "rat"),
                ("--coat", "white"),
                ("--first-animal", "0"),
            ]
        ),
        (("virtual", "faces", "--out", "out", "--coat", "pink"), "none of white, black, agouti"),
    ],
)
def test_mistakes_are_told(words: tuple[str, ...], told: str) -> None:
    done = call(*words)
    assert done.exit_code == 2
    assert told in " ".join(done.stderr.replace("│", " ").split())


def test_a_set_that_is_none_is_told_without_a_traceback(tmp_path: Path) -> None:
    done = call("compare", str(tmp_path), "--out", str(tmp_path / "out"))
    assert done.exit_code == 1
    assert "set.yaml" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("verb", [("evaluate", "painseeker", "set"), ("compare", "set")])
def test_threads_are_set_before_arithmetic_is_loaded(
    verb: tuple[str, ...], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    seen: list[tuple[str | None, Any]] = []

    def judged(*given: Any) -> Path:
        seen.append((os.environ.get("OMP_NUM_THREADS"), given[3].options.threads))
        return tmp_path

    monkeypatch.setattr(runs, verb[0], judged)
    for known, words in ((None, ()), (None, ("--threads", "3")), ("2", ("--threads", "3"))):
        monkeypatch.setenv("OMP_NUM_THREADS", known or "0")
        if known is None:
            monkeypatch.delenv("OMP_NUM_THREADS")
        assert call(*verb, "--out", "out", *words).exit_code == 0
    assert seen == [("1", 1), ("3", 3), ("2", 3)]


def test_train_sets_threads_before_arithmetic_is_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str | None] = []

    def trained(*_: Any, **__: Any) -> None:
        seen.append(os.environ.get("OMP_NUM_THREADS"))
        raise DataError("seen", "here", "")

    monkeypatch.setattr(train, "train_model", trained)
    monkeypatch.setenv("OMP_NUM_THREADS", "0")
    monkeypatch.delenv("OMP_NUM_THREADS")
    assert call("train", "painseeker", "set", "--out", "out", "--threads", "2").exit_code == 1
    assert seen == ["2"]


def test_sweep_takes_values_in_place_of_the_published(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []
    monkeypatch.setattr(sweep, "sweep", lambda *given: asked.append(given) or Path("report.html"))
    words = ("--weight", "0.1", "--highest", "3,5", "--at-once", "2")
    assert call("sweep", "set", "--out", "out", *words).exit_code == 0
    assert asked[0][3] == Grid(weight=(0.1,), highest=(3, 5))
    assert asked[0][4:] == (None, 2, None)

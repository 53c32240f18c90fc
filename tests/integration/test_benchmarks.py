"""The benchmarks run, on sizes that say nothing: every question that needs no 8-bit form, and the long run."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from servers.influx import missing

ROOT = Path(__file__).parents[2]


def run(*arguments: str) -> None:
    environment = os.environ | {"PYTHONPATH": str(ROOT / "tests"), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-W", "ignore", "-m", *arguments]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]


@pytest.mark.timeout(900)
def test_a_tiny_run_answers_every_question(tmp_path: Path) -> None:
    cache = ("--cache", str(tmp_path / "cache"))
    run("benchmarks", "a", "c", "d", "e", "--size", "tiny", *cache, "--out", str(tmp_path / "bench.json"))

    told = json.loads((tmp_path / "bench.json").read_text())
    answers: dict[str, Any] = {answer["key"]: answer for answer in told["answers"]}
    parts = {"d1", "d2", "d3", "d4"} | (set() if missing() else {"d5"})
    assert answers.keys() == {"a", "c", "e"} | parts
    assert told["machine"]["cores"] >= 1
    for answer in answers.values():
        assert all(line["cost"]["median"] > 0 for line in answer["lines"])
        assert all(line["ratio"]["median"] > 0 for line in answer["lines"])
    # Both saw the same faces in the same frames, and judged them alike.
    agreed = answers["c"]["values"]["agreement"]
    assert agreed["both"] > 0
    assert agreed["median"] < 0.1
    ours = [line for line in answers["c"]["lines"] if line["case"].endswith("painwatch")]
    assert all(line["more"]["faces of looks"] for line in ours)
    assert (tmp_path / "bench.md").read_text().startswith("**(a) ")


def test_a_question_that_does_not_exist_is_refused() -> None:
    command = [sys.executable, "-m", "benchmarks", "z"]
    environment = os.environ | {"PYTHONPATH": str(ROOT / "tests")}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)

    assert done.returncode == 2
    assert "no question z" in done.stderr

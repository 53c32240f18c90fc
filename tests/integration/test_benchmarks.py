"""The benchmarks run, on sizes that say nothing: the whole chain, its parts, and live cameras."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
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
def test_a_tiny_run_answers_its_questions(tmp_path: Path) -> None:
    cache = ("--cache", str(tmp_path / "cache"))
    run("benchmarks", "c", "d", "--size", "tiny", *cache, "--out", str(tmp_path / "bench.json"))

    told = json.loads((tmp_path / "bench.json").read_text())
    answers: dict[str, Any] = {answer["key"]: answer for answer in told["answers"]}
    assert answers.keys() == {"c", "d1", "d2", "d3", "d4"} | (set() if missing() else {"d5"})
    assert told["machine"]["cores"] >= 1
    for answer in answers.values():
        assert all(line["cost"]["median"] > 0 for line in answer["lines"])
        assert all(line["ratio"]["median"] > 0 for line in answer["lines"])
    # Both saw the same faces in the same frames, and judged them alike.
    agreed = answers["c"]["values"]["agreement"]
    assert agreed["both"] > 0
    assert agreed["median"] < 0.1
    assert (tmp_path / "bench.md").read_text().startswith("**(c) ")


@pytest.mark.timeout(600)
def test_live_cameras_are_served_and_measured(tmp_path: Path) -> None:
    from benchmarks.cameras import answered, measured
    from benchmarks.clips import clips

    shown = clips(tmp_path / "cache", 1, seconds=2, fps=5)
    load = measured(shown, 1, 2.0, 2.0, None, tmp_path)

    assert load.core > 0
    assert load.share > 0
    assert {"capture", "infer", "hub", "web", "supervisor"} <= load.memory_of.keys()
    twice = replace(load, cameras=2, core=1.5 * load.core, memory_bytes=2 * load.memory_bytes)
    answer = answered(shown[0], [load, twice], [70.0], 2.0, 2.0)
    assert answer.values["slope"] == pytest.approx(0.5 * load.core)
    assert [line.case for line in answer.lines] == ["1 cameras", "2 cameras"]


def test_a_question_that_does_not_exist_is_refused() -> None:
    command = [sys.executable, "-m", "benchmarks", "z"]
    environment = os.environ | {"PYTHONPATH": str(ROOT / "tests")}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)

    assert done.returncode == 2
    assert "no question z" in done.stderr

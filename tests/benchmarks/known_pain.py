"""How well the whole watch does on a scripted virtual animal that no model was trained on.

Renders a scenario with known pain into clips, lets the real processes (`painwatch run`) score them as recordings, and
holds the stored minutes against the ground truth.

    .venv/bin/python tests/benchmarks/known_pain.py [--scenario test_pain] [--out FOLDER]

The animal is rendered: the figures say nothing about live animals.
"""

from __future__ import annotations

import argparse
import csv
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import fmean

import yaml
from rich.console import Console
from rich.table import Table

from painwatch.config.loader import load_config
from painwatch.config.resolve import places_for
from painwatch.core.types import MinuteSummary
from painwatch.store.history import open_history
from painwatch_engines.anatomy import KEYPOINTS
from painwatch_engines.virtual_cage import Scenario, load_scenario, render_clips

START = datetime(2026, 1, 1, tzinfo=UTC)
MINUTE_NS = 60 * 10**9
PATIENCE_S = 1800


@dataclass(frozen=True)
class TrueMinute:
    """What really was in one minute: the segments, and the shares of moments in pain and with a face to be seen (nose
    and an eye visible to some camera)."""

    segments: tuple[str, ...]
    pain: float
    face: float


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--scenario", default="test_pain")
    parser.add_argument("--out", type=Path, default=None, help="keep clips, configuration and history here")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="painwatch-known-pain-") as temporary:
        folder = arguments.out or Path(temporary)
        scenario = load_scenario(arguments.scenario)
        if not (folder / "ground_truth.csv").exists():
            render_clips(scenario, folder)
        with (folder / "ground_truth.csv").open(encoding="utf-8") as table:
            truth = true_minutes(list(csv.DictReader(table)))
        report(watch(folder, scenario, len(truth)), truth)


def watch(folder: Path, scenario: Scenario, minutes: int) -> dict[int, MinuteSummary]:
    """What `painwatch run` stores for the clips, by minute of the scenario."""
    config_path = folder / "config.yaml"
    config_path.write_text(yaml.safe_dump(settings(folder, scenario)), encoding="utf-8")
    database = places_for(config_path, load_config(config_path)).database
    database.unlink(missing_ok=True)
    command = [sys.executable, "-m", "painwatch", "run", "--config", str(config_path)]
    stored: list[MinuteSummary] = []
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as run:
        deadline = time.monotonic() + PATIENCE_S
        while len(stored) < minutes and time.monotonic() < deadline and run.poll() is None:
            time.sleep(2)
            if database.exists():
                with open_history(database) as history:
                    stored = list(history.minutes("cage", 0, 2**62))
        run.terminate()
    start_ns = int(START.timestamp()) * 10**9
    return {(minute.start_ns - start_ns) // MINUTE_NS: minute for minute in stored}


def settings(folder: Path, scenario: Scenario) -> dict[str, object]:
    animal = scenario.animal
    recording = {"kind": "file", "pace": "fast", "started_at": START.isoformat()}
    cameras = [{"name": name, "source": recording | {"path": f"{name}.mp4"}} for name in scenario.camera_names]
    cage = {"name": "cage", "species": animal.species, "strain": "rendered", "coat": animal.coat, "cameras": cameras}
    return {
        "version": 1,
        "site": "known pain",
        "cages": [cage | {"sample_rate_hz": scenario.fps}],
        "runtime": {"run_dir": str(folder.absolute() / "run"), "data_dir": "data"},
        "page": {"port": 0},
    }


def true_minutes(rows: list[dict[str, str]]) -> dict[int, TrueMinute]:
    """The ground truth, by minute of the scenario."""
    moments: dict[float, list[dict[str, str]]] = defaultdict(list)
    for row in rows:
        moments[float(row["t_s"])].append(row)
    by_minute: dict[int, list[list[dict[str, str]]]] = defaultdict(list)
    for t_s, views in moments.items():
        by_minute[int(t_s // 60)].append(views)
    return {
        minute: TrueMinute(
            segments=tuple(dict.fromkeys(views[0]["segment"] for views in seen)),
            pain=fmean(views[0]["pain"] == "1" for views in seen),
            face=fmean(any(map(shows_face, views)) for views in seen),
        )
        for minute, seen in sorted(by_minute.items())
    }


def shows_face(row: dict[str, str]) -> bool:
    """Whether this camera had the nose and an eye to see: what the crop rule asks for."""
    visible = {name: row[f"{name}_visible"] == "1" for name in KEYPOINTS}
    return visible["nose"] and (visible["left_eye"] or visible["right_eye"])


def report(stored: dict[int, MinuteSummary], truth: dict[int, TrueMinute]) -> None:
    table = Table(
        "minute", "segments", "true pain", "face to be seen", "pain probability", "coverage", "pain/no/skipped"
    )
    for minute, true in truth.items():
        seen = stored.get(minute)
        row = [str(minute), ", ".join(true.segments), f"{true.pain:.0%}", f"{true.face:.0%}"]
        if seen is None:
            table.add_row(*row, "missing", "", "")
            continue
        probability = "none" if seen.pain_probability is None else f"{seen.pain_probability:.3f}"
        table.add_row(*row, probability, f"{seen.coverage:.0%}", f"{seen.pain}/{seen.no_pain}/{seen.skipped}")
    console = Console(width=120)
    console.print(table)
    means = {kind: mean_probability(stored, truth, kind) for kind in ("baseline", "pain")}
    console.print(f"mean of the minutes wholly in a segment: {means}")
    if means["baseline"] is not None and means["pain"] is not None:
        console.print(f"pain minus baseline: {means['pain'] - means['baseline']:.3f}")
    console.print(f"mean coverage: {fmean(minute.coverage for minute in stored.values()):.3f}")
    console.print("A rendered animal: not validated on live animals.")


def mean_probability(stored: dict[int, MinuteSummary], truth: dict[int, TrueMinute], kind: str) -> float | None:
    values = [
        stored[minute].pain_probability
        for minute, true in truth.items()
        if true.segments == (kind,) and minute in stored and stored[minute].pain_probability is not None
    ]
    return fmean(value for value in values if value is not None) if values else None


if __name__ == "__main__":
    main()

"""Where the shipped keypoint network puts the points of a scripted virtual animal that it was not trained on.

    .venv/bin/painwatch virtual render test_pain -o FOLDER
    .venv/bin/python tests/benchmarks/keypoint_error.py FOLDER [--every 5]

The animal is rendered: the figures say nothing about live animals.
"""

from __future__ import annotations

import argparse
import csv
from collections import Counter, defaultdict
from pathlib import Path

import av
import numpy as np
from rich.console import Console
from rich.table import Table

from painwatch.infer.keypoints import CompiledNetwork, estimate
from painwatch_engines import zoo
from painwatch_engines.anatomy import KEYPOINTS
from painwatch_engines.artefacts import FrameInput, load_model_folder
from painwatch_engines.face import LIKELIHOOD_THRESHOLD
from painwatch_engines.runtime import open_runtime


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", type=Path, help="clips and ground_truth.csv of `painwatch virtual render`")
    parser.add_argument("--every", type=int, default=5, help="look at every n-th frame")
    arguments = parser.parse_args()
    model = load_model_folder(zoo.path("keypoints"))
    assert isinstance(model.card.input, FrameInput)
    network, width_px = CompiledNetwork(open_runtime(model.model)), model.card.input.network_width_px
    rows: dict[str, list[dict[str, str]]] = defaultdict(list)
    with (arguments.folder / "ground_truth.csv").open(encoding="utf-8") as table:
        for row in csv.DictReader(table):
            rows[row["camera"]].append(row)
    errors: dict[str, list[float]] = defaultdict(list)
    confident: Counter[tuple[bool, bool]] = Counter()
    for camera, truth in rows.items():
        with av.open(str(arguments.folder / f"{camera}.mp4")) as clip:
            for index, (frame, row) in enumerate(zip(clip.decode(video=0), truth, strict=True)):
                if index % arguments.every == 0:
                    compare(estimate(network, frame.to_ndarray(format="bgr24"), width_px), row, errors, confident)
    report(errors, confident)


def compare(
    pose: np.ndarray, row: dict[str, str], errors: dict[str, list[float]], confident: Counter[tuple[bool, bool]]
) -> None:
    for (x, y, likelihood), name in zip(pose, KEYPOINTS, strict=True):
        visible = row[f"{name}_visible"] == "1"
        confident[visible, bool(likelihood >= LIKELIHOOD_THRESHOLD)] += 1
        if visible:
            errors[name].append(float(np.hypot(x - float(row[f"{name}_x"]), y - float(row[f"{name}_y"]))))


def report(errors: dict[str, list[float]], confident: Counter[tuple[bool, bool]]) -> None:
    console, table = Console(width=100), Table("visible points", "n", "median px", "95th percentile px")
    pooled = [error for name in KEYPOINTS for error in errors[name]]
    for name, values in (*((name, errors[name]) for name in KEYPOINTS), ("all", pooled)):
        table.add_row(name, str(len(values)), f"{np.median(values):.2f}", f"{np.percentile(values, 95):.2f}")
    console.print(table)
    for visible, word in ((True, "visible"), (False, "hidden")):
        count = confident[visible, True] + confident[visible, False]
        share = confident[visible, True] / max(1, count)
        console.print(f"likelihood >= {LIKELIHOOD_THRESHOLD}: {share:.1%} of {count} {word} points")


if __name__ == "__main__":
    main()

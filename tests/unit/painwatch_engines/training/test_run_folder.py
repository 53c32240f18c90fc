"""The log of a run that was taken up again, and what is written on a card."""

from __future__ import annotations

import csv
from pathlib import Path

from painwatch_engines.training.run_folder import join_logs, next_part


def write_part(stage: Path, lines: list[str]) -> None:
    part = stage / next_part(stage)
    part.mkdir(parents=True)
    (part / "metrics.csv").write_text("\n".join(["epoch,held_out_loss,learning_rate,loss,step", *lines]) + "\n")


def test_the_later_part_of_a_log_counts(tmp_path: Path) -> None:
    first, second = tmp_path / "stage_1", tmp_path / "stage_2"
    # Lightning writes what training and held-out animals gave in rows of their own.
    write_part(first, ["0,0.7,,,3", "0,,0.001,0.6,3", "1,0.9,,,7"])
    write_part(first, ["1,0.5,,,7", "1,,0.001,0.4,7"])
    write_part(second, ["0,0.3,0.0001,0.2000000029802322,1"])
    path = join_logs(tmp_path, [(first, 80), (second, 224)])
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    told = [(row["stage"], row["face_px"], row["epoch"], row["loss"], row["held_out_loss"]) for row in rows]
    assert told == [
        ("1", "80", "0", "0.6", "0.7"),
        ("1", "80", "1", "0.4", "0.5"),
        ("2", "224", "0", "0.2", "0.3"),
    ]


def test_parts_are_joined_in_their_order_beyond_nine(tmp_path: Path) -> None:
    for number in range(11):
        write_part(tmp_path / "stage_1", [f"0,,,{number},0"])
    text = join_logs(tmp_path, [(tmp_path / "stage_1", 64)]).read_text().splitlines()
    assert text[1].split(",")[4] == "10"


def test_an_unbegun_part_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "stage_1" / "part_1").mkdir(parents=True)
    write_part(tmp_path / "stage_1", ["0,,,0.5,0"])
    assert len(join_logs(tmp_path, [(tmp_path / "stage_1", 64)]).read_text().splitlines()) == 2

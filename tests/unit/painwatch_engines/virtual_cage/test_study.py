"""Recordings before and after, as a laboratory would have them."""

from __future__ import annotations

import csv
from pathlib import Path

import av
import pytest

from painwatch_engines.virtual_cage.clips import ClipError
from painwatch_engines.virtual_cage.study import COLUMNS, Study, render_study


def test_each_animal_is_filmed_before_and_after(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    study = Study(animals=2, seconds=1.0, fps=3.0)
    made = render_study(study, tmp_path, lambda done, of: told.append((done, of)))
    assert told == [(i, 12) for i in range(1, 13)]
    with made[-1].open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert tuple(rows[0]) == COLUMNS
    assert [(row["animal"], row["label"]) for row in rows] == [
        ("rat1", "no_pain"),
        ("rat1", "pain"),
        ("rat2", "no_pain"),
        ("rat2", "pain"),
    ]
    for row in rows:
        with av.open(str(tmp_path / row["video"])) as video:
            assert sum(1 for _ in video.decode(video=0)) == 6
        with (tmp_path / row["animal"] / "ground_truth.csv").open(newline="", encoding="utf-8") as file:
            times = [frame for frame in csv.DictReader(file) if frame["pain"] == "1"]
        if row["label"] == "pain":
            assert times
            assert all(float(row["from"]) <= float(frame["t_s"]) < float(row["to"]) for frame in times)


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ClipError, match="cannot write"):
        render_study(Study(animals=1, seconds=0.4), tmp_path / "file")

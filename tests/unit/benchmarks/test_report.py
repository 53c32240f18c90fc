"""That tables and files say what was found."""

from __future__ import annotations

import json
from pathlib import Path

from benchmarks.measure import Spread
from benchmarks.report import Answer, Line, cells, markdown, write_json

ANSWER = Answer(
    key="x",
    title="(x) Something",
    unit="cpu-ms",
    held_to="slow",
    peak="what can be done at best",
    lines=(
        Line("slow", Spread(10.0, 9.0, 11.0, 5), Spread(1.0, 1.0, 1.0, 5), None, {"batch": "1"}),
        Line("fast", Spread(2.0, 1.0, 3.0, 5), Spread(5.0, 4.0, 6.0, 5), 0.5, {"flips": "0"}),
    ),
    notes=("A note.",),
)


def test_every_row_has_every_column() -> None:
    heads, rows = cells(ANSWER)

    assert heads[-2:] == ["batch", "flips"]
    assert [len(row) for row in rows] == [len(heads)] * 2
    assert rows[1] == ["fast", "2.00 (1.00 .. 3.00)", "5.00 (4.00 .. 6.00)", "50%", "", "0"]


def test_markdown_holds_the_table_the_peak_and_the_notes() -> None:
    written = markdown([ANSWER])

    assert "| fast | 2.00 (1.00 .. 3.00) | 5.00 (4.00 .. 6.00) | 50% |  | 0 |" in written
    assert "Peak: what can be done at best." in written
    assert "A note." in written


def test_the_file_holds_everything(tmp_path: Path) -> None:
    write_json(tmp_path / "new" / "bench.json", {"cores": 2}, [ANSWER])

    told = json.loads((tmp_path / "new" / "bench.json").read_text())
    assert told["machine"] == {"cores": 2}
    assert told["answers"][0]["lines"][1]["ratio"] == {"median": 5.0, "low": 4.0, "high": 6.0, "n": 5}

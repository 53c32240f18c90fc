from __future__ import annotations

import json
from pathlib import Path

import cv2
import pytest

from painwatch_engines.errors import DataError
from painwatch_engines.evaluation.agreement import Agreement, AgreementReport, Coefficient
from painwatch_engines.evaluation.agreement_report import HEADER, remarks, table_rows, write_report

REPORT = AgreementReport(
    raters=("A", "B"),
    animals=3,
    images=40,
    least_units=3,
    figures=(
        Agreement("orbital", 38, 2, 0.05, Coefficient(0.8, 0.7, 0.9), Coefficient(0.95, None, 0.99), 0.61),
        Agreement("ear", 40, 0, 0.0, Coefficient(-0.3, None, 0.1), Coefficient(-0.6, None, 0.2), -0.1),
        Agreement("whisker", 2, 38, 0.9, None, None, None, "only 2 images were scored by every rater"),
    ),
    notes=("a note.",),
)


def test_rows_say_figures_intervals_bands_and_what_is_missing() -> None:
    assert all(len(row) == len(HEADER) for row in table_rows(REPORT))
    assert table_rows(REPORT)[0] == (
        "orbital",
        "38 of 40",
        "5.0%",
        "0.800 good\n0.70 to 0.90",
        "0.950 excellent\n? to 0.99",
        "0.610",
    )
    assert table_rows(REPORT)[2][3:] == ("none", "none", "none")
    assert remarks(REPORT)[0] == "a note."
    assert "whisker: only 2 images were scored by every rater." in remarks(REPORT)


def test_a_report_is_three_files(tmp_path: Path) -> None:
    paths = write_report(REPORT, Path("ratings.csv"), tmp_path / "new" / "folder")
    assert [path.name for path in paths] == ["agreement.json", "agreement.md", "agreement.png"]
    stored = json.loads(paths[0].read_text("utf-8"))
    assert stored["figures"][0]["single"] == {"value": 0.8, "low": 0.7, "high": 0.9}
    assert stored["figures"][2]["kappa"] is None
    text = paths[1].read_text("utf-8")
    assert "| orbital | 38 of 40 | 5.0% | 0.800 good, 0.70 to 0.90 |" in text
    assert "complete cases" in text
    picture = cv2.imread(str(paths[2]))
    assert picture is not None
    assert picture.shape[1] == 1200


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(DataError, match="cannot be written"):
        write_report(REPORT, Path("ratings.csv"), tmp_path / "file")

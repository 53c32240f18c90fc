"""`painwatch labels`: what it writes, and what a person's mistakes look like."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import pytest
from typer.testing import CliRunner

from fixtures.model_folders import write_classifier_folder, write_keypoint_folder
from painwatch.verbs.labels import app
from painwatch_engines.data.face_folder import load_face_folder

RGS = "image,animal,rater,orbital,nose_cheek,ear,whisker"
TWO_STAGE = "image,animal,rater,stage,orbital,nose_cheek,ear,whisker"
ANIMALS = ["--species", "rat", "--strain", "Wistar", "--coat", "white"]


def invoke(*arguments: str | Path) -> tuple[int, str]:
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    assert "Traceback" not in result.output
    return result.exit_code, result.output


def written(path: Path, header: str, rows: Sequence[str]) -> Path:
    for image in {row.split(",")[0] for row in rows}:
        cv2.imwrite(str(path.parent / image), np.full((8, 8, 3), 90, np.uint8))
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return path


@pytest.fixture
def manifest(tmp_path: Path) -> Path:
    rows = [f"a.png,Rat1,{rater},1,1,1,1,1" for rater in "ABCDE"]
    return written(tmp_path / "manifest.csv", TWO_STAGE, rows)


@pytest.fixture
def table(tmp_path: Path) -> Path:
    rng = np.random.default_rng(0)
    rows = [
        f"{number}.png,M{number % 3},{rater},{','.join(str(s) for s in rng.integers(0, 3, 4))}"
        for number in range(6)
        for rater in "AB"
    ]
    return written(tmp_path / "ratings.csv", RGS, rows)


def test_ratspain_is_imported_and_its_counts_are_shown(manifest: Path, tmp_path: Path) -> None:
    code, output = invoke("import", "ratspain", manifest, "--out", tmp_path / "set")
    assert code == 0
    assert "differs from the published set: Rat1, moderate: 1 images, 163 published" in output
    assert load_face_folder(tmp_path / "set").grades.tolist() == [1]


def test_strict_writes_the_set_and_ends_with_1_where_counts_differ(manifest: Path, tmp_path: Path) -> None:
    code, _ = invoke("import", "ratspain", manifest, "--out", tmp_path / "set", "--strict")
    assert code == 1
    assert len(load_face_folder(tmp_path / "set")) == 1


def test_a_cell_that_cannot_be_used_is_named_and_nothing_is_written(manifest: Path, tmp_path: Path) -> None:
    manifest.write_text(manifest.read_text("utf-8").replace("C,1,1", "C,1,7"), encoding="utf-8")
    code, output = invoke("import", "ratspain", manifest, "--out", tmp_path / "set")
    assert code == 1
    assert output.strip() == f'{manifest}:4, column orbital: "7" is no score. Write 0, 1, 2 or uncertain.'
    assert not (tmp_path / "set").exists()


def test_a_folder_that_holds_something_is_left_alone(manifest: Path, tmp_path: Path) -> None:
    (tmp_path / "set").mkdir()
    (tmp_path / "set" / "precious.txt").touch()
    code, output = invoke("import", "ratspain", manifest, "--out", tmp_path / "set")
    assert code == 1
    assert "there is something already" in output
    assert [path.name for path in (tmp_path / "set").iterdir()] == ["precious.txt"]


def test_ratings_are_imported(table: Path, tmp_path: Path) -> None:
    code, output = invoke(
        "import", "ratings", table, "--images", tmp_path, "--scale", "rgs", *ANIMALS, "--out", tmp_path / "set"
    )
    assert code == 0, output
    faces = load_face_folder(tmp_path / "set")
    assert len(faces) == 6
    assert faces.about.strains == ("Wistar",)
    assert faces.about.labels == "raters' mean"
    assert "RGS: units are the mean of 2 raters an image" in output


def test_the_wrong_scale_is_told_with_the_columns_it_needs(table: Path, tmp_path: Path) -> None:
    code, output = invoke(
        "import", "ratings", table, "--images", tmp_path, "--scale", "mgs", *ANIMALS, "--out", tmp_path / "set"
    )
    assert code == 1
    assert "there is no column nose, cheek" in output


def test_an_option_with_another_word_is_a_wrong_use(table: Path, tmp_path: Path) -> None:
    assert invoke("import", "ratings", table, "--scale", "hgs")[0] == 2
    assert invoke("import", "recordings", table, "--species", "cat", "--out", tmp_path / "set")[0] == 2


@pytest.mark.parametrize("write", [write_classifier_folder, None])
def test_recordings_need_a_keypoint_model(table: Path, tmp_path: Path, write) -> None:
    folder = write(tmp_path / "model") if write else tmp_path / "absent"
    code, output = invoke("import", "recordings", table, *ANIMALS, "--out", tmp_path / "set", "--keypoints", folder)
    assert code == 1
    assert ("Name a keypoint model" if write else "there is no such model folder") in output


def test_a_manifest_of_recordings_is_read_before_anything_is_done(tmp_path: Path) -> None:
    folder = write_keypoint_folder(tmp_path / "model")
    manifest = tmp_path / "manifest.csv"
    manifest.write_text("video,animal,from,to,label\nabsent.mp4,M1,,,before\n", encoding="utf-8")
    code, output = invoke("import", "recordings", manifest, *ANIMALS, "--out", tmp_path / "set", "--keypoints", folder)
    assert code == 1
    assert f"{manifest}:2, column video: there is no video {tmp_path / 'absent.mp4'}" in output
    assert not (tmp_path / "set").exists()


def test_agreement_is_shown_and_written(table: Path, tmp_path: Path) -> None:
    code, output = invoke("agreement", table, "--out", tmp_path / "report")
    assert code == 0, output
    assert "2 raters, 6 images of 3 animals" in output
    assert "whisker" in output
    assert sorted(path.suffix for path in (tmp_path / "report").iterdir()) == [".json", ".md", ".png"]


def test_agreement_of_one_rater_is_told(tmp_path: Path) -> None:
    code, output = invoke("agreement", written(tmp_path / "one.csv", RGS, ["a.png,M1,A,0,0,0,0"]))
    assert code == 1
    assert output.strip() == "column rater: the table has 1 rater. Agreement needs the scores of at least two raters."


def test_a_table_without_a_scale_is_told(tmp_path: Path) -> None:
    code, output = invoke("agreement", written(tmp_path / "none.csv", "image,animal,rater", ["a.png,M1,A"]))
    assert code == 1
    assert "none.csv:1: columns of action units are missing" in output


def test_rated_pictures_of_rendered_animals_stay_marked_as_rendered(table: Path, tmp_path: Path) -> None:
    drawn = ["--species", "rat", "--strain", "rendered", "--coat", "white", "--out", tmp_path / "set"]
    code, output = invoke("import", "ratings", table, "--images", tmp_path, "--scale", "rgs", *drawn)
    assert code == 0, output
    assert load_face_folder(tmp_path / "set").about.rendered


def test_more_scorable_units_than_the_scale_has_are_told(table: Path, tmp_path: Path) -> None:
    asked = ["--scale", "rgs", *ANIMALS, "--out", tmp_path / "set", "--min-units", "5"]
    code, output = invoke("import", "ratings", table, "--images", tmp_path, *asked)
    assert code == 1
    assert "5 scorable units asked for, and RGS has 4" in output
    assert not (tmp_path / "set").exists()

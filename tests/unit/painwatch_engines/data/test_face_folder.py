from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from painwatch_engines.data.face_folder import UNLABELLED, About, Face, FaceFolder, load_face_folder, write_face_folder
from painwatch_engines.errors import DataError

ABOUT = About(
    name="two_faces",
    species=("rat",),
    strains=("SD",),
    coats=("white",),
    rendered=False,
    labels="raters' mean",
    source="a test",
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, shade in (("a.png", 10), ("b.png", 200)):
        cv2.imwrite(str(tmp_path / name), np.full((8, 8, 3), shade, np.uint8))
    keypoints = np.full((5, 2), np.nan)
    keypoints[0] = (3, 4)
    faces = [
        Face("a.png", "Rat1", "no_pain", 0, {"orbital": 0, "ear": None}, -12.5, "both_eyes", keypoints),
        Face("b.png", "Rat2"),
    ]
    write_face_folder(tmp_path, ABOUT, faces, ("orbital", "ear"))
    return tmp_path


def test_what_is_written_is_read_back(folder: Path) -> None:
    faces = load_face_folder(folder)
    assert faces.about == ABOUT
    assert faces.animals.tolist() == ["Rat1", "Rat2"]
    assert faces.labels.tolist() == [0, UNLABELLED]
    assert faces.grades.tolist() == [0, UNLABELLED]
    assert faces.unit_names == ("orbital", "ear")
    np.testing.assert_array_equal(faces.units, [[0, np.nan], [np.nan, np.nan]])
    np.testing.assert_array_equal(faces.yaw_deg, [-12.5, np.nan])
    assert faces.views.tolist() == ["both_eyes", ""]
    np.testing.assert_array_equal(faces.keypoints[0, 0], [3, 4])
    assert np.isnan(faces.keypoints[0, 1:]).all()
    assert faces.read(1)[0, 0, 0] == 200


def test_an_unlabelled_face_is_neither_pain_nor_among_the_labelled(folder: Path) -> None:
    faces = load_face_folder(folder)
    assert faces.pain.tolist() == [False, False]
    labelled = faces.labelled()
    assert isinstance(labelled, FaceFolder)
    assert labelled.images == ("a.png",)


@pytest.mark.parametrize(
    ("line", "place", "words"),
    [
        ("a.png,,pain", "faces.csv:2, column animal", "empty"),
        ("a.png,Rat1,agony", "faces.csv:2, column label", "agony"),
        ("a.png,Rat1,,7", "faces.csv:2, column grade", "7"),
        ("a.png,Rat1,,,3", "faces.csv:2, column unit_ear", "0 to 2"),
        ("a.png,Rat1,,,much", "faces.csv:2, column unit_ear", "much"),
        ("c.png,Rat1", "faces.csv:2, column image", "no picture"),
    ],
)
def test_a_wrong_cell_is_told_with_its_place(folder: Path, line: str, place: str, words: str) -> None:
    (folder / "faces.csv").write_text(f"image,animal,label,grade,unit_ear\n{line}\n", encoding="utf-8")
    with pytest.raises(DataError) as told:
        load_face_folder(folder)
    assert place in told.value.where
    assert words in told.value.what + told.value.mend


def test_a_wrong_cell_is_told_with_its_line_below_blank_ones_too(folder: Path) -> None:
    (folder / "faces.csv").write_text("image,animal,label\n\na.png,Rat1,\n\nb.png,Rat2,agony\n", encoding="utf-8")
    with pytest.raises(DataError, match=r"faces\.csv:5, column label"):
        load_face_folder(folder)


def test_an_animal_that_is_spelled_twice_is_refused(folder: Path) -> None:
    (folder / "faces.csv").write_text("image,animal\na.png,Rat_1\nb.png,rat 1\n", encoding="utf-8")
    with pytest.raises(DataError, match=r'faces\.csv:3, column animal: "rat 1" and "Rat_1"'):
        load_face_folder(folder)


def test_a_table_without_its_columns_or_rows_is_refused(folder: Path) -> None:
    (folder / "faces.csv").write_text("picture,animal\na.png,Rat1\n", encoding="utf-8")
    with pytest.raises(DataError, match="no column image"):
        load_face_folder(folder)
    (folder / "faces.csv").write_text("image,animal\n", encoding="utf-8")
    with pytest.raises(DataError, match="no rows"):
        load_face_folder(folder)


def test_a_set_that_does_not_say_what_it_is_is_refused(folder: Path) -> None:
    (folder / "set.yaml").write_text("name: two_faces\n", encoding="utf-8")
    with pytest.raises(DataError, match="species"):
        load_face_folder(folder)
    (folder / "set.yaml").unlink()
    with pytest.raises(DataError, match="labels import"):
        load_face_folder(folder)


def test_a_broken_picture_is_told(folder: Path) -> None:
    (folder / "a.png").write_bytes(b"no picture")
    with pytest.raises(DataError, match=r"a\.png"):
        load_face_folder(folder).read(0)

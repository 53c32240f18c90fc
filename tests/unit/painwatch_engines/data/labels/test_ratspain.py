from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from painwatch_engines.data.face_folder import UNLABELLED, load_face_folder
from painwatch_engines.data.labels.importing import import_ratspain
from painwatch_engines.data.labels.published_counts import PUBLISHED, PUBLISHED_UNLABELLED, count_grades, differences
from painwatch_engines.data.labels.ratspain import UNITS, rat_number, read_ratspain
from painwatch_engines.errors import DataError

HEADER = "image,animal,rater,stage,orbital,nose_cheek,ear,whisker"
RIGHT = {f"Rat{rat}": (*counts, 0) for rat, counts in PUBLISHED.items()}


def picture(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    assert cv2.imwrite(str(path), np.full((8, 8, 3), 90, np.uint8))
    return path


def rows_of(image: str, sheet: dict[str, tuple[str, str]], animal: str = "Rat1") -> list[str]:
    """Rows of five and three raters; `sheet`: for each unit the scores of either stage, one letter a rater."""
    words = {"u": "uncertain", "-": ""}
    rows = []
    for stage, raters in ((1, "ABCDE"), (2, "FGH")):
        for number, rater in enumerate(raters):
            cells = [sheet[unit][stage - 1][number] for unit in UNITS]
            rows.append(",".join([image, animal, rater, str(stage), *(words.get(cell, cell) for cell in cells)]))
    return rows


THREE_OF_FOUR = {
    "orbital": ("22221", "---"),  # stage 1: 2
    "nose_cheek": ("11100", "112"),  # stage 2: 1
    "ear": ("uuu11", "111"),  # stage 2: 1
    "whisker": ("11100", "100"),  # a tie: not accepted
}
TWO_OF_FOUR = {**THREE_OF_FOUR, "ear": ("uuuuu", "222")}


@pytest.fixture
def manifest(tmp_path: Path) -> Path:
    rows = [*rows_of("a.png", THREE_OF_FOUR), *rows_of("sub/b.bmp", TWO_OF_FOUR)]
    picture(tmp_path / "source" / "a.png")
    picture(tmp_path / "source" / "sub" / "b.bmp")
    path = tmp_path / "source" / "manifest.csv"
    path.write_text("\n".join([HEADER, *rows]) + "\n", encoding="utf-8")
    return path


def test_a_manifest_is_settled_unit_by_unit(manifest: Path) -> None:
    read = read_ratspain(manifest)
    graded, left = read.faces
    assert (graded.label, graded.grade) == ("pain", 1)  # 4 / 3
    assert graded.units == {"orbital": 2, "nose_cheek": 1, "ear": 1, "whisker": None}
    assert (left.label, left.grade) == (None, None)
    assert read.settled == {"settled in stage 1": 2, "settled in stage 2": 3, "not settled": 3}
    assert read.unused == 0


def test_scores_of_stage_2_for_settled_units_are_counted_and_change_nothing(manifest: Path) -> None:
    text = manifest.read_text("utf-8").replace("a.png,Rat1,F,2,,", "a.png,Rat1,F,2,0,")
    manifest.write_text(text, encoding="utf-8")
    read = read_ratspain(manifest)
    assert read.unused == 1
    assert read.faces[0].units["orbital"] == 2


def test_an_import_is_a_set_that_trainings_read(manifest: Path, tmp_path: Path) -> None:
    done = import_ratspain(manifest, tmp_path / "Set 1", command="the command")
    faces = load_face_folder(tmp_path / "Set 1")
    assert faces.about.name == "set_1"
    assert (faces.about.labels, faces.about.rendered, faces.about.command) == ("two-stage", False, "the command")
    assert faces.images == ("images/a.png", "images/sub/b.png")
    assert faces.grades.tolist() == [1, UNLABELLED]
    np.testing.assert_array_equal(faces.units[0], [2, 1, 1, np.nan])
    assert faces.read(1).shape == (8, 8, 3)
    assert done.counts == {"Rat1": (0, 1, 0, 1)}
    assert "Rat1, moderate: 1 images, 163 published" in done.differences
    assert all(f"differs from the published set: {line}" in faces.about.notes for line in done.differences)


def test_sheets_in_the_rats_folders_give_the_same(manifest: Path, tmp_path: Path) -> None:
    picture(tmp_path / "rats" / "Rat1" / "a.png")
    picture(tmp_path / "rats" / "Rat1" / "nobody.png")
    for rater in "ABCDEFGH":
        kept = [row for row in rows_of("a.png", THREE_OF_FOUR) if row.split(",")[2] == rater]
        cells = [row.split(",") for row in kept]
        lines = ["image,stage,orbital,nose_cheek,ear,whisker", *(",".join([c[0], *c[3:]]) for c in cells)]
        (tmp_path / "rats" / "Rat1" / f"{rater}.csv").write_text("\n".join(lines), encoding="utf-8")
    graded, unnamed = read_ratspain(tmp_path / "rats").faces
    expected = read_ratspain(manifest).faces[0]
    assert (graded.grade, graded.units) == (expected.grade, expected.units)
    assert (graded.image, graded.animal) == ("Rat1/a.png", "Rat1")
    # Nothing is lost: a picture without a row is there, without a label.
    assert (unnamed.image, unnamed.label) == ("Rat1/nobody.png", None)


def test_class_folders_are_read(tmp_path: Path) -> None:
    for name in ("Rat1/No/a.png", "Rat1/Moderate/b.JPG", "Rat2/severe/c.png", "Rat2/unlabelled/d.png", "Rat2/e.png"):
        picture(tmp_path / name)
    faces = read_ratspain(tmp_path).faces
    told = {face.image: (face.animal, face.label, face.grade) for face in faces}
    assert told == {
        "Rat1/No/a.png": ("Rat1", "no_pain", 0),
        "Rat1/Moderate/b.JPG": ("Rat1", "pain", 1),
        "Rat2/severe/c.png": ("Rat2", "pain", 2),
        "Rat2/unlabelled/d.png": ("Rat2", None, None),
        "Rat2/e.png": ("Rat2", None, None),
    }


def test_rats_with_sheets_beside_rats_without_are_refused(tmp_path: Path) -> None:
    picture(tmp_path / "Rat1" / "a.png")
    (tmp_path / "Rat1" / "A.csv").write_text("image,stage,orbital,nose_cheek,ear,whisker\na.png,1,0,0,0,0\n", "utf-8")
    picture(tmp_path / "Rat2" / "severe" / "b.png")
    with pytest.raises(DataError, match="Rat2: this rat has no sheet, and others have"):
        read_ratspain(tmp_path)


def test_two_pictures_that_would_have_one_name_are_refused(tmp_path: Path) -> None:
    for name in ("Rat1/no/a.png", "Rat1/no/a.bmp"):
        picture(tmp_path / "rats" / name)
    with pytest.raises(DataError, match=r"another picture would have the same name \(Rat1/no/a.bmp\)"):
        import_ratspain(tmp_path / "rats", tmp_path / "out")


def test_a_folder_that_cannot_be_made_is_told(manifest: Path, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(DataError, match="cannot be written"):
        import_ratspain(manifest, tmp_path / "file" / "set")


def test_an_unknown_class_is_named(tmp_path: Path) -> None:
    picture(tmp_path / "Rat1" / "mild" / "a.png")
    with pytest.raises(DataError, match=r"Rat1/mild: this is no class"):
        read_ratspain(tmp_path)


def test_more_raters_than_the_rule_has_are_named(manifest: Path) -> None:
    with manifest.open("a", encoding="utf-8") as file:
        file.write("a.png,Rat1,Z,1,0,0,0,0\n")
    with pytest.raises(DataError, match=r"manifest.csv:18, column rater: a.png has 6 raters in stage 1"):
        read_ratspain(manifest)


def test_a_rater_of_both_stages_is_no_other_rater(manifest: Path) -> None:
    manifest.write_text(manifest.read_text("utf-8").replace("a.png,Rat1,F,", "a.png,Rat1,A,"), encoding="utf-8")
    with pytest.raises(DataError, match=r"manifest.csv:7, column rater: A scored a.png already"):
        read_ratspain(manifest)


def test_pictures_that_are_missing_broken_or_elsewhere_are_all_named(tmp_path: Path) -> None:
    (tmp_path / "broken.png").write_bytes(b"no picture")
    images = ("absent.png", "broken.png", "../elsewhere.png", "/etc/hostname")
    rows = [row for image in images for row in rows_of(image, THREE_OF_FOUR)]
    manifest = tmp_path / "manifest.csv"
    manifest.write_text("\n".join([HEADER, *rows]), encoding="utf-8")
    with pytest.raises(DataError, match="4 things are wrong") as caught:
        import_ratspain(manifest, tmp_path / "out")
    assert all(image in str(caught.value) for image in images)
    assert not (tmp_path / "out").exists()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["broken.png", "manifest.csv"]


def test_the_published_counts_are_right_when_they_are() -> None:
    assert sum(sum(counts) for counts in PUBLISHED.values()) == 1138
    assert [sum(column) for column in zip(*PUBLISHED.values(), strict=True)] == [541, 591, 6]
    assert differences(RIGHT) == ()
    assert differences({**RIGHT, "Rat1": (56, 163, 2, PUBLISHED_UNLABELLED)}) == ()
    assert differences({name.replace("Rat", "rat 0"): counts for name, counts in RIGHT.items()}) == ()


def test_every_difference_names_its_rat_and_class() -> None:
    wrong = {**RIGHT, "Rat3": (147, 51, 0, 3)}
    assert differences(wrong) == (
        "Rat3, no pain: 147 images, 148 published",
        "Rat3, moderate: 51 images, 50 published",
        "all rats, unlabelled: 3 images, 157 published",
    )
    del wrong["Rat3"]
    assert differences({**wrong, "Fred": (1, 0, 0, 0), "Rat7": (0, 0, 0, 0)}) == (
        "Fred is none of the six published rats",
        "Rat7 is none of the six published rats",
        "Rat3 is missing: 198 images published",
    )


def test_a_number_that_two_rats_have_is_no_rat() -> None:
    assert differences({**RIGHT, "rat1": (0, 0, 0, 0)}) != ()


@pytest.mark.parametrize(
    ("name", "number"), [("Rat1", 1), ("rat_06", 6), ("R1", None), ("12", 12), ("Rat 2b", None), ("Rat0", None)]
)
def test_rats_go_by_their_number(name: str, number: int | None) -> None:
    assert rat_number(name) == number


def test_counting_keeps_the_order_of_animals(manifest: Path) -> None:
    assert count_grades(reversed(read_ratspain(manifest).faces)) == {"Rat1": (0, 1, 0, 1)}

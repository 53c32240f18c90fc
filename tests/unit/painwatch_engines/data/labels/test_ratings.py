from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from painwatch_engines.anatomy import SCALE_UNITS
from painwatch_engines.data.labels.ratings import mean_faces, read_rated_table, read_ratings
from painwatch_engines.errors import DataError

MGS = SCALE_UNITS["mgs"]
HEADER = "image,animal,rater,orbital,nose,cheek,ear,whisker\n"


def written(folder: Path, rows: str, header: str = HEADER) -> Path:
    path = folder / "ratings.csv"
    path.write_text(header + rows, encoding="utf-8")
    return path


def test_units_are_the_mean_of_those_who_could_score_them(tmp_path: Path) -> None:
    rows = "a.png,M1,A,2,0,,1,\na.png,M1,B,1,unscorable,NaN,2,n/a\na.png,M1,C,2,1,,0,Uncertain\n"
    (face,) = mean_faces(read_ratings(written(tmp_path, rows), MGS), MGS)
    assert face.units == {"orbital": pytest.approx(5 / 3), "nose": 0.5, "cheek": None, "ear": 1.0, "whisker": None}
    assert (face.label, face.grade) == ("pain", 1)


@pytest.mark.parametrize(
    ("rows", "label", "grade"),
    [
        # Thirds that add up to a half exactly: not a hair less, as floats might have it.
        ("a,M,A,1,1,1,0,0\na,M,B,1,0,0,0,1\na,M,C,0,0,0,1.5,1\n", "pain", 1),
        ("a,M,A,1,1,0,0,0\n", "no_pain", 0),
        ("a,M,A,2,2,2,1,1\n", "pain", 2),
        ("a,M,A,0,0,0,,\n", "no_pain", 0),
        ("a,M,A,2,2,,,\n", None, None),  # two units are too few, however high
        ("a,M,A,,,,,\n", None, None),  # nothing scorable is not "no pain"
    ],
)
def test_the_label_is_that_of_the_mean(tmp_path: Path, rows: str, label: str | None, grade: int | None) -> None:
    (face,) = mean_faces(read_ratings(written(tmp_path, rows), MGS), MGS)
    assert (face.label, face.grade) == (label, grade)


def test_the_fewest_units_of_a_label_can_be_chosen(tmp_path: Path) -> None:
    ratings = read_ratings(written(tmp_path, "a,M,A,2,2,,,\n"), MGS)
    assert [mean_faces(ratings, MGS, least)[0].label for least in (1, 2, 3)] == ["pain", "pain", None]


def test_scores_are_kept_exactly(tmp_path: Path) -> None:
    (rating,) = read_ratings(written(tmp_path, "dir\\a.png,M,A,0.1,0,0,0,2\n"), MGS)
    assert rating.scores["orbital"] == Fraction(1, 10)
    assert rating.image == "dir/a.png"


def test_decimal_commas_are_read_where_semicolons_part_the_cells(tmp_path: Path) -> None:
    path = written(tmp_path, "a.png;M1,5;A;0,5;0;1,25;0;2\n", HEADER.replace(",", ";"))
    (rating,) = read_ratings(path, MGS)
    assert (rating.animal, rating.scores["orbital"], rating.scores["cheek"]) == ("M1,5", Fraction(1, 2), Fraction(5, 4))
    for text, header in (("a;M;A;1,000,5;0;0;0;0\n", HEADER.replace(",", ";")), ('a,M,A,"0,5",0,0,0,0\n', HEADER)):
        with pytest.raises(DataError, match=r'column orbital: "[0-9,]*" is no score'):
            read_ratings(written(tmp_path, text, header), MGS)


def test_everything_that_cannot_be_used_is_named_with_line_and_column(tmp_path: Path) -> None:
    rows = "a,M,A,3,0,0,0,0\na,M,B,0,x,0,0,0\n,M,C,0,0,0,0,1/2\na,N,D,0,0,0,0,0\na,M,A,0,0,0,-1,inf\n"
    path = written(tmp_path, rows)
    with pytest.raises(DataError) as caught:
        read_ratings(path, MGS)
    for place in (
        ':2, column orbital: "3" is no score',
        ':3, column nose: "x"',
        ":4, column image: the cell is empty",
        ':4, column whisker: "1/2"',
        f":5, column animal: a shows N, but M in {path}:2",
        ':6, column ear: "-1"',
        ':6, column whisker: "inf"',
        f":6, column rater: A scored a already in {path}:2",
    ):
        assert f"{path}{place}" in str(caught.value)
    assert "8 things are wrong" in str(caught.value)


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ('a,M,"A,0,0,0,0,0\nb,M,A,0,0,0,0,0\n', "unexpected end of data"),
        ('a,M,"A,0,0,0,0,0\nb,M,B",0,0,0,0,0\n', "column rater: the cell runs over several lines"),
    ],
)
def test_a_quote_left_open_swallows_no_rows(tmp_path: Path, rows: str, told: str) -> None:
    with pytest.raises(DataError, match=told):
        read_ratings(written(tmp_path, rows), MGS)


def test_the_scale_is_told_by_the_header(tmp_path: Path) -> None:
    assert read_rated_table(written(tmp_path, "a,M,A,0,0,0,0,0\n"))[0] == MGS
    rgs = written(tmp_path, "a,M,A,2,0,0,0,0\n", "image,animal,rater,stage,orbital,nose_cheek,ear,whisker\n")
    units, (rating,) = read_rated_table(rgs)
    assert (units, rating.stage) == (SCALE_UNITS["rgs"], 2)
    with pytest.raises(DataError, match="orbital, nose, cheek, ear, whisker"):
        read_rated_table(rgs, "mgs")


def test_an_animal_that_is_spelled_twice_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path, "a.png,M1,A,0,0,0,0,0\nb.png,m1,A,0,0,0,0,0\n")
    with pytest.raises(DataError, match=r'ratings\.csv:3, column animal: "m1" and "M1"\. One animal has one name'):
        read_ratings(path, MGS)


@pytest.mark.parametrize("word", ["1e999999999", "1e-999999999", "9" * 5000, "-1", "2.5"])
def test_a_number_that_is_no_score_is_told_at_once_and_in_few_words(tmp_path: Path, word: str) -> None:
    with pytest.raises(DataError, match="is no score") as caught:
        read_ratings(written(tmp_path, f"a.png,M,A,{word},0,0,0,0\n"), MGS)
    assert len(str(caught.value)) < 1000

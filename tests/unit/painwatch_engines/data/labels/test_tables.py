from __future__ import annotations

from pathlib import Path

import pytest

from painwatch_engines.data.labels.tables import MOST_TOLD, Fault, read_table, refuse
from painwatch_engines.errors import DataError


def written(folder: Path, text: str, encoding: str = "utf-8") -> Path:
    path = folder / "table.csv"
    path.write_bytes(text.encode(encoding))
    return path


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_the_separators_and_marks_of_spreadsheets_are_read(tmp_path: Path, separator: str, encoding: str) -> None:
    text = "Image;Animal \r\n a.png ;Rät 1\r\n;\r\nb.png\r\n".replace(";", separator)
    table = read_table(written(tmp_path, text, encoding), ["image"])
    assert table.header == ("image", "animal")
    assert [row.cells for row in table.rows] == [
        {"image": "a.png", "animal": "Rät 1"},
        {"image": "b.png", "animal": ""},
    ]
    assert [row.place for row in table.rows] == [f"{table.path}:2", f"{table.path}:4"]


def test_places_count_lines_not_rows(tmp_path: Path) -> None:
    table = read_table(written(tmp_path, 'image,note\na,"one\ntwo"\nb,x\n'), ["image"])
    assert table.rows[1].at("note") == f"{table.path}:4, column note"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "no column image"),
        ("image\n\n", "has no rows"),
        ("picture,animal\na,b\n", "no column image. Needed: image. The table has: picture, animal"),
        ("image,image\na,b\n", "column image stands there twice"),
        ("image,animal\na,b,c\n", "table.csv:2: 3 cells under 2 columns"),
    ],
)
def test_tables_that_are_none_are_told(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(DataError, match=told):
        read_table(written(tmp_path, text), ["image"])


def test_an_absent_table_and_another_encoding_are_told(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="No such file"):
        read_table(tmp_path / "table.csv", ["image"])
    with pytest.raises(DataError, match="UTF-8"):
        read_table(written(tmp_path, "image\nRät\n", "latin-1"), ["image"])


def test_every_fault_is_told_and_very_many_are_counted(tmp_path: Path) -> None:
    refuse([], tmp_path)
    with pytest.raises(DataError, match=r"^here: bad\. Mend it\.$"):
        refuse([Fault("here", "bad", "Mend it.")], tmp_path)
    with pytest.raises(DataError) as caught:
        refuse([Fault(f"t:{n}", "bad", "Mend it.") for n in range(MOST_TOLD + 3)], tmp_path)
    assert f"{MOST_TOLD + 3} things are wrong" in str(caught.value)
    assert f"t:{MOST_TOLD - 1}: bad" in str(caught.value)
    assert f"t:{MOST_TOLD}:" not in str(caught.value)
    assert "and 3 more" in str(caught.value)

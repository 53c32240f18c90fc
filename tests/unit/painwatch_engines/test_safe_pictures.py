"""Pictures are decoded, and small files that say they are large ones are not."""

from __future__ import annotations

import struct
from pathlib import Path

import cv2
import numpy as np
import pytest

from painwatch_engines.safe_pictures import MOST_PIXELS, is_there, read_picture

RAMP = np.arange(16 * 24 * 3, dtype=np.uint8).reshape(16, 24, 3)


def encoded(ending: str) -> bytes:
    return bytes(cv2.imencode(ending, RAMP)[1])


@pytest.mark.parametrize("ending", [".png", ".bmp", ".tiff", ".jpg", ".webp"])
def test_a_picture_is_read(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"picture{ending}"
    path.write_bytes(encoded(ending))
    picture = read_picture(path)
    assert picture is not None
    assert np.array_equal(picture, cv2.imread(str(path), cv2.IMREAD_COLOR))


def huge_png() -> bytes:
    good = encoded(".png")
    return good[:16] + struct.pack(">II", 9000, 9000) + good[24:]


def chunk_beyond_the_end() -> bytes:
    good = encoded(".png")
    return good[:-12] + b"\x7f\xff\xff\xff" + good[-8:]


def huge_jpeg() -> bytes:
    good = encoded(".jpg")
    at = good.index(b"\xff\xc0") + 5
    return good[:at] + struct.pack(">HH", 30_000, 30_000) + good[at + 4 :]


@pytest.mark.parametrize(
    "data",
    [huge_png(), chunk_beyond_the_end(), huge_jpeg(), b"", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"no picture"],
    ids=["huge PNG", "chunk beyond the end", "huge JPEG", "empty", "head of a PNG", "head of a JPEG", "words"],
)
def test_what_is_no_picture_or_says_it_is_too_large_is_none(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "picture"
    path.write_bytes(data)
    assert read_picture(path) is None
    assert MOST_PIXELS < 9000 * 9000


@pytest.mark.parametrize("name", ["none.png", "x" * 5000, "a\0b"])
def test_a_name_that_no_file_can_have_is_not_there(tmp_path: Path, name: str) -> None:
    assert not is_there(tmp_path / name)
    assert read_picture(tmp_path / name) is None


def test_a_picture_that_is_not_there_is_none(tmp_path: Path) -> None:
    assert read_picture(tmp_path / "none.png") is None
    assert read_picture(tmp_path) is None
    assert is_there(Path(__file__))

"""Shows stills to a person: all on one sheet as a PNG file, or one in a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from rich.text import Text

from painwatch.capture.cameras import Still
from painwatch.core.errors import PainwatchError
from painwatch.core.types import Image

TILE_WIDTH, TILE_HEIGHT, CAPTION_HEIGHT = 480, 270, 30
UPPER_HALF = "▀"


def write_sheet(stills: Sequence[Still], path: Path) -> None:
    """Writes all `stills` with their names to one PNG at `path`; one without a picture says why.

    Raises:
        PainwatchError: there is none, or the file cannot be written.
    """
    if not stills:
        raise PainwatchError("there is no camera to show", where=str(path))
    tiles = [_tile(still) for still in stills]
    columns = int(np.ceil(np.sqrt(len(tiles))))
    tiles += [np.zeros_like(tiles[0])] * (-len(tiles) % columns)
    rows = [np.hstack(tiles[start : start + columns]) for start in range(0, len(tiles), columns)]
    data = cv2.imencode(".png", np.vstack(rows))[1].tobytes()
    try:
        path.write_bytes(data)
    except OSError as error:
        mend = "name a file in a folder that this user may write"
        raise PainwatchError(f"cannot be written ({error.strerror})", where=str(path), mend=mend) from None


def as_text(image: Image, columns: int = 60) -> Text:
    """`image` in colour for a terminal, `columns` wide: each character shows one pixel above another."""
    height, width = image.shape[:2]
    # A character is about twice as high as it is wide, so two pixels in it are about square.
    rows = max(1, round(columns * height / width / 2))
    small = cv2.resize(image, (columns, 2 * rows), interpolation=cv2.INTER_AREA)
    text = Text(no_wrap=True)
    for row in range(rows):
        for upper, lower in zip(small[2 * row], small[2 * row + 1], strict=True):
            text.append(UPPER_HALF, style=f"{_colour(upper)} on {_colour(lower)}")
        text.append("\n")
    return text


def _colour(bgr: Image) -> str:
    blue, green, red = (int(value) for value in bgr)
    return f"#{red:02x}{green:02x}{blue:02x}"


def _tile(still: Still) -> Image:
    tile = np.full((TILE_HEIGHT + CAPTION_HEIGHT, TILE_WIDTH, 3), 24, np.uint8)
    if still.image is not None:
        height, width = still.image.shape[:2]
        scale = min(TILE_WIDTH / width, TILE_HEIGHT / height)
        size = (max(1, int(width * scale)), max(1, int(height * scale)))
        left, top = (TILE_WIDTH - size[0]) // 2, (TILE_HEIGHT - size[1]) // 2
        tile[top : top + size[1], left : left + size[0]] = cv2.resize(still.image, size, interpolation=cv2.INTER_AREA)
    for number, line in enumerate(_lines(still.fault)):
        _write(tile, line, 24 + 22 * number, 0.45)
    _write(tile, still.name, TILE_HEIGHT + 20, 0.6)
    return tile


def _lines(text: str, length: int = 56) -> list[str]:
    return [text[start : start + length] for start in range(0, len(text), length)][:10]


def _write(tile: Image, text: str, bottom: int, size: float) -> None:
    # OpenCV's own font has ASCII only.
    plain = text.encode("ascii", "replace").decode()
    cv2.putText(tile, plain, (8, bottom), cv2.FONT_HERSHEY_SIMPLEX, size, (235, 235, 235), 1, cv2.LINE_AA)

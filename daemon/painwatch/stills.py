"""One picture of each camera, and ways to look at it: in the terminal, or side by side in a file."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from rich.style import Style
from rich.text import Text

from painwatch.capture.sources import open_source, read_secret
from painwatch.config.models import CageConfig, CameraConfig
from painwatch.core.clock import SystemClock
from painwatch.core.errors import PainwatchError
from painwatch.core.types import Image

SHEET_WIDTH_PX = 480
_AT_ONCE = 4


@dataclass(frozen=True, slots=True, eq=False)
class Still:
    """A camera's picture, or why there is none."""

    camera: str
    image: Image | None
    fault: PainwatchError | None


def take_stills(
    cameras: Sequence[tuple[CageConfig, CameraConfig]],
    *,
    config_dir: Path,
    progress: Callable[[str], None] = lambda _: None,
) -> Iterator[Still]:
    """Open every camera for one picture, several at a time; gives them in the order of `cameras`."""

    # Cameras that agree on a common start must not find, or leave, one in the folder of the running system.
    with tempfile.TemporaryDirectory(prefix="painwatch-") as folder, ThreadPoolExecutor(_AT_ONCE, "still") as pool:

        def take(pair: tuple[CageConfig, CameraConfig]) -> Still:
            still = _take(*pair, config_dir=config_dir, run_dir=Path(folder))
            progress(still.camera)
            return still

        yield from pool.map(take, cameras)


def as_text(image: Image, columns: int) -> Text:
    """The picture in half blocks, two rows of pixels a line, `columns` wide."""
    height, width = image.shape[:2]
    rows = max(2, round(columns * height / width / 2) * 2)
    small = cv2.resize(image, (columns, rows), interpolation=cv2.INTER_AREA)
    text = Text()
    for upper, lower in zip(small[0::2].tolist(), small[1::2].tolist(), strict=True):
        for above, below in zip(upper, lower, strict=True):
            text.append("▀", Style(color=_hex(above), bgcolor=_hex(below)))
        text.append("\n")
    return text


def write_sheet(stills: Sequence[Still], path: Path) -> None:
    """A contact sheet of all pictures, each with its camera's name; the file's ending chooses the format.

    Raises:
        PainwatchError: the file cannot be written.
    """
    across = max(1, round(len(stills) ** 0.5))
    tiles = [_tile(still) for still in stills]
    tiles += [np.zeros_like(tiles[0])] * (-len(tiles) % across)
    rows = [np.hstack(tiles[start : start + across]) for start in range(0, len(tiles), across)]
    with contextlib.suppress(cv2.error):
        done, data = cv2.imencode(path.suffix or ".png", np.vstack(rows))
        if done:
            try:
                path.write_bytes(data.tobytes())
            except OSError as error:
                mend = "name a file in a folder that can be written"
                raise PainwatchError(f"cannot be written ({error.strerror})", where=str(path), mend=mend) from None
            return
    raise PainwatchError("not a kind of picture that can be written", where=str(path), mend="end it in .png or .jpg")


def _take(cage: CageConfig, camera: CameraConfig, *, config_dir: Path, run_dir: Path) -> Still:
    try:
        source = open_source(
            camera,
            cage=cage.name,
            config_dir=config_dir,
            run_dir=run_dir,
            clock=SystemClock(),
            secrets=lambda secret: read_secret(secret, config_dir=config_dir),
        )
        try:
            source.open()
            return Still(camera.name, source.read().image, None)
        finally:
            source.close()
    except PainwatchError as error:
        return Still(camera.name, None, error)


def _tile(still: Still) -> Image:
    width, height = SHEET_WIDTH_PX, SHEET_WIDTH_PX * 9 // 16
    tile: Image = np.zeros((height + 28, width, 3), np.uint8)
    words = still.camera if still.fault is None else f"{still.camera}: no picture"
    if still.image is not None:
        factor = min(width / still.image.shape[1], height / still.image.shape[0])
        size = (max(1, int(still.image.shape[1] * factor)), max(1, int(still.image.shape[0] * factor)))
        small = cv2.resize(still.image, size, interpolation=cv2.INTER_AREA)
        top, left = (height - size[1]) // 2, (width - size[0]) // 2
        tile[top : top + size[1], left : left + size[0]] = small
    cv2.putText(tile, words, (8, height + 20), cv2.FONT_HERSHEY_SIMPLEX, 0.5, (230, 230, 230), 1, cv2.LINE_AA)
    return tile


def _hex(pixel: Sequence[int]) -> str:
    blue, green, red = pixel
    return f"#{red:02x}{green:02x}{blue:02x}"

"""The cameras of a host and their stills."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from painwatch.capture.cameras import Still, grab_still, list_cameras
from painwatch.capture.ring import RingWriter
from painwatch.capture.stills import as_text, write_sheet
from painwatch.config.models import CameraConfig
from painwatch.config.places import Places
from painwatch.core.clock import Stamp, SystemClock
from painwatch.core.errors import PainwatchError


def camera(**source: object) -> CameraConfig:
    return CameraConfig.model_validate({"name": "left", "source": source})


def test_devices_are_listed_with_name_and_lasting_path_and_what_is_wrong(tmp_path: Path) -> None:
    dev, sysfs = tmp_path / "dev", tmp_path / "sys"
    (dev / "v4l" / "by-id").mkdir(parents=True)
    for number in (10, 2):
        (dev / f"video{number}").touch()
    (dev / "v4l" / "by-id" / "usb-Good_Camera-index0").symlink_to(dev / "video2")
    (sysfs / "video2").mkdir(parents=True)
    (sysfs / "video2" / "name").write_text("Good Camera\n")
    found = list_cameras(dev=dev, sysfs=sysfs)
    assert [entry.device.name for entry in found] == ["video2", "video10"]
    assert [entry.path.name for entry in found] == ["usb-Good_Camera-index0", "video10"]
    assert [entry.still.name for entry in found] == ["Good Camera", "video10"]
    assert all(entry.still.image is None and entry.still.fault for entry in found)


def test_a_host_without_cameras_has_none(tmp_path: Path) -> None:
    assert list_cameras(dev=tmp_path, sysfs=tmp_path) == ()


def test_a_still_comes_from_the_camera_or_says_why_not(tmp_path: Path, make_clip: Callable[..., Path]) -> None:
    clip = make_clip(frames=10)
    still = grab_still(camera(kind="file", path=str(clip), pace="fast"), config_dir=tmp_path)
    assert still.image is not None
    assert (still.name, still.image.shape, still.fault) == ("left", (120, 160, 3), "")
    missing = grab_still(camera(kind="file", path="none.mp4"), config_dir=tmp_path)
    assert missing.image is None
    assert "none.mp4" in missing.fault


def test_a_recording_of_one_picture_gives_that_one(tmp_path: Path, make_clip: Callable[..., Path]) -> None:
    still = grab_still(camera(kind="file", path=str(make_clip(frames=1)), pace="fast"), config_dir=tmp_path)
    assert still.image is not None


def test_a_still_of_a_camera_that_is_in_use_comes_from_its_ring(tmp_path: Path) -> None:
    places = Places(tmp_path / "run", tmp_path)
    writer = RingWriter(places.ring("left"), 3, 48, 64)
    writer.write(np.full((48, 64, 3), 7, np.uint8), SystemClock().now())
    still = grab_still(camera(kind="v4l2", device="/dev/video-none"), config_dir=tmp_path, places=places)
    writer.close()
    assert still.image is not None
    assert (still.image == 7).all()


def test_a_picture_from_before_the_host_was_started_is_no_still(tmp_path: Path) -> None:
    places, now = Places(tmp_path / "run", tmp_path), SystemClock().now()
    writer = RingWriter(places.ring("left"), 3, 48, 64)
    writer.write(np.full((48, 64, 3), 7, np.uint8), Stamp(now.wall_ns, now.mono_ns + 3_600_000_000_000))
    still = grab_still(camera(kind="v4l2", device="/dev/video-none"), config_dir=tmp_path, places=places)
    writer.close()
    assert still.image is None


@pytest.mark.parametrize(("count", "columns", "rows"), [(1, 1, 1), (2, 2, 1), (3, 2, 2), (5, 3, 2)])
def test_the_sheet_shows_every_still(tmp_path: Path, count: int, columns: int, rows: int) -> None:
    red = np.zeros((360, 640, 3), np.uint8)
    red[:] = (0, 0, 255)
    write_sheet([Still(f"camera-{number}", red) for number in range(count)], tmp_path / "sheet.png")
    sheet = cv2.imread(str(tmp_path / "sheet.png"))
    assert sheet.shape == (rows * 300, columns * 480, 3)
    assert (sheet == (0, 0, 255)).all(axis=2).sum() == count * 480 * 270


def test_a_still_without_a_picture_says_why_on_the_sheet(tmp_path: Path) -> None:
    write_sheet([Still("left", None, "the camera is not there, " * 20)], tmp_path / "sheet.png")
    assert (cv2.imread(str(tmp_path / "sheet.png"))[:270] > 200).any()


def test_a_sheet_that_cannot_be_made_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(PainwatchError, match="no camera"):
        write_sheet([], tmp_path / "sheet.png")
    with pytest.raises(PainwatchError, match="cannot be written"):
        write_sheet([Still("left", None)], tmp_path / "none" / "sheet.png")


def test_a_terminal_gets_two_pixels_a_character() -> None:
    image = np.zeros((90, 160, 3), np.uint8)
    image[:45], image[45:] = (0, 0, 255), (255, 0, 0)
    text = as_text(image, columns=32)
    lines = text.plain.splitlines()
    assert [len(line) for line in lines] == [32] * 9
    assert {str(span.style) for span in text.spans[:32]} == {"#ff0000 on #ff0000"}
    assert {str(span.style) for span in text.spans[-32:]} == {"#0000ff on #0000ff"}

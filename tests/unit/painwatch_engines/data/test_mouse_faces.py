"""Reading and placing real close-ups, on a folder made in the test."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from painwatch_engines.anatomy import KEYPOINTS
from painwatch_engines.data.mouse_faces import CloseUp, place_in_frame, read_close_ups, shrunk_close_ups
from painwatch_engines.errors import ArtefactError

NOSE, LEFT_EYE = KEYPOINTS.index("nose"), KEYPOINTS.index("left_eye")

POINTS = {
    "nose tip": (20.0, 60.0),
    "eye top": (100.0, 20.0),
    "eye front": (90.0, 30.0),
    "eye bottom": (100.0, 40.0),
    "eye back": (110.0, 30.0),
    "lip": (50.0, 90.0),
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    header = ",".join(["frame", *(f"{name} {axis}" for name in POINTS for axis in "xy")])
    row = ",".join(["a.png", *(str(value) for point in POINTS.values() for value in point)])
    (tmp_path / "keypoints.csv").write_text(f"{header}\n{row}\n")
    picture = np.zeros((120, 160, 3), np.uint8)
    cv2.circle(picture, (20, 60), 16, (255, 255, 255), -1)
    cv2.imwrite(str(tmp_path / "a.png"), picture)
    return tmp_path


def close_up(folder: Path) -> CloseUp:
    (only,) = read_close_ups(folder)
    return only


def test_the_eye_is_the_middle_of_its_rim_and_the_rest_is_unlabelled(folder: Path) -> None:
    keypoints = close_up(folder).keypoints
    assert keypoints[NOSE].tolist() == [20.0, 60.0]
    assert keypoints[LEFT_EYE].tolist() == [100.0, 30.0]
    assert np.isnan(np.delete(keypoints, [NOSE, LEFT_EYE], axis=0)).all()


def test_missing_tables_columns_and_pictures_are_named(folder: Path) -> None:
    with pytest.raises(ArtefactError, match=r"keypoints\.csv"):
        read_close_ups(folder / "absent")
    (folder / "a.png").unlink()
    with pytest.raises(ArtefactError, match=r"a\.png.*cannot read the picture"):
        read_close_ups(folder)
    (folder / "keypoints.csv").write_text("frame,nose tip x\na.png,1\n")
    with pytest.raises(ArtefactError):
        read_close_ups(folder)


def test_a_column_less_is_named(folder: Path) -> None:
    table = (folder / "keypoints.csv").read_text().replace("eye top x", "eye lid x")
    (folder / "keypoints.csv").write_text(table)
    with pytest.raises(ArtefactError, match="eye top x"):
        read_close_ups(folder)


def test_a_placed_close_up_takes_its_keypoints_along(folder: Path) -> None:
    rng = np.random.default_rng(0)
    shown = 0
    for _ in range(20):
        image, keypoints = place_in_frame(close_up(folder), rng, 320, 180)
        assert image.shape == (180, 320, 3)
        x, y = keypoints[NOSE]
        if 2 <= x < 318 and 2 <= y < 178:
            patch = image[int(y) - 1 : int(y) + 2, int(x) - 1 : int(x) + 2]
            assert patch.mean() > 150, "the white nose is where its keypoint says"
            shown += 1
    assert shown > 5


def test_for_scoring_they_lie_in_the_middle_of_a_dark_frame(folder: Path) -> None:
    frames = shrunk_close_ups([close_up(folder)], 320)
    assert frames.images.shape == (1, 180, 320, 3)
    x, y = (round(float(value)) for value in frames.keypoints[0, NOSE])
    assert frames.images[0, y, x].min() > 200
    assert frames.labelled[0].sum() == 2

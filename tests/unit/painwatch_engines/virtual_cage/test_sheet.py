from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from painwatch_engines.virtual_cage import Identity
from painwatch_engines.virtual_cage.sheet import FACES, PITCHES, YAWS, face_sheet, main


def test_a_sheet_has_a_cell_for_every_face_and_yaw() -> None:
    sheet = face_sheet(Identity("rat", "white", 9003), "day", 48)
    assert sheet.shape == (48 * len(FACES), 48 * len(YAWS), 3)
    middle = len(YAWS) // 2
    calm, hurt = (sheet[48 * row + 16 : 48 * row + 48, 48 * middle : 48 * middle + 48].astype(int) for row in (0, 2))
    assert np.abs(calm - hurt).mean() > 2


def test_the_command_writes_what_it_was_asked_for(tmp_path: Path) -> None:
    out = tmp_path / "sheets"
    wanted = ["--species", "mouse", "--coat", "black", "--light", "infrared_night", "--size", "32", "--samples", "1"]
    main(["--out", str(out), *wanted])
    assert {path.name for path in out.iterdir()} == {
        "mouse_black_infrared_night.png",
        "mouse_black_infrared_night_pitch.png",
        "samples_face.png",
        "samples_frame.png",
    }
    pitched = cv2.imread(str(out / "mouse_black_infrared_night_pitch.png"))
    assert pitched.shape == (32 * 2 * len(PITCHES), 32 * len(YAWS), 3)

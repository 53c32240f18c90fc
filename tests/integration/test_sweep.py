"""The sweep on a real Ray, which is started, used and ended; nothing of it stays."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from fixtures.toy_faces import ANIMALS, write_toy_set

SCRIPT = """
import sys
from pathlib import Path

from painwatch_engines.evaluation.grid import Cell, Grid
from painwatch_engines.evaluation.runs import Asked
from painwatch_engines.evaluation.sweep import sweep
from painwatch_engines.training.fit import FitOptions

if __name__ == "__main__":
    grid = Grid((0.1,), (0.1, 0.2), (1,), Cell(0.1, 0.2, 1))
    asked = Asked(face_px=33, options=FitOptions(accelerator="cpu", epochs=1, progress=False))
    print(sweep(Path(sys.argv[1]), Path(sys.argv[2]), asked, grid))
"""


@pytest.mark.timeout(600)
def test_two_cells_are_judged_and_ray_is_gone_afterwards(tmp_path: Path) -> None:
    write_toy_set(tmp_path / "set", 2, ANIMALS[:2], rendered=True)
    script = tmp_path / "script.py"
    script.write_text(SCRIPT)
    # Ray warns in many places and starts threads that it leaves to the interpreter's end: a process of its own.
    command = [sys.executable, str(script), str(tmp_path / "set"), str(tmp_path / "out")]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=560, check=False)
    assert done.returncode == 0, done.stderr[-4000:]
    markdown = (tmp_path / "out" / "report.md").read_text()
    assert markdown.count("λ 0.1 |") == 2, "a row in the plane of δ and one in that of K_h"
    assert "Rendered animals; not validated on live animals." in markdown
    assert len(list((tmp_path / "out" / "folds").rglob("answers.npz"))) == 2 * 2
    assert not (tmp_path / "out" / "ray").exists()

"""The tutorial, run as it stands: every command of it, in its order, in an empty folder."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from fixtures.whole_watch import Watch, running_watch
from painwatch.core.live import Snapshot

PAGE = Path(__file__).parents[2] / "docs" / "tutorial.md"


def blocks(kind: str) -> list[str]:
    return re.findall(rf"^```{kind}\n(.*?)^```$", PAGE.read_text("utf-8"), re.MULTILINE | re.DOTALL)


@pytest.mark.timeout(600)
def test_from_recordings_to_a_running_model(tmp_path: Path) -> None:
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    for block in blocks("sh"):
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", block],
            cwd=tmp_path,
            env=os.environ | {"PATH": path},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{block}\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}"

    card = yaml.safe_load((tmp_path / "model" / "card.yaml").read_text("utf-8"))
    assert "not validated on live animals" in card["validation"]
    for report in ("judgement", "loro"):
        assert "not validated on live animals" in next((tmp_path / report).glob("*.md")).read_text("utf-8")
    assert list((tmp_path / "maps").rglob("*.png"))

    assert blocks("sh run") == ["painwatch run --config watch.yaml\n"]
    settings = yaml.safe_load((tmp_path / "watch.yaml").read_text("utf-8"))
    with running_watch(tmp_path, settings) as watch:
        assert _judged(watch), "the trained model scores the faces of the recording"
        watch.stop()


def _judged(watch: Watch) -> bool:
    def scored(snapshot: Snapshot) -> bool:
        return any(cage.last_scored_ns is not None for cage in snapshot.cages)

    snapshot, _ = watch.until(scored, what="a scored moment")
    return scored(snapshot)

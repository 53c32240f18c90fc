from __future__ import annotations

import csv
import resource
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import av
import numpy as np
import pytest

from painwatch_engines.virtual_cage import ClipError, Scenario, ScenarioError, open_view, render_clips
from painwatch_engines.virtual_cage.clips import COLUMNS, TABLE_NAME


def decoded(path: Path) -> list[np.ndarray]:
    with av.open(str(path)) as container:
        return [frame.to_ndarray(format="bgr24") for frame in container.decode(video=0)]


def test_clips_and_table_agree(small_demo: Scenario, tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    made = render_clips(
        small_demo,
        tmp_path / "new",
        duration_s=1.2,
        start_s=150.0,
        progress=lambda done, all_: told.append((done, all_)),
    )
    assert [path.name for path in made] == ["left.mp4", "right.mp4", TABLE_NAME]
    assert told == [(i, 12) for i in range(1, 13)]

    with made[-1].open(newline="", encoding="utf-8") as handle:
        rows = list(csv.DictReader(handle))
    assert tuple(rows[0]) == COLUMNS
    assert len(rows) == 12
    for name, path in zip(("left", "right"), made, strict=False):
        frames = decoded(path)
        assert len(frames) == 6
        view = open_view(small_demo, name)
        for index, row in enumerate(r for r in rows if r["camera"] == name):
            rendered = view.render(150.0 + index / small_demo.fps)
            assert int(row["frame"]) == index
            assert row["segment"] == "pain"
            assert row["pain"] == "1"
            assert float(row["t_s"]) == pytest.approx(rendered.truth.t_s, abs=1e-3)
            assert float(row["nose_x"]) == pytest.approx(rendered.truth.keypoints[0, 0], abs=0.01)
            assert row["left_eye_visible"] == str(int(rendered.truth.visible[1]))
            difference = np.abs(frames[index].astype(int) - rendered.image.astype(int)).mean()
            assert difference < 12  # compressed, but this very picture


def test_the_clip_runs_at_the_frame_rate(small_demo: Scenario, tmp_path: Path) -> None:
    clip, _ = render_clips(small_demo, tmp_path, cameras=["right"], duration_s=1.0)
    with av.open(str(clip)) as container:
        assert container.streams.video[0].average_rate == 5


def test_odd_picture_sizes_can_be_written(small_demo: Scenario, tmp_path: Path) -> None:
    odd = small_demo.cameras[0].model_copy(update={"width_px": 65, "height_px": 33})
    scenario = small_demo.model_copy(update={"cameras": (odd,)})
    clip, _ = render_clips(scenario, tmp_path, duration_s=0.4)
    assert decoded(clip)[0].shape == (33, 65, 3)


def test_nothing_to_render_is_refused(small_demo: Scenario, tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match=r"at least 0\.2 s"):
        render_clips(small_demo, tmp_path, duration_s=0.0)
    with pytest.raises(ScenarioError, match="no camera 'top'"):
        render_clips(small_demo, tmp_path, cameras=["top"], duration_s=1.0)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_a_file_is_refused(small_demo: Scenario, tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("")
    with pytest.raises(ClipError, match="taken"):
        render_clips(small_demo, tmp_path / "taken", duration_s=0.4)


@contextmanager
def little_room() -> Iterator[None]:
    """Files may not grow beyond 4 kB in this process, as on a disk that is full.

    Not a fixture: pytest would write its report, perhaps to a file, before the limit is lifted.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, ignored)


def test_no_room_is_told_and_nothing_half_written_stays(small_demo: Scenario, tmp_path: Path) -> None:
    with pytest.raises(ClipError, match="has room"), little_room():
        render_clips(small_demo, tmp_path, duration_s=3.0)
    assert list(tmp_path.iterdir()) == []

"""That what is looked at is drawn once, and repeated as it is."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest

from benchmarks import clips as drawn
from benchmarks.clips import Clip, clips, repeated


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Clip:
    (made,) = clips(tmp_path_factory.mktemp("cache"), 1, seconds=1.2, fps=5)
    return made


def test_a_clip_has_its_frames_and_their_truth(clip: Clip) -> None:
    images, (places, visible) = clip.images(), clip.truth()

    assert [image.shape for image in images] == [(360, 640, 3)] * 6
    assert (places.shape, visible.shape) == ((6, 5, 2), (6, 5))


def test_a_clip_is_drawn_once(clip: Clip) -> None:
    said: list[str] = []
    again = clips(clip.path.parent.parent, 1, seconds=1.2, fps=5, say=said.append)

    assert (again, said) == ([clip], [])


def test_more_clips_than_scenes_begin_again(monkeypatch: pytest.MonkeyPatch, clip: Clip) -> None:
    monkeypatch.setattr(drawn, "SCENES", (clip.scene,))

    assert clips(clip.path.parent.parent, 3, seconds=1.2, fps=5) == [clip, clip, clip]


def test_a_repeated_clip_goes_on_in_time(clip: Clip, tmp_path: Path) -> None:
    with av.open(str(repeated(clip, 3, tmp_path / "long.mp4"))) as container:
        frames = list(container.decode(video=0))

    assert [round(float(frame.time or 0.0), 3) for frame in frames] == [round(n / 5, 3) for n in range(18)]
    first = clip.images()[0]
    assert np.array_equal(frames[6].to_ndarray(format="bgr24"), first)


def test_the_first_frames_of_a_clip_can_be_repeated_alone(clip: Clip, tmp_path: Path) -> None:
    with av.open(str(repeated(clip, 2, tmp_path / "short.mp4", frames=3))) as container:
        assert len(list(container.decode(video=0))) == 6

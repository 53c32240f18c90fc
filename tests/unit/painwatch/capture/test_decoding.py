"""Streams that no decoder here knows, or whose pictures would fill the memory."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from painwatch.capture import decoding
from painwatch.capture.av_file import FileSource
from painwatch.capture.av_live import AvLiveSource
from painwatch.capture.av_options import AvInput
from painwatch.capture.source import Source
from painwatch.core.clock import SystemClock
from painwatch.core.errors import SourceError, SourceFault

pytestmark = pytest.mark.usefixtures("no_thread_left")


def as_file(path: Path) -> Source:
    return FileSource(path, pace="fast", loop=False, epoch=path.with_name("epoch"), clock=SystemClock(), started_ns=0)


def as_camera(path: Path) -> Source:
    return AvLiveSource(AvInput(str(path), "camera"), open_timeout_s=20, read_timeout_s=20, clock=SystemClock())


def fault_of(source: Source) -> SourceError:
    def opened_and_read() -> None:
        source.open()
        source.read()

    try:
        with pytest.raises(SourceError) as caught:
            opened_and_read()
    finally:
        source.close()
    return caught.value


@pytest.mark.parametrize("opened", [as_file, as_camera])
def test_a_codec_that_nobody_knows_is_a_codec_fault(
    make_clip: Callable[..., Path], opened: Callable[[Path], Source]
) -> None:
    clip = make_clip(name="clip.avi")
    data = clip.read_bytes()
    assert data.count(b"H264") >= 2
    clip.write_bytes(data.replace(b"H264", b"Q\x01Z!"))
    error = fault_of(opened(clip))
    assert error.fault is SourceFault.CODEC
    assert "not known" in error.what


@pytest.mark.parametrize("opened", [as_file, as_camera])
def test_pictures_larger_than_any_camera_has_are_a_codec_fault(
    make_clip: Callable[..., Path], opened: Callable[[Path], Source], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(decoding, "MOST_PIXELS", 160 * 120 - 1)
    error = fault_of(opened(make_clip()))
    assert error.fault is SourceFault.CODEC
    assert "160 x 120 px" in error.what

"""A recording of the hub's inputs."""

from __future__ import annotations

import contextlib
import resource
from pathlib import Path

import pytest

from fixtures.looks import NOON, look, phase
from painwatch.core.errors import WireError
from painwatch.core.messages import Message
from painwatch.core.types import CameraPhase, Status, Tick
from painwatch.hub.recording import Recorder, read_recording

MESSAGES: tuple[Message, ...] = (
    look("left", NOON, 0.1 + 0.2),
    Tick(NOON),
    phase("left", CameraPhase.ENDED),
    look("left", NOON, Status.NO_FACE),
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "inputs.pw"
    with contextlib.closing(Recorder(path)) as recorder:
        for message in MESSAGES:
            recorder.add(message)
    return path


def test_messages_come_back_in_order(path: Path) -> None:
    assert tuple(read_recording(path)) == MESSAGES


def test_a_recording_that_was_cut_off_ends_before_the_cut(path: Path) -> None:
    data = path.read_bytes()
    path.write_bytes(data[:-1])
    assert tuple(read_recording(path)) == MESSAGES[:-1]
    path.write_bytes(data + b"\x00\x00")
    assert tuple(read_recording(path)) == MESSAGES


def test_a_file_that_is_no_recording_is_told(path: Path) -> None:
    path.write_bytes(b"not a recording at all")
    with pytest.raises(WireError):
        tuple(read_recording(path))
    path.write_bytes(b"\x00\x00\x00\x04junk")
    with pytest.raises(WireError):
        tuple(read_recording(path))


def test_a_recording_is_never_written_over(path: Path) -> None:
    with pytest.raises(FileExistsError):
        Recorder(path)


def test_a_disk_that_fails_ends_the_recording_and_nothing_else(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    recorder = Recorder(tmp_path / "inputs.pw")
    recorder.add(MESSAGES[0])
    unlimited = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (150, unlimited[1]))
    try:
        for message in MESSAGES:
            recorder.add(message)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, unlimited)
    recorder.close()
    assert [record.levelname for record in caplog.records] == ["ERROR"]
    assert tuple(read_recording(tmp_path / "inputs.pw")) == MESSAGES[:1]

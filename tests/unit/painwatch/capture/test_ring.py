"""The frame ring: what is written is read, whole or not at all, across restarts and full file systems."""

from __future__ import annotations

import errno
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from painwatch.capture import ring_file
from painwatch.capture import ring_layout as layout
from painwatch.capture.ring import RingReader, RingWriter
from painwatch.core.clock import Stamp
from painwatch.core.errors import RingError
from painwatch.core.types import Image

HEIGHT, WIDTH, SLOTS = 48, 64, 4

WRITE = """
import os, sys
from pathlib import Path
import numpy as np
from painwatch.capture.ring import RingWriter
from painwatch.core.clock import Stamp
frames, height, width = map(int, sys.argv[2:])
writer = RingWriter(Path(sys.argv[1]), 3, height, width)
for number in range(1, frames + 1):
    writer.write(np.full((height, width, 3), number % 251, np.uint8), Stamp(number, number))
"""


def picture(number: int, height: int = HEIGHT, width: int = WIDTH) -> Image:
    return np.full((height, width, 3), number % 251, np.uint8)


def stamp(number: int) -> Stamp:
    return Stamp(wall_ns=1_700_000_000_000_000_000 + number, mono_ns=number)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "run" / "frames" / "cage-1-left.ring"


@pytest.fixture
def writer(path: Path) -> Iterator[RingWriter]:
    ring = RingWriter(path, SLOTS, HEIGHT, WIDTH)
    yield ring
    ring.close()


@pytest.fixture
def reader(path: Path) -> Iterator[RingReader]:
    ring = RingReader(path)
    yield ring
    ring.close()


def fill(writer: RingWriter, count: int) -> None:
    for _ in range(count):
        number = writer.newest + 1
        assert writer.write(picture(number), stamp(number)) == number


def test_what_is_written_is_read_back_with_its_stamps(writer: RingWriter, reader: RingReader) -> None:
    fill(writer, 3)
    frame = reader.newest()
    assert frame is not None
    assert (frame.camera, frame.seq, frame.wall_ns, frame.mono_ns) == ("cage-1-left", 3, stamp(3).wall_ns, 3)
    assert np.array_equal(frame.image, picture(3))


def test_the_stamp_of_the_newest_frame_is_told_without_the_frame(writer: RingWriter, reader: RingReader) -> None:
    assert reader.newest_stamp() is None
    for number in (1, 2):
        writer.write(picture(number), stamp(number))
    assert reader.newest_stamp() == (2, stamp(2))


def test_no_stamp_is_told_of_a_frame_that_is_being_overwritten(writer: RingWriter, reader: RingReader) -> None:
    writer.write(picture(1), stamp(1))
    writer._slots[1][0][layout.BEGIN] = 1 + SLOTS
    assert reader.newest_stamp() is None


def test_a_frame_is_a_copy_that_later_writes_leave_alone(writer: RingWriter, reader: RingReader) -> None:
    fill(writer, 1)
    kept = reader.at(1)
    fill(writer, SLOTS)
    assert kept is not None
    assert np.array_equal(kept.image, picture(1))
    assert reader.at(1) is None


def test_no_ring_and_an_empty_ring_have_no_frame(path: Path, reader: RingReader) -> None:
    assert (reader.newest(), reader.at(1), reader.next_after(0), reader.acknowledged) == (None, None, None, 0)
    reader.acknowledge(1)
    writer = RingWriter(path, SLOTS, HEIGHT, WIDTH)
    assert (reader.newest(), reader.at(0), reader.at(1), reader.next_after(0)) == (None, None, None, None)
    writer.close()


@given(written=st.integers(0, 20), after=st.integers(0, 25))
@settings(max_examples=40, deadline=None)
def test_next_after_gives_the_oldest_unread_frame(
    tmp_path_factory: pytest.TempPathFactory, written: int, after: int
) -> None:
    path = tmp_path_factory.mktemp("ring") / "c.ring"
    writer, reader = RingWriter(path, SLOTS, 2, 2), RingReader(path)
    for number in range(1, written + 1):
        writer.write(picture(number, 2, 2), stamp(number))
    frame = reader.next_after(after)
    held = [seq for seq in range(1, written + 1) if seq > written - SLOTS]
    unread = [seq for seq in held if seq > after] if after <= written else held
    assert (frame and frame.seq) == (unread[0] if unread else None)
    reader.close()
    writer.close()


def test_a_reader_follows_a_ring_that_is_replaced_by_one_of_another_size(path: Path, reader: RingReader) -> None:
    first = RingWriter(path, SLOTS, HEIGHT, WIDTH)
    fill(first, 5)
    assert reader.newest() is not None
    first.close(unlink=False)
    second = RingWriter(path, SLOTS, 2 * HEIGHT, WIDTH)
    assert reader.newest() is None
    second.write(picture(1, 2 * HEIGHT), stamp(6))
    frame = reader.newest()
    assert frame is not None
    assert (frame.seq, frame.image.shape) == (6, (2 * HEIGHT, WIDTH, 3))
    second.close()
    assert reader.newest() is None


def test_numbers_go_on_after_a_writer_that_was_killed(path: Path, reader: RingReader) -> None:
    child = subprocess.run([sys.executable, "-c", WRITE + "os._exit(9)", str(path), "7", "48", "64"], check=False)
    assert child.returncode == 9
    assert path.exists()
    writer = RingWriter(path, SLOTS, HEIGHT, WIDTH)
    assert writer.write(picture(8), stamp(8)) == 8
    frame = reader.next_after(7)
    assert frame is not None
    assert frame.seq == 8
    writer.close()


def test_a_second_writer_is_refused(path: Path, writer: RingWriter) -> None:
    fill(writer, 1)
    with pytest.raises(RingError, match="another process already writes"):
        RingWriter(path, SLOTS, HEIGHT, WIDTH)
    fill(writer, 1)


def test_close_twice_is_fine_and_leaves_a_newer_ring_alone(path: Path) -> None:
    first = RingWriter(path, SLOTS, HEIGHT, WIDTH)
    path.unlink()
    second = RingWriter(path, SLOTS, HEIGHT, WIDTH)
    first.close()
    first.close()
    assert path.exists()
    second.close()
    assert not path.exists()


def test_folders_and_file_are_for_this_user_only(path: Path, writer: RingWriter) -> None:
    fill(writer, 1)
    modes = [place.stat().st_mode & 0o777 for place in (path, path.parent, path.parent.parent)]
    assert modes == [0o600, 0o700, 0o700]


@pytest.mark.parametrize("content", [b"", b"short", b"x" * 10_000])
def test_a_file_that_is_no_ring_is_an_error_to_read_and_is_replaced_to_write(
    path: Path, reader: RingReader, content: bytes
) -> None:
    path.parent.mkdir(parents=True)
    path.write_bytes(content)
    with pytest.raises(RingError, match="is not a frame ring"):
        reader.newest()
    writer = RingWriter(path, SLOTS, HEIGHT, WIDTH)
    fill(writer, 1)
    assert reader.newest() is not None
    writer.close()


def test_a_file_that_cannot_be_read_is_an_error_that_says_so(path: Path, reader: RingReader) -> None:
    path.mkdir(parents=True)
    with pytest.raises(RingError, match="cannot be read"):
        reader.newest()
    with pytest.raises(RingError, match="cannot make way"):
        RingWriter(path, SLOTS, HEIGHT, WIDTH)
    assert list(path.parent.iterdir()) == [path]
    path.rmdir()
    path.symlink_to(path)
    with pytest.raises(RingError, match="cannot be read"):
        reader.newest()
    path.unlink()
    assert reader.newest() is None


@pytest.mark.parametrize(("word", "match"), [(1, "layout 99"), (2, "its header tells")])
def test_a_ring_of_another_layout_is_an_error(
    path: Path, writer: RingWriter, reader: RingReader, word: int, match: str
) -> None:
    fill(writer, 1)
    with path.open("r+b") as file:
        file.seek(8 * word)
        file.write((99).to_bytes(8, "little"))
    with pytest.raises(RingError, match=match):
        reader.newest()


def test_a_full_file_system_is_an_error_that_says_so_and_leaves_nothing(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(ring_file.os, "posix_fallocate", full)
    with pytest.raises(RingError, match=r"no room for 4 frames of 64 x 48 px .*No space left.*ring_slots"):
        RingWriter(path, SLOTS, HEIGHT, WIDTH)
    assert list(path.parent.iterdir()) == []


@pytest.mark.parametrize("image", [picture(1, HEIGHT + 1), picture(1).astype(np.float32)])
def test_a_frame_of_another_shape_or_type_is_refused(writer: RingWriter, image: Image) -> None:
    with pytest.raises(RingError, match="holds uint8 frames"):
        writer.write(image, stamp(1))
    assert writer.newest == 0


def test_a_recording_waits_for_its_consumer_and_loses_nothing(writer: RingWriter, reader: RingReader) -> None:
    stop, total = threading.Event(), 40

    def produce() -> None:
        for number in range(1, total + 1):
            writer.write_when_free(picture(number), stamp(number), stop)

    producer = threading.Thread(target=produce)
    producer.start()
    seen: list[int] = []
    while len(seen) < total and producer.is_alive() | (writer.newest > len(seen)):
        frame = reader.next_after(seen[-1] if seen else 0)
        if frame is None:
            stop.wait(0.001)
            continue
        seen.append(frame.seq)
        reader.acknowledge(frame.seq)
    producer.join()
    assert seen == list(range(1, total + 1))
    assert reader.acknowledged == total


def test_a_recording_that_nobody_reads_can_be_stopped(writer: RingWriter) -> None:
    stop = threading.Event()
    fill(writer, SLOTS)
    stop.set()
    assert writer.write_when_free(picture(9), stamp(9), stop) is None
    assert writer.newest == SLOTS


def test_two_processes_at_full_speed_give_no_torn_frame(path: Path, reader: RingReader) -> None:
    frames = 1500
    command = [sys.executable, "-c", WRITE + "sys.stdin.read(); writer.close()", str(path), str(frames), "720", "1280"]
    newest = read = 0
    with subprocess.Popen(command, stdin=subprocess.PIPE) as child:
        while newest < frames and child.poll() is None:
            # Reading the slot that is written next, too, makes the writer run into the copy as often as it can.
            for frame in (reader.newest(), reader.next_after(max(0, newest - 2))):
                if frame is not None:
                    read += 1
                    newest = max(newest, frame.seq)
                    assert (frame.image == frame.seq % 251).all()
                    assert frame.mono_ns == frame.seq
        child.communicate()
    assert child.returncode == 0
    assert newest == frames
    assert read > 10

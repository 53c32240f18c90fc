"""Where pictures go when a camera changes its resolution."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np

from painwatch.capture.outlet import Outlet
from painwatch.capture.ring import RingReader
from painwatch.capture.source import Grab
from painwatch.core.clock import Stamp


def grab(height: int) -> Grab:
    return Grab(np.full((height, 64, 3), height, np.uint8), Stamp(height, height))


def test_a_new_resolution_gets_a_new_ring_whose_numbers_go_on(tmp_path: Path) -> None:
    path = tmp_path / "frames" / "left.ring"
    outlet, reader = Outlet(path, 3, threading.Event()), RingReader(path)
    for height in (48, 48, 96):
        outlet.put(grab(height))
    frame = reader.newest()
    assert frame is not None
    assert (frame.seq, frame.image.shape) == (3, (96, 64, 3))
    outlet.close(unlink=True)
    assert not path.exists()


def test_a_recording_changes_its_ring_only_when_the_old_one_was_read(tmp_path: Path) -> None:
    path, stop = tmp_path / "left.ring", threading.Event()
    outlet, reader = Outlet(path, 3, stop), RingReader(path)
    assert outlet.put_when_free(grab(48))
    changing = threading.Thread(target=outlet.put_when_free, args=(grab(96),))
    changing.start()
    frame = reader.next_after(0)
    assert frame is not None
    assert frame.image.shape == (48, 64, 3)
    reader.acknowledge(frame.seq)
    changing.join()
    frame = reader.next_after(frame.seq)
    assert frame is not None
    assert (frame.seq, frame.image.shape) == (2, (96, 64, 3))
    stop.set()
    assert not outlet.put_when_free(grab(48))
    outlet.close(unlink=True)

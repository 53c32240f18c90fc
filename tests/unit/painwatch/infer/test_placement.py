"""A worker keeps to its cores where the host lets it, and runs all the same where not."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator

import cv2
import pytest

from painwatch.infer.placement import place


@pytest.fixture(autouse=True)
def opencv_as_before() -> Iterator[None]:
    threads = cv2.getNumThreads()
    yield
    cv2.setNumThreads(threads)


def in_a_thread(work: Callable[[], None]) -> set[int]:
    """The cores that a thread may use after it has done `work`."""
    cores: set[int] = set()

    def run() -> None:
        work()
        cores.update(os.sched_getaffinity(0))

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    return cores


def test_it_is_held_to_its_cores_and_threads() -> None:
    one = min(os.sched_getaffinity(0))
    assert in_a_thread(lambda: place((one,), 1)) == {one}
    assert cv2.getNumThreads() == 1


def test_unset_it_may_use_every_core() -> None:
    assert in_a_thread(lambda: place(None, 2)) == os.sched_getaffinity(0)
    assert cv2.getNumThreads() == 2


def test_a_core_that_the_host_has_not_is_said_and_no_end(caplog: pytest.LogCaptureFixture) -> None:
    assert in_a_thread(lambda: place((1000,), 1)) == os.sched_getaffinity(0)
    assert "not held to cores 1000" in caplog.text
    assert "CPUAffinity=" in caplog.text

"""On which cores and with how many threads a worker computes."""

from __future__ import annotations

import logging
import os

import cv2

log = logging.getLogger(__name__)


def place(cores: tuple[int, ...] | None, threads: int) -> None:
    """Hold the calling thread, and those it starts, to `cores` (all if None); OpenCV to `threads` threads.

    Where the host does not let it, or has no such core, the worker runs unplaced and its log says so.
    """
    cv2.setNumThreads(threads)
    if cores is None:
        return
    try:
        os.sched_setaffinity(0, cores)
    except OSError as error:
        listed = ", ".join(map(str, cores))
        log.warning(
            "not held to cores %s (%s): this host has cores %s; under systemd, use CPUAffinity= in a drop-in",
            listed,
            error.strerror or error,
            ", ".join(map(str, sorted(os.sched_getaffinity(0)))),
        )

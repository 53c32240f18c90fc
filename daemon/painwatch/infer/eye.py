"""One camera as a worker sees it: its next frame, and whether its ring can be used."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass

from painwatch.capture.ring import RingReader
from painwatch.core.clock import Clock
from painwatch.core.errors import RingError
from painwatch.core.types import Frame
from painwatch.infer.schedule import Sampling

log = logging.getLogger(__name__)

OLD_NS = 2_000_000_000
"""A live frame older than this when it is first seen was left by a capture process that is gone: nothing to judge."""


@dataclass(slots=True)
class Eye:
    """One camera. `recording`: nothing may be lost of it. `ring_fault`: why its frames cannot be had, or ""."""

    cage: str
    camera: str
    recording: bool
    reader: RingReader
    sampling: Sampling
    last_seq: int = 0
    ring_fault: str = ""


def next_frame(eye: Eye, clock: Clock) -> Frame | None:
    """A frame that was not seen before: the oldest of a recording, the newest of a live camera."""
    frame = _unless_it_fails(eye, lambda: _next(eye, clock))
    if frame is not None:
        eye.last_seq = frame.seq
    return frame


def done_with(eye: Eye, frame: Frame) -> None:
    """Lets the writer of a recording go on."""
    _unless_it_fails(eye, lambda: _acknowledge(eye.reader, frame.seq))


def _unless_it_fails(eye: Eye, step: Callable[[], Frame | None]) -> Frame | None:
    """What `step` gives. A ring that cannot be used, for whatever reason, is said of its own camera only."""
    try:
        frame = step()
    except Exception as error:
        fault = str(error) if isinstance(error, RingError) else f"its frames cannot be read ({error})"
        if fault != eye.ring_fault:
            log.error("camera %s: %s", eye.camera, fault)
        eye.ring_fault = fault
        return None
    if frame is None or not eye.recording:
        # A recording's frame is done with only when that could be said to its writer.
        eye.ring_fault = ""
    return frame


def _next(eye: Eye, clock: Clock) -> Frame | None:
    if eye.recording:
        # What the ring says, not what was seen last: a ring made after a clean stop counts from 1 again.
        return eye.reader.next_after(eye.reader.acknowledged)
    if eye.reader.newest_seq in (0, eye.last_seq):
        return None
    frame = eye.reader.newest()
    # A negative age is that of a frame from before the host was started.
    if frame is not None and not 0 <= clock.now().mono_ns - frame.mono_ns <= OLD_NS:
        eye.last_seq = frame.seq
        return None
    return frame


def _acknowledge(reader: RingReader, seq: int) -> None:
    # While the frame was judged its ring may have made way for one that counts from 1 again; to acknowledge there
    # what it does not hold would let its writer go on over frames that nobody has seen.
    if seq <= reader.newest_seq:
        reader.acknowledge(seq)

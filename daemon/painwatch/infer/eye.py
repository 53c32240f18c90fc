"""One camera as a worker sees it: whether a frame waits, its next frame, and whether its ring can be used."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from painwatch.capture.ring import RingReader
from painwatch.core.clock import Clock, Stamp
from painwatch.core.errors import RingError
from painwatch.core.types import Frame
from painwatch.infer import schedule
from painwatch.infer.memory import Memory
from painwatch.infer.owed import Owed
from painwatch.infer.schedule import Sampling

log = logging.getLogger(__name__)

OLD_NS = 2_000_000_000
"""A live frame older than this when it is first seen was left by a capture process that is gone: nothing to judge."""


@dataclass(slots=True)
class Eye:
    """One camera. `recording`: nothing may be lost of it. `ring_fault`: why its frames cannot be had, or "".

    `last_seq`: the last frame that was seen at all, `judged_seq`: the last one that was looked at. `clear_ns`: when no
    frame waited last, by the wall clock.
    """

    cage: str
    camera: str
    recording: bool
    reader: RingReader
    sampling: Sampling
    last_seq: int = 0
    judged_seq: int = 0
    clear_ns: int | None = None
    ring_fault: str = ""
    owed: Owed = field(default_factory=Owed)
    memory: Memory = field(default_factory=Memory)


_Got = TypeVar("_Got")


def waits(eye: Eye, clock: Clock) -> bool:
    """Whether a frame waits to be looked at. None is copied to tell."""
    waiting = bool(_unless_it_fails(eye, lambda: _waits(eye, clock)))
    if not waiting and not eye.ring_fault:
        eye.clear_ns = clock.now().wall_ns
    return waiting


def take(eye: Eye, clock: Clock) -> Frame | None:
    """A frame to look at: the oldest of a recording's that is wanted, the newest of a live camera.

    From here on it counts as judged, and the cells before it that nobody looked at as lost.
    """
    frame = _unless_it_fails(eye, lambda: _next(eye, clock))
    while frame is not None and not schedule.wants(eye.sampling, frame.wall_ns):
        eye.last_seq = frame.seq
        if not eye.recording:
            return None
        done_with(eye, frame)
        frame = None if eye.ring_fault else _unless_it_fails(eye, lambda: _next(eye, clock))
    if frame is not None:
        _judged(eye, frame, clock.now())
    return frame


def overrun(eye: Eye, now: Stamp) -> float:
    """Share of the looks of the last minute that were owed to this camera and not taken, for want of time."""
    return round(eye.owed.overrun(now.mono_ns // 10**9), 4)


def done_with(eye: Eye, frame: Frame) -> None:
    """Lets the writer of a recording go on."""
    _unless_it_fails(eye, lambda: _acknowledge(eye.reader, frame.seq))


def _judged(eye: Eye, frame: Frame, now: Stamp) -> None:
    # Of a recording nothing is ever lost: it waits.
    between = 0 if eye.recording else frame.seq - eye.judged_seq - 1
    lost = schedule.unseen(eye.sampling, frame.wall_ns, between, eye.clear_ns)
    eye.owed.count(now.mono_ns // 10**9, done=1, lost=lost)
    eye.sampling = schedule.judged(eye.sampling, frame.wall_ns)
    eye.last_seq = eye.judged_seq = frame.seq


def _unless_it_fails(eye: Eye, step: Callable[[], _Got | None]) -> _Got | None:
    """What `step` gives. A ring that cannot be used, for whatever reason, is said of its own camera only."""
    try:
        got = step()
    except Exception as error:
        fault = str(error) if isinstance(error, RingError) else f"its frames cannot be read ({error})"
        if fault != eye.ring_fault:
            log.error("camera %s: %s", eye.camera, fault)
        eye.ring_fault = fault
        return None
    if got is None or not eye.recording:
        # A recording's frame is done with only when that could be said to its writer.
        eye.ring_fault = ""
    return got


def _waits(eye: Eye, clock: Clock) -> bool | None:
    if eye.recording:
        return eye.reader.newest_seq > eye.reader.acknowledged or None
    newest = eye.reader.newest_stamp()
    if newest is None or newest[0] == eye.last_seq:
        return None
    seq, stamp = newest
    # A negative age is that of a frame from before the host was started.
    if not 0 <= clock.now().mono_ns - stamp.mono_ns <= OLD_NS or not schedule.wants(eye.sampling, stamp.wall_ns):
        eye.last_seq = seq
        return None
    return True


def _next(eye: Eye, clock: Clock) -> Frame | None:
    if eye.recording:
        # What the ring says, not what was seen last: a ring made after a clean stop counts from 1 again.
        return eye.reader.next_after(eye.reader.acknowledged)
    frame = eye.reader.newest()
    # It may have been exchanged for one that is left behind since it was seen to wait.
    return frame if frame is not None and 0 <= clock.now().mono_ns - frame.mono_ns <= OLD_NS else None


def _acknowledge(reader: RingReader, seq: int) -> None:
    # While the frame was judged its ring may have made way for one that counts from 1 again; to acknowledge there
    # what it does not hold would let its writer go on over frames that nobody has seen.
    if seq <= reader.newest_seq:
        reader.acknowledge(seq)

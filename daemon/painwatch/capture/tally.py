"""What a capture process knows of its camera, written by the thread that reads and told by the one that watches."""

from __future__ import annotations

import threading
from collections import deque

from painwatch.capture.source import Grab
from painwatch.core.clock import Stamp
from painwatch.core.errors import PainwatchError, SourceError
from painwatch.core.types import CameraPhase, CameraState

RATE_WINDOW_S = 5.0
"""Frames a second are counted over so long."""


class Tally:
    """Phase, fault and counts of one camera. Every method may be called from any thread."""

    def __init__(self, cage: str, camera: str, now: Stamp) -> None:
        self._cage, self._camera = cage, camera
        self._lock = threading.Lock()
        self._phase, self._since_ns = CameraPhase.CONNECTING, now.wall_ns
        self._fault = self._detail = ""
        self._frames = self._dropped = self._corrupt = self._reconnects = 0
        self._recent: deque[tuple[int, int]] = deque()
        self._width = self._height = 0
        self._busy: tuple[int, float] | None = None
        self._waiting = False

    def got(self, grab: Grab, now: Stamp) -> None:
        """A picture came and is in the ring; with it came those that were passed over."""
        with self._lock:
            self._enter(CameraPhase.LIVE, "", "", now)
            self._frames += grab.came
            self._dropped += grab.dropped
            self._corrupt += grab.corrupt
            self._height, self._width = grab.image.shape[:2]
            self._recent.append((now.mono_ns, grab.came))

    def lost(self, error: PainwatchError, now: Stamp) -> None:
        """No pictures, for the reason that `error` tells."""
        with self._lock:
            self._enter(CameraPhase.LOST, error.fault if isinstance(error, SourceError) else "", str(error), now)

    def ended(self, error: SourceError, now: Stamp) -> None:
        """The recording is over; what was read stays."""
        with self._lock:
            self._enter(CameraPhase.ENDED, error.fault, str(error), now)

    def reconnecting(self) -> None:
        """One more attempt at a camera that was there, or never was."""
        with self._lock:
            self._reconnects += 1

    def busy(self, limit_s: float, now: Stamp) -> None:
        """A step has begun that should not take longer than `limit_s`."""
        with self._lock:
            self._busy, self._waiting = (now.mono_ns, limit_s), False

    def idle(self, *, waiting: bool = False) -> None:
        """Nothing is under way that could hang; `waiting`: for the consumer of a recording."""
        with self._lock:
            self._busy, self._waiting = None, waiting

    def stuck_for_s(self, now: Stamp) -> float | None:
        """How long the present step has taken, if that is longer than it may."""
        with self._lock:
            if self._busy is None:
                return None
            taken_s = (now.mono_ns - self._busy[0]) / 1e9
            return taken_s if taken_s > self._busy[1] else None

    def state(self, now: Stamp) -> CameraState:
        """The message that tells all this."""
        with self._lock:
            while self._recent and now.mono_ns - self._recent[0][0] > RATE_WINDOW_S * 1e9:
                self._recent.popleft()
            return CameraState(
                cage=self._cage,
                camera=self._camera,
                phase=self._phase,
                time_ns=now.wall_ns,
                since_ns=self._since_ns,
                fault=self._fault,
                detail=self._detail or self._remark(),
                frames=self._frames,
                dropped=self._dropped,
                reconnects=self._reconnects,
                frames_per_s=self._rate(),
                width_px=self._width,
                height_px=self._height,
            )

    def _enter(self, phase: CameraPhase, fault: str, detail: str, now: Stamp) -> None:
        if phase is not self._phase:
            self._since_ns = now.wall_ns
            self._recent.clear()
        self._phase, self._fault, self._detail = phase, str(fault), detail

    def _rate(self) -> float:
        # From interval to interval, so that it is right from the second frame on.
        if len(self._recent) < 2 or self._phase is not CameraPhase.LIVE:
            return 0.0
        (first_ns, first), (last_ns, _) = self._recent[0], self._recent[-1]
        return (sum(came for _, came in self._recent) - first) / max(1e-9, (last_ns - first_ns) / 1e9)

    def _remark(self) -> str:
        if self._waiting and self._phase is CameraPhase.LIVE:
            return "waits until its pictures have been looked at"
        return f"{self._corrupt} pictures could not be decoded so far" if self._corrupt else ""

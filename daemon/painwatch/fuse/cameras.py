"""Pairs the looks of a cage's cameras by capture time.

A moment begins at the earliest look that is not used yet, t0. It takes from every camera that camera's earliest look
within t0 .. t0 + pairing window, and never two of one camera. It closes

- as soon as every camera is in it, or was seen past its window, or has ended; or
- when event time passes t0 + pairing window + lateness: a camera that is silent is not waited for any longer.

Event time is the latest time told by any camera or Tick. So the moments do not depend on how the cameras' streams are
interleaved, as long as each is in order and none lags event time by more than the lateness.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from painwatch.core.types import CameraShare, FusedPoint, Prediction, Status, UnitScore
from painwatch.fuse.rules import Rule, fuse_scores
from painwatch.fuse.status import fused_status
from painwatch.fuse.units import mean_units

CLOCK_STEP_NS = 10_000_000_000
"""A Tick this far before event time means that the wall clock was set back (or that a camera told a time to come)."""

_NEVER = -1


@dataclass(frozen=True, slots=True)
class CageSetup:
    """What fusion needs to know of a cage.

    `lateness_ns` None: a moment waits for all cameras however long it takes, and Ticks do not move event time (for
    recordings that are read as fast as they can be scored). `expected`: looks in a whole minute.
    """

    cage: str
    cameras: tuple[str, ...]
    pairing_window_ns: int
    lateness_ns: int | None
    expected: int
    rule: Rule = "sum"
    decision_threshold: float = 0.5


@dataclass(frozen=True, slots=True)
class _Look:
    time_ns: int
    status: Status
    pain_probability: float | None
    units: tuple[UnitScore, ...]
    model: str
    repeated: bool


@dataclass(slots=True)
class _Camera:
    """`horizon_ns`: a look at or before it comes too late."""

    name: str
    waiting: deque[_Look] = field(default_factory=deque)
    newest_ns: int = _NEVER
    horizon_ns: int = _NEVER
    ended: bool = False


class Fuser:
    """The looks of one cage that are not fused yet. `late` counts looks that came too late to be used."""

    def __init__(self, setup: CageSetup) -> None:
        self.setup = setup
        self.late = 0
        self.event_ns = _NEVER
        self._cameras = {name: _Camera(name) for name in setup.cameras}

    @property
    def pending(self) -> int:
        """Looks that wait for their moment to close."""
        return sum(len(camera.waiting) for camera in self._cameras.values())

    @property
    def finished(self) -> bool:
        """Whether every camera has ended and nothing waits."""
        return all(camera.ended and not camera.waiting for camera in self._cameras.values())

    @property
    def settled_ns(self) -> int:
        """No later point will have a time before this one; -1 while nothing can be said."""
        bounds = [
            camera.waiting[0].time_ns if camera.waiting else camera.horizon_ns + 1
            for camera in self._cameras.values()
            if camera.waiting or not camera.ended
        ]
        by_cameras = _NEVER if any(bound <= 0 for bound in bounds) else min(bounds, default=_NEVER)
        return max(by_cameras, self._too_late_before_ns)

    def look(self, prediction: Prediction) -> tuple[FusedPoint, ...]:
        """Takes a look of a camera of this cage; gives the moments that it closes, in order of time.

        A camera's looks must come in order of time: one that is not later than the camera's last, or that belongs to
        a moment already closed, is counted in `late` and not used.
        """
        camera = self._cameras[prediction.camera]
        time_ns = prediction.time_ns
        if time_ns <= max(camera.newest_ns, camera.horizon_ns) or time_ns < self._too_late_before_ns:
            self.late += 1
        else:
            camera.newest_ns, camera.ended = time_ns, False
            camera.waiting.append(
                _Look(
                    time_ns,
                    prediction.status,
                    prediction.pain_probability,
                    prediction.units,
                    prediction.model,
                    prediction.repeated_ms > 0,
                )
            )
            self.event_ns = max(self.event_ns, time_ns)
        return tuple(self._close())

    def tick(self, time_ns: int) -> tuple[FusedPoint, ...]:
        """Moves event time; gives the moments that this closes.

        A wall clock that was set back by more than CLOCK_STEP_NS closes all that waits and begins anew from there:
        else everything would come too late until the clock has caught up.
        """
        if self.setup.lateness_ns is None:
            return ()
        if time_ns < self.event_ns - CLOCK_STEP_NS:
            points = tuple(self._close(all_of_it=True))
            for camera in self._cameras.values():
                camera.newest_ns = camera.horizon_ns = _NEVER
            self.event_ns = time_ns
            return points
        self.event_ns = max(self.event_ns, time_ns)
        return tuple(self._close())

    def end(self, camera: str) -> tuple[FusedPoint, ...]:
        """No more looks of `camera` are waited for; one that comes all the same takes it up again."""
        self._cameras[camera].ended = True
        return tuple(self._close())

    def resume(self, last: FusedPoint) -> None:
        """Takes the cage's last known point as closed, so that its moment is not made a second time."""
        self.event_ns = max(self.event_ns, last.time_ns)
        self._pass(last.time_ns, {share.camera: last.time_ns for share in last.shares})

    @property
    def _too_late_before_ns(self) -> int:
        if self.setup.lateness_ns is None:
            return _NEVER
        return self.event_ns - self.setup.pairing_window_ns - self.setup.lateness_ns

    def _close(self, *, all_of_it: bool = False) -> Iterator[FusedPoint]:
        while any(camera.waiting for camera in self._cameras.values()):
            start_ns = min(camera.waiting[0].time_ns for camera in self._cameras.values() if camera.waiting)
            # A camera whose queue is empty was never seen past the window: all it sent was used before.
            complete = all(camera.waiting or camera.ended for camera in self._cameras.values())
            if not (complete or all_of_it or start_ns < self._too_late_before_ns):
                return
            end_ns = start_ns + self.setup.pairing_window_ns
            taken = {
                camera.name: camera.waiting.popleft()
                for camera in self._cameras.values()
                if camera.waiting and camera.waiting[0].time_ns <= end_ns
            }
            self._pass(start_ns, {name: look.time_ns for name, look in taken.items()})
            yield _point(self.setup, start_ns, taken.items())

    def _pass(self, start_ns: int, taken_ns: dict[str, int]) -> None:
        for camera in self._cameras.values():
            camera.horizon_ns = taken_ns.get(camera.name, start_ns + self.setup.pairing_window_ns)


def _point(setup: CageSetup, start_ns: int, taken: Iterable[tuple[str, _Look]]) -> FusedPoint:
    looks = dict(taken)
    shares = tuple(CameraShare(name, look.status, look.pain_probability, look.repeated) for name, look in looks.items())
    status = fused_status(share.status for share in shares)
    scores = [share.pain_probability for share in shares if share.pain_probability is not None]
    if not scores:
        return FusedPoint(cage=setup.cage, time_ns=start_ns, status=status, shares=shares)
    probability, pain = fuse_scores(scores, setup.rule, setup.decision_threshold)
    scored = [look for look in looks.values() if look.status is Status.OK]
    return FusedPoint(
        cage=setup.cage,
        time_ns=start_ns,
        status=status,
        shares=shares,
        pain_probability=probability,
        pain=pain,
        units=mean_units(look.units for look in scored),
        model=", ".join(sorted({look.model for look in scored} - {""})),
    )

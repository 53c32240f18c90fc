"""What is going on now, from the messages that came. Pure: the time is handed in."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field

from painwatch.config.models import CageConfig, Config
from painwatch.core.clock import Stamp
from painwatch.core.live import CageLive, CameraLive, Snapshot
from painwatch.core.types import CameraState, FusedPoint, MinuteSummary, Prediction, ProcessState, Status
from painwatch.fuse.minutes import MINUTE_NS, expected_looks, summarise
from painwatch.hub.pace import Latency, Rate

SILENT_AFTER_S = 3.0
"""A cage or camera of which nothing was heard for this long, or for three sample periods, is stale."""


@dataclass(slots=True)
class _Camera:
    name: str
    cage: str
    rate: Rate
    silent_after_ns: int
    state: CameraState | None = None
    prediction: Prediction | None = None
    heard_mono_ns: int = 0

    def live(self, mono_ns: int) -> CameraLive:
        """What was seen before the camera's looks ceased to come is not what it sees now."""
        fresh = mono_ns - self.heard_mono_ns <= self.silent_after_ns
        prediction = self.prediction if fresh else None
        return CameraLive(self.name, self.cage, self.state, prediction, self.rate.per_s(mono_ns))


@dataclass(slots=True)
class _Cage:
    config: CageConfig
    heard_mono_ns: int
    point_mono_ns: int
    status_since_ns: int
    rate: Rate
    latency: Latency
    status: Status = Status.STALE
    settled_ns: int = -1
    last_scored_ns: int | None = None
    last_point: FusedPoint | None = None
    last_minute: MinuteSummary | None = None
    points: deque[FusedPoint] = field(default_factory=deque)

    def silent_since_ns(self, mono_ns: int) -> int | None:
        """When looks, or the points that should come of them, were last heard, if that is too long ago.

        A recording may wait for ever for one of its cameras, while the others are heard.
        """
        silent_after_ns = _silent_after_ns(self.config)
        patience_ns = silent_after_ns + round(self.config.fusion.lateness_ms * 1e6)
        silent = mono_ns - self.heard_mono_ns > silent_after_ns
        if not silent and mono_ns - self.point_mono_ns <= patience_ns:
            return None
        return self.heard_mono_ns if silent else self.point_mono_ns


class LiveView:
    """The state of all cages, cameras and processes of one site."""

    def __init__(self, config: Config, started: Stamp) -> None:
        self._site, self._started = config.site, started
        self._cages = {
            cage.name: _Cage(cage, started.mono_ns, started.mono_ns, started.wall_ns, Rate(started.mono_ns), Latency())
            for cage in config.cages
        }
        self._cameras = {
            camera.name: _Camera(camera.name, cage.name, Rate(started.mono_ns), _silent_after_ns(cage))
            for cage, camera in config.cameras
        }
        self._processes: dict[str, ProcessState] = {}

    def known_before(self, cage: str, last_scored_ns: int | None, last_minute: MinuteSummary | None) -> None:
        """What the history tells of a cage from before this hub ran."""
        self._cages[cage].last_scored_ns, self._cages[cage].last_minute = last_scored_ns, last_minute

    def prediction(self, prediction: Prediction, now: Stamp, *, used: bool) -> None:
        """A look came; one that was not `used` (late) is neither counted nor shown: it is no sign of a watch. Nor is
        word that there was no frame counted as a look."""
        camera, cage = self._cameras[prediction.camera], self._cages[prediction.cage]
        if used:
            if prediction.status is not Status.NO_FRAME:
                camera.rate.count(now.mono_ns)
            camera.prediction = prediction
            camera.heard_mono_ns = cage.heard_mono_ns = now.mono_ns
            cage.latency.came(prediction.camera, prediction.time_ns, prediction.age_ms, now.mono_ns)

    def camera_state(self, state: CameraState) -> None:
        self._cameras[state.camera].state = state

    def process_state(self, state: ProcessState) -> None:
        self._processes[state.name] = state

    def points(self, cage: str, points: Iterable[FusedPoint], now: Stamp) -> None:
        """Points of a cage, in order of time."""
        live = self._cages[cage]
        for point in points:
            if live.points and point.time_ns <= live.points[-1].time_ns:
                live.points.clear()  # the clock was set back, or a recording is watched again
            live.points.append(point)
            while live.points[0].time_ns < point.time_ns - 2 * MINUTE_NS:
                live.points.popleft()
            live.last_point, live.point_mono_ns = point, now.mono_ns
            live.rate.count(now.mono_ns)
            latency_ms = live.latency.used(point, now.mono_ns)
            # To tell an answer again takes next to no time, and is no new look at the animal.
            if point.status is Status.OK and not point.repeated:
                live.last_scored_ns = point.time_ns
                live.latency.keep(latency_ms, now.mono_ns)
            _become(live, point.status, now.wall_ns)

    def minute(self, minute: MinuteSummary) -> None:
        self._cages[minute.cage].last_minute = minute

    def settled(self, cage: str, settled_ns: int) -> None:
        """No point of the cage before `settled_ns` will come any more."""
        self._cages[cage].settled_ns = settled_ns

    def snapshot(self, now: Stamp, *, malformed: int, late: int, store_fault: str) -> Snapshot:
        """All of it, at `now`."""
        return Snapshot(
            site=self._site,
            time_ns=now.wall_ns,
            started_ns=self._started.wall_ns,
            cages=tuple(_cage_live(cage, now) for cage in self._cages.values()),
            cameras=tuple(camera.live(now.mono_ns) for camera in self._cameras.values()),
            processes=tuple(self._processes.values()),
            malformed_messages=malformed,
            late_predictions=late,
            store_fault=store_fault,
        )


def _silent_after_ns(cage: CageConfig) -> int:
    return round(max(SILENT_AFTER_S, 3 / cage.sample_rate_hz) * 1e9)


def _become(cage: _Cage, status: Status, since_ns: int) -> None:
    if status is not cage.status:
        cage.status, cage.status_since_ns = status, since_ns


def _cage_live(cage: _Cage, now: Stamp) -> CageLive:
    silent_since_ns = cage.silent_since_ns(now.mono_ns)
    if silent_since_ns is not None:
        _become(cage, Status.STALE, now.wall_ns - (now.mono_ns - silent_since_ns))
    p50, p95 = cage.latency.percentiles(now.mono_ns)
    return CageLive(
        name=cage.config.name,
        species=cage.config.species,
        strain=cage.config.strain,
        coat=cage.config.coat,
        status=cage.status,
        status_since_ns=cage.status_since_ns,
        last_scored_ns=cage.last_scored_ns,
        last_point=cage.last_point,
        recent=_recent(cage),
        last_minute=cage.last_minute,
        latency_ms_p50=p50,
        latency_ms_p95=p95,
        points_per_s=cage.rate.per_s(now.mono_ns),
    )


def _recent(cage: _Cage) -> MinuteSummary | None:
    """The 60 s before all that may still change: up to now they would always miss the looks that are under way."""
    after_last_ns = cage.points[-1].time_ns + 1 if cage.points else -1
    end_ns = cage.settled_ns if cage.settled_ns >= 0 else after_last_ns
    if end_ns < 0:
        return None
    start_ns = end_ns - MINUTE_NS
    inside = (point for point in cage.points if start_ns <= point.time_ns < end_ns)
    return summarise(inside, cage.config.name, start_ns, expected_looks(cage.config.sample_rate_hz))

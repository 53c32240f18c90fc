"""From messages to readings of the watch itself, one set at each Tick.

Ages are measured from the Tick before something was heard, by the Ticks alone: so no host's clock matters, and replay
gives what the hub saw. The time between two Ticks counts at most LONGEST_STEP_NS, and nothing if it runs backwards: a
clock that was set, or a host that slept, makes no camera look lost.
"""

from __future__ import annotations

from collections.abc import Iterator

from painwatch.alarm.cameras_heard import CageHeard, CameraHeard
from painwatch.alarm.processes_heard import ProcessHeard
from painwatch.config.models import Config
from painwatch.core.alarms import Reading
from painwatch.core.types import CameraState, FusedPoint, Prediction, ProcessState, Tick

Heard = Prediction | CameraState | ProcessState | Tick | FusedPoint

LONGEST_STEP_NS = 10_000_000_000

MOST_PROCESSES = 1000


class ReadingFold:
    """Ages of cameras and cages, offsets of clocks, states of processes and engines; the same for the same inputs."""

    def __init__(self, config: Config) -> None:
        self._cameras = {
            (cage.name, camera.name): CameraHeard(cage.keeps_wall_time, camera.source)
            for cage, camera in config.cameras
        }
        self._cages = {
            cage.name: CageHeard(cage.keeps_wall_time, tuple((cage.name, camera.name) for camera in cage.cameras))
            for cage in config.cages
        }
        self._processes: dict[str, ProcessHeard] = {}
        self._tick_ns: int | None = None
        self._passed_ns = 0

    def take(self, message: Heard) -> tuple[Reading, ...]:
        """One input; readings come with Ticks only."""
        match message:
            case Prediction():
                key = (message.cage, message.camera)
                if key in self._cameras:
                    self._cameras[key].look(message, self._passed_ns)
                    self._cages[message.cage].look(self._passed_ns)
            case CameraState():
                if (message.cage, message.camera) in self._cameras:
                    self._cameras[message.cage, message.camera].state(message)
            case FusedPoint():
                if message.cage in self._cages:
                    self._cages[message.cage].point(message.time_ns, self._passed_ns)
            case ProcessState():
                if message.name in self._processes or len(self._processes) < MOST_PROCESSES:
                    self._processes.setdefault(message.name, ProcessHeard()).state(message, self._passed_ns)
            case Tick():
                return tuple(self._tick(message.time_ns))
        return ()

    def _tick(self, time_ns: int) -> Iterator[Reading]:
        before_ns = time_ns if self._tick_ns is None else self._tick_ns
        self._passed_ns += min(max(0, time_ns - before_ns), LONGEST_STEP_NS)
        self._tick_ns = time_ns
        for (_, name), camera in self._cameras.items():
            yield from camera.readings(name, time_ns, before_ns, self._passed_ns)
        for name, cage in self._cages.items():
            over = all(self._cameras[key].over for key in cage.cameras)
            yield from cage.readings(name, time_ns, self._passed_ns, over=over)
        for name, process in self._processes.items():
            yield from process.readings(name, time_ns, self._passed_ns)

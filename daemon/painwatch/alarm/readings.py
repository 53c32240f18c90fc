"""From messages to readings of the watch itself, one set at each Tick."""

from __future__ import annotations

from painwatch.config.models import Config
from painwatch.core.alarms import Reading
from painwatch.core.types import CameraState, FusedPoint, Prediction, ProcessState, Tick

Heard = Prediction | CameraState | ProcessState | Tick | FusedPoint


class ReadingFold:
    """Ages of cameras and cages, offsets of clocks, states of processes and engines; the same for the same inputs."""

    def __init__(self, config: Config) -> None:
        raise NotImplementedError

    def take(self, message: Heard) -> tuple[Reading, ...]:
        """One input; readings come with Ticks only."""
        raise NotImplementedError

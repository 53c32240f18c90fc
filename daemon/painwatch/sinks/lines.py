"""Records as InfluxDB line protocol. Pure; what becomes of each record is said in `schema`."""

from __future__ import annotations

from collections.abc import Callable

from painwatch.config.models import Config


def lines_for(config: Config) -> Callable[[object, str], bytes | None]:
    """Gives what a record is for the sink named second: one line without its line break, None if the sink gets nothing.

    Moments go only to sinks with `points`; what is no FusedPoint, MinuteSummary, CameraState, ProcessState, Transition
    or Mark goes nowhere. The function never raises for a record of these types.
    """
    raise NotImplementedError

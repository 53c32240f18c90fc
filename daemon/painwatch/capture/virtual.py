"""Cameras of the virtual cage: rendered animals, live, and the same moment from every side."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING

from painwatch.capture.epoch import shared_epoch
from painwatch.capture.faults import source_error
from painwatch.capture.source import Grab
from painwatch.core.clock import Clock
from painwatch.core.errors import SourceError, SourceFault

if TYPE_CHECKING:
    from painwatch_engines.virtual_cage import View


class VirtualSource:
    """A `Source` that renders one view of a scenario as often as the scenario says.

    The world's time is the wall clock less the moment in the file `epoch`, which all cameras of one host share. A
    picture is stamped with the moment it shows; its age therefore includes the time it took to render, as a real
    camera's includes the exposure. Moments that passed while rendering are dropped.

    Args:
        scenario: a shipped scenario's name, or the path of a YAML file.
        view: the scenario's camera.
    """

    live = True

    def __init__(self, scenario: str, view: str, *, epoch: Path, clock: Clock) -> None:
        self._scenario, self._view_name, self._epoch, self._clock = scenario, view, epoch, clock
        self._closing = threading.Event()
        self._view: View | None = None
        self._period_ns = 0
        self._epoch_ns = 0
        self._last: int | None = None

    def open(self) -> None:
        self._closing.clear()
        # Kept out of the other sources' processes: compiling renderers takes memory and seconds.
        from painwatch_engines.virtual_cage import ScenarioError, load_scenario, open_view

        try:
            scenario = load_scenario(self._scenario)
            view = open_view(scenario, self._view_name)
            # The first picture compiles the renderer, which may take many seconds: better here than in `read`.
            view.render(0.0)
        except ScenarioError as error:
            raise source_error(SourceFault.NOT_FOUND, str(error), self._where) from None
        self._view, self._period_ns, self._last = view, round(1e9 / scenario.fps), None
        self._epoch_ns = shared_epoch(self._epoch, self._clock.now().wall_ns)

    def read(self) -> Grab:
        view = self._view
        if view is None:
            raise self._ended()
        now = self._clock.now()
        # Negative where the wall clock was set back to before the epoch: the world's time goes on, it wraps round.
        number = -(-(now.wall_ns - self._epoch_ns) // self._period_ns)
        if number == self._last:
            number += 1
        ahead_ns = self._epoch_ns + number * self._period_ns - now.wall_ns
        if ahead_ns > 0 and self._closing.wait(ahead_ns / 1e9):
            raise self._ended()
        dropped = 0 if self._last is None else max(0, number - self._last - 1)
        self._last = number
        stamp = self._clock.now()
        image = view.render(number * self._period_ns / 1e9).image
        return Grab(image, stamp, dropped=dropped)

    def close(self) -> None:
        self._closing.set()
        self._view = None

    @property
    def _where(self) -> str:
        return f"virtual cage {self._scenario}, view {self._view_name}"

    def _ended(self) -> SourceError:
        return source_error(SourceFault.ENDED, "it was closed", self._where)

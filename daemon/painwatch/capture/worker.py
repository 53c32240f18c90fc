"""The capture process of one camera: source in, ring out, and a word to the hub each second.

One thread reads, for ever; the calling thread tells the hub, and watches that the other one gets on.
"""

from __future__ import annotations

import logging
import random
import threading
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from painwatch.capture.backoff import LONGEST_S, STEADY_S, backoff_s
from painwatch.capture.epoch import forget_epoch
from painwatch.capture.outlet import Outlet
from painwatch.capture.source import Source
from painwatch.capture.sources import open_source, recording_epoch
from painwatch.capture.speaker import KEPT, Speaker
from painwatch.capture.tally import Tally
from painwatch.config.models import CameraConfig, Config
from painwatch.config.places import Places
from painwatch.core.clock import Clock, SystemClock
from painwatch.core.errors import PainwatchError, SourceError, SourceFault
from painwatch.curve.way import way_to_hub
from painwatch.hub_line import hub_line
from painwatch.progress import Progress
from painwatch.secrets import read_secret

log = logging.getLogger(__name__)

LOOK_EVERY_S = 0.1
"""How soon a change is told, and `stop` noticed."""

COMPILING_S = 180.0
"""The longest any source may take to open: the virtual cage compiles its renderer, once, on a slow machine."""

LEAVE_S = 20.0
"""How long the reading thread may take to end; a process that stops does not wait for a hung driver longer."""

FROZEN_WAIT_S = 2.0
"""The longest wait before a frozen camera is looked at again: it answers, so asking costs it little, and a picture that
only rested, such as a sleeping animal's under a coarse codec, must not be missed when it moves."""

BETWEEN_PICTURES_S = 3600.0
"""A recording may have been made at one picture in so long."""


def run_capture(
    config: Config,
    places: Places,
    camera_name: str,
    *,
    config_dir: Path,
    stop: threading.Event,
    clock: Clock | None = None,
) -> None:
    """Writes the pictures of `camera_name` into its ring until `stop` is set, and never gives the camera up.

    A recording that has ended stays, with its last pictures readable, until `stop`. A clean stop removes the ring.

    Raises (and sets `stop`):
        PainwatchError: no such camera, or one of another host; its password, or a key that the way to the hub needs,
            cannot be read; or the source hangs so that only a new process can help.
    """
    ticking = clock or SystemClock()
    try:
        cage, camera = config.camera(camera_name)
    except KeyError as error:
        raise PainwatchError(str(error.args[0]), mend="name one of those") from None
    source = open_source(
        camera,
        cage=cage.name,
        config_dir=config_dir,
        run_dir=places.run_dir,
        clock=ticking,
        secrets=partial(read_secret, config_dir=config_dir),
        sample_rate_hz=cage.sample_rate_hz,
    )
    way = way_to_hub(config, places, config_dir=config_dir)
    tally = Tally(cage.name, camera.name, ticking.now())
    outlet = Outlet(places.ring(camera.name), config.runtime.ring_slots, stop)
    reading = _Reading(source, camera, tally, outlet, ticking, stop)
    thread = threading.Thread(target=reading.run, name=f"capture {camera.name}", daemon=True)
    thread.start()
    try:
        with (
            Progress(places.progress(f"capture-{camera.name}")) as progress,
            hub_line(way, kept=KEPT) as line,
        ):
            _watch(reading, tally, Speaker(line), ticking, progress, stop)
    except BaseException:
        # The ring stays, so that the next process goes on with its numbers.
        stop.set()
        if _let_go(source, thread):
            outlet.close(unlink=False)
        raise
    if _let_go(source, thread):
        outlet.close(unlink=True)
    if not source.live:
        forget_epoch(recording_epoch(places.run_dir, cage.name))


def _watch(
    reading: _Reading, tally: Tally, speaker: Speaker, clock: Clock, progress: Progress, stop: threading.Event
) -> None:
    while not stop.wait(LOOK_EVERY_S):
        now = clock.now()
        stuck_s = tally.stuck_for_s(now)
        if stuck_s is not None:
            hung = SourceError(SourceFault.TIMEOUT, f"has hung for {stuck_s:.0f} s", where=reading.camera.name)
            tally.lost(hung, now)
            reading.failure = PainwatchError(
                hung.what, where=hung.where, mend="the process ends, so that a new one can take the camera"
            )
        speaker.tell(tally.state(now), now)
        if reading.failure is not None:
            raise reading.failure
        # Also while the camera is away: asking for it again and again is what this process is for.
        progress.step()


def _let_go(source: Source, thread: threading.Thread) -> bool:
    """Whether the reading thread has ended."""
    try:
        source.close()
    except SourceError as error:
        log.warning("%s", error)
    else:
        thread.join(LEAVE_S)
    return not thread.is_alive()


@dataclass(slots=True)
class _Reading:
    """The thread that reads. `failure`: what ended it, though it should go on for ever."""

    source: Source
    camera: CameraConfig
    tally: Tally
    outlet: Outlet
    clock: Clock
    stop: threading.Event
    failure: Exception | None = None

    def run(self) -> None:
        try:
            self._for_ever()
        except Exception as error:
            self.failure = error

    def _for_ever(self) -> None:
        failures = 0
        while not self.stop.is_set():
            good = _Spell()
            try:
                self._read_on(good)
            except PainwatchError as error:
                self._close()
                if self.stop.is_set():
                    return
                if isinstance(error, SourceError) and good.frames and not self.source.live:
                    log.info("camera %s: %s", self.camera.name, error)
                    self.tally.ended(error, self.clock.now())
                    return
                failures = 1 if good.lasted_s >= STEADY_S else failures + 1
                frozen = isinstance(error, SourceError) and error.fault is SourceFault.FROZEN
                wait_s = min(backoff_s(failures, random.random()), FROZEN_WAIT_S if frozen else LONGEST_S)
                log.warning("camera %s: %s; again in %.1f s", self.camera.name, error, wait_s)
                self.tally.lost(error, self.clock.now())
                self.stop.wait(wait_s)
                self.tally.reconnecting()
        self._close()

    def _read_on(self, good: _Spell) -> None:
        """Opens the source and reads it until it fails, or until `stop`."""
        limit_s = self._limit_s()
        self.tally.busy(limit_s + COMPILING_S, self.clock.now())
        self.source.open()
        while not self.stop.is_set():
            self.tally.busy(limit_s if self.source.live else limit_s + BETWEEN_PICTURES_S, self.clock.now())
            grab = self.source.read()
            self.tally.idle(waiting=not self.source.live)
            if self.source.live:
                self.outlet.put(grab)
            elif not self.outlet.put_when_free(grab):
                return
            now = self.clock.now()
            good.add(now.mono_ns)
            self.tally.got(grab, now)

    def _close(self) -> None:
        self.tally.busy(self._limit_s() + LEAVE_S, self.clock.now())
        self.source.close()
        self.tally.idle()

    def _limit_s(self) -> float:
        return 2 * max(self.camera.open_timeout_s, self.camera.read_timeout_s)


@dataclass(slots=True)
class _Spell:
    """How long pictures have come without a fault."""

    frames: int = 0
    first_ns: int = 0
    last_ns: int = 0

    def add(self, mono_ns: int) -> None:
        self.first_ns = self.first_ns if self.frames else mono_ns
        self.frames, self.last_ns = self.frames + 1, mono_ns

    @property
    def lasted_s(self) -> float:
        return (self.last_ns - self.first_ns) / 1e9

"""The hub process: one loop that takes in what all others send, fuses, stores and tells.

Ticks are given only when nothing waits at the door, and for the first moments nothing is fused at all: what was sent
while the hub was away comes in first and is put in order, so that it is used and does not count as late.
"""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Iterator
from pathlib import Path

import zmq

from painwatch.config.models import Config
from painwatch.config.places import Places
from painwatch.core.clock import Clock, Stamp, SystemClock
from painwatch.core.errors import StoreError, WireError
from painwatch.core.messages import Message
from painwatch.core.types import CameraState, Prediction, ProcessState, Tick
from painwatch.core.wire import decode, encode
from painwatch.fuse.cage import CageFold, Fused
from painwatch.fuse.minutes import LONGEST_HOLE_NS, MINUTE_NS
from painwatch.fuse.setup import setup_of
from painwatch.hub.door import Door
from painwatch.hub.live import LiveView
from painwatch.hub.recording import Recorder
from painwatch.hub.sockets import bound
from painwatch.one_instance import only_instance
from painwatch.progress import Progress
from painwatch.store.history import END_OF_TIME_NS, open_history
from painwatch.store.writer import Writer

log = logging.getLogger(__name__)

GATHER_NS = 1_500_000_000
"""How long after its start the hub only gathers: others come back to a socket within a fraction of a second."""

TICK_NS = 1_000_000_000
LONGEST_WITHOUT_TICK_NS = 5_000_000_000
SNAPSHOT_NS = 500_000_000
POLL_MS = 100

WRITER_STUCK_S = 300.0
"""The longest that any one piece of writing may take; after that the process is of no use, though its loop turns."""

BATCH = 2000


def run_hub(
    config: Config,
    places: Places,
    *,
    config_dir: Path,
    stop: threading.Event,
    clock: Clock | None = None,
    record: Path | None = None,
) -> None:
    """Fuse, store and tell until `stop` is set.

    Args:
        config_dir: folder of the configuration; the hub reads nothing from it.
        record: where to keep all inputs for replay; must not exist yet.

    Raises:
        PainwatchError: another hub is running, the sockets cannot be bound, or the history cannot be used.
    """
    del config_dir
    ticking = clock or SystemClock()
    with (
        # Binding tells nothing of another hub: ZeroMQ takes the socket file away from under it.
        only_instance(places.run_dir / "hub.lock", "another hub"),
        contextlib.closing(
            Writer(places.database, site=config.site, keep_points_days=config.runtime.keep_points_days)
        ) as writer,
        contextlib.ExitStack() as recording,
        bound(places) as (results, live),
        Progress(places.progress("hub")) as progress,
    ):
        recorder = recording.enter_context(contextlib.closing(Recorder(record))) if record else None
        hub = Hub(config, ticking.now(), writer=writer, live=live, recorder=recorder)
        hub.resume(places.database, ticking.now())
        log.info("the hub takes in results at %s", places.results)
        while not stop.is_set():
            results.poll(POLL_MS)
            hub.turn(tuple(_waiting(results)), ticking.now())
            if writer.stuck_s < WRITER_STUCK_S:
                progress.step()
        while received := tuple(_waiting(results)):
            hub.turn(received, ticking.now())
        hub.finish(ticking.now())


def _waiting(socket: zmq.Socket[bytes]) -> Iterator[bytes]:
    for _ in range(BATCH):
        try:
            yield socket.recv(zmq.NOBLOCK)
        except zmq.Again:
            return


class Hub:
    """All that the hub knows, and what it does in one turn of its loop."""

    def __init__(
        self, config: Config, now: Stamp, *, writer: Writer, live: zmq.Socket[bytes], recorder: Recorder | None
    ) -> None:
        self._writer, self._live, self._recorder = writer, live, recorder
        self._folds = {cage.name: CageFold(setup_of(cage)) for cage in config.cages}
        self._door = Door(fold.setup for fold in self._folds.values())
        self._view = LiveView(config, now)
        self._gathered: list[Message] | None = []
        self._gather_until_ns = now.mono_ns + GATHER_NS
        self._ticked_ns = self._told_ns = now.mono_ns

    def resume(self, database: Path, now: Stamp) -> None:
        """Goes on from the history: open minutes keep what was stored of them, closed ones stay closed.

        What was stored of a live cage under a clock that was far ahead is passed over.
        """
        try:
            with open_history(database) as history:
                for name, fold in self._folds.items():
                    live = fold.setup.lateness_ns is not None
                    to_ns = now.wall_ns + LONGEST_HOLE_NS if live else END_OF_TIME_NS
                    last_ns = history.last_minute_ns(name, to_ns)
                    minutes = () if last_ns is None else history.minutes(name, last_ns, last_ns + 1)
                    last_scored_ns = history.last_scored_ns(name, to_ns)
                    self._view.known_before(name, last_scored_ns, minutes[0] if minutes else None)
                    open_from_ns = 0 if last_ns is None else last_ns + MINUTE_NS
                    points = history.points(name, open_from_ns, to_ns, limit=1_000_000)
                    self._keep(fold.resume(last_ns, points))
        except StoreError as error:
            log.error("goes on without what was stored before: %s", error)

    def turn(self, received: tuple[bytes, ...], now: Stamp) -> None:
        """Takes in what came, and does what is due."""
        messages = [message for data in received if (message := self._admit(data, now)) is not None]
        if self._gathered is not None:
            self._gathered += messages
            if now.mono_ns >= self._gather_until_ns:
                self.finish(now)
        else:
            self._take_all(messages, now)
        since_tick_ns = now.mono_ns - self._ticked_ns
        due_ns = TICK_NS if len(received) < BATCH else LONGEST_WITHOUT_TICK_NS
        if self._gathered is None and since_tick_ns >= due_ns:
            self._ticked_ns = now.mono_ns
            self._take(Tick(now.wall_ns), now)
        if now.mono_ns - self._told_ns >= SNAPSHOT_NS:
            self._told_ns = now.mono_ns
            self._tell(self._snapshot(now))

    def finish(self, now: Stamp) -> None:
        """Ends the gathering: what came so far is used."""
        gathered, self._gathered = self._gathered or [], None
        self._take_all(gathered, now)

    def _admit(self, data: bytes, now: Stamp) -> Message | None:
        try:
            message = decode(data)
        except WireError as error:
            self._door.refuse("unreadable", str(error))
            return None
        return message if self._door.admits(message, now.wall_ns) else None

    def _take_all(self, messages: list[Message], now: Stamp) -> None:
        for message in sorted(messages, key=_time_of_looks):
            self._take(message, now)

    def _take(self, message: Message, now: Stamp) -> None:
        if self._recorder is not None:
            self._recorder.add(message)
        match message:
            case Prediction():
                fold = self._folds[message.cage]
                late = fold.late
                fused = fold.take(message)
                self._view.prediction(message, now, used=fold.late == late)
                self._give(fold, fused, now)
            case CameraState():
                self._view.camera_state(message)
                self._writer.put(message)
                fold = self._folds[message.cage]
                self._give(fold, fold.take(message), now)
            case Tick():
                for fold in self._folds.values():
                    self._give(fold, fold.take(message), now)
            case ProcessState():
                self._view.process_state(message)
                self._writer.put(message)

    def _give(self, fold: CageFold, fused: Fused, now: Stamp) -> None:
        self._view.points(fold.setup.cage, fused.points, now)
        self._view.settled(fold.setup.cage, fold.settled_ns)
        self._keep(fused)

    def _keep(self, fused: Fused) -> None:
        for point in fused.points:
            self._writer.put(point)
            self._tell(point)
        for minute in fused.minutes:
            self._view.minute(minute)
            self._writer.put(minute)
            self._tell(minute)

    def _snapshot(self, now: Stamp) -> Message:
        health = self._writer.health
        lost = f"; {health.lost} records were lost" if health.lost else ""
        return self._view.snapshot(
            now,
            malformed=self._door.refused,
            late=sum(fold.late for fold in self._folds.values()),
            store_fault=health.fault + lost if health.fault else "",
        )

    def _tell(self, message: Message) -> None:
        self._live.send(encode(message))


def _time_of_looks(message: Message) -> int:
    """Puts looks in order of time, behind all else: the workers' queues do not come in one after the other."""
    return message.time_ns if isinstance(message, Prediction) else 0

"""All that the hub knows, and what it does in one turn of its loop.

Ticks are given only when nothing waits at the door, and for the first moments nothing is fused at all: what was sent
while the hub was away comes in first and is put in order, so that it is used and does not count as late.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import msgspec
import zmq

from painwatch.config.models import Config
from painwatch.core.alarms import AuditNote, Reading, Request, Transition
from painwatch.core.clock import Stamp
from painwatch.core.live import Snapshot, StoreLive
from painwatch.core.messages import Message
from painwatch.core.types import CameraState, MinuteSummary, Prediction, ProcessState, Tick
from painwatch.core.wire import encode
from painwatch.hub.answers import Answers
from painwatch.hub.delivery import Delivery
from painwatch.hub.door import Door, Received, hosts_of
from painwatch.hub.host import HostReadings
from painwatch.hub.in_force import in_force
from painwatch.hub.live import LiveView
from painwatch.hub.readings import LatestReadings
from painwatch.hub.recording import Recorder
from painwatch.hub.resuming import Resuming, Stored, read_stored
from painwatch.hub.site import Judged, Outcome, SiteFold
from painwatch.hub.vitals import EVERY_NS, vitals_of
from painwatch.store.writer import Writer

log = logging.getLogger(__name__)

GATHER_NS = 1_500_000_000
"""How long after its start the hub only gathers: others come back to a socket within a fraction of a second."""

TICK_NS = 1_000_000_000
LONGEST_WITHOUT_TICK_NS = 5_000_000_000
SNAPSHOT_NS = 500_000_000
BATCH = 2000


@dataclass(frozen=True, slots=True)
class Ways:
    """Where things go from the hub. `disk_free`: free part of the history's disk, None if it cannot be asked."""

    writer: Writer
    live: zmq.Socket[bytes]
    delivery: Delivery
    disk_free: Callable[[], float | None]
    recorder: Recorder | None = None


class Hub:
    """Takes in messages, and does what is due; for one thread."""

    def __init__(self, config: Config, now: Stamp, ways: Ways, database: Path) -> None:
        self._config, self._ways = config, ways
        self._site, self._host = SiteFold(config), HostReadings()
        self._door = Door((fold.setup for fold in self._site.cages.values()), hosts_of(config))
        self._view, self._readings = LiveView(config, now), LatestReadings()
        self._gathered: list[Message] | None = []
        self._gather_until_ns = now.mono_ns + GATHER_NS
        self._ticked_ns = self._told_ns = self._measured_ns = now.mono_ns
        self._answers = Answers(self._tell)
        live = {name: fold.setup.lateness_ns is not None for name, fold in self._site.cages.items()}
        self._resuming = Resuming(now, lambda at: read_stored(database, live, at))

    def resume(self, now: Stamp) -> None:
        """Goes on from the history: open minutes keep what was stored of them, closed ones stay closed, alarms stand
        as they stood. If it cannot be read now, alarms do so once it can be.
        """
        stored = self._resuming.stored(now)
        if stored is None:
            self._site.resume_alarms((), (), now.wall_ns)
        else:
            for name, cage in stored.cages.items():
                self._view.known_before(name, cage.last_scored_ns, cage.minutes[-1] if cage.minutes else None)
                self._site.resume_cage(name, cage.last_minute_ns, cage.points)
            self._resume_alarms(stored, now)
        if self._ways.recorder is not None:
            self._ways.recorder.add(Tick(now.wall_ns))
        self._ways.writer.put(in_force(self._config, now))

    def turn(self, received: tuple[Received, ...], now: Stamp) -> None:
        """Takes in what came, and does what is due."""
        messages = [message for one in received if (message := self._door.take(one, now)) is not None]
        if self._gathered is not None:
            self._gathered += messages
            if now.mono_ns >= self._gather_until_ns:
                self.finish(now)
        else:
            self._take_all(messages, now)
        due_ns = TICK_NS if len(received) < BATCH else LONGEST_WITHOUT_TICK_NS
        if self._gathered is None and now.mono_ns - self._ticked_ns >= due_ns:
            self._ticked_ns = now.mono_ns
            self._tick(now)
        self._tell_committed()
        if now.mono_ns - self._told_ns >= SNAPSHOT_NS:
            self._told_ns = now.mono_ns
            self._tell(self._snapshot(now))
        if now.mono_ns - self._measured_ns >= EVERY_NS:
            self._measured_ns = now.mono_ns
            self._ways.writer.put(*vitals_of(self._snapshot(now)), *self._readings.take())
        self._ways.delivery.alive()

    def finish(self, now: Stamp) -> None:
        """Ends the gathering: what came so far is used."""
        gathered, self._gathered = self._gathered or [], None
        self._take_all(gathered, now)

    def close(self, now: Stamp) -> None:
        """The hub ends, in order."""
        self.finish(now)
        self._ways.writer.put(AuditNote("the hub ended", now.wall_ns, {}))

    def _resume_late(self, now: Stamp) -> None:
        stored = self._resuming.stored(now)
        if stored is None:
            return
        log.warning("the history can be read again: alarms go on from it")
        facts = {"why": self._resuming.why, "hub_began_ns": str(self._resuming.began_ns)}
        self._ways.writer.put(AuditNote("the history could not be read", now.wall_ns, facts))
        self._resume_alarms(stored, now, self._resuming.held())

    def _resume_alarms(self, stored: Stored, now: Stamp, held: tuple[MinuteSummary, ...] = ()) -> None:
        minutes = sorted((*stored.minutes(), *held), key=lambda minute: minute.start_ns)
        from_ns = min(now.wall_ns, self._resuming.began_ns)
        outcome = self._site.resume_alarms(stored.memories, minutes, from_ns, stored.marks)
        if outcome.refused:
            log.error("%s", outcome.refused)
        self._keep(outcome, now)

    def _take_all(self, messages: list[Message], now: Stamp) -> None:
        for message in sorted(messages, key=_time_of_looks):
            self._take(message, now)

    def _tick(self, now: Stamp) -> None:
        self._resume_late(now)
        readings = self._host.at(
            now.wall_ns,
            store=self._store(),
            stuck_s=self._ways.writer.stuck_s,
            disk_free=self._ways.disk_free(),
            sinks=self._ways.delivery.sinks,
            targets=self._ways.delivery.targets,
            refused=self._door.refused,
        )
        for reading in (*readings, *self._door.clock_readings(now.wall_ns)):
            self._take(reading, now)
        self._take(Tick(now.wall_ns), now)

    def _take(self, message: Message, now: Stamp) -> None:
        if isinstance(message, Request) and (why_not := self._cannot_ask()):
            self._answers.refuse(message, why_not)
            return
        if self._ways.recorder is not None:
            self._ways.recorder.add(message)
        late = self._site.late
        outcome = self._site.take(message)
        match message:
            case Prediction():
                self._view.prediction(message, now, used=self._site.late == late)
                self._keep(outcome, now, message.cage)
            case CameraState():
                self._view.camera_state(message)
                self._ways.writer.put(message)
                self._keep(outcome, now, message.cage)
            case ProcessState():
                self._view.process_state(message)
                self._ways.writer.put(message)
            case Request():
                self._keep(outcome, now)
                self._answers.taken(message, outcome)
            case Reading() | Tick():
                self._keep(outcome, now, *(self._site.cages if isinstance(message, Tick) else ()))

    def _keep(self, outcome: Outcome, now: Stamp, *settled: str) -> None:
        self._readings.given(outcome.readings)
        for point in outcome.points:
            self._view.points(point.cage, (point,), now)
            self._ways.writer.put(point)
            self._tell(point)
        for cage in settled:
            self._view.settled(cage, self._site.cages[cage].settled_ns)
        for judged in outcome.judged:
            self._keep_judged(judged)

    def _keep_judged(self, judged: Judged) -> None:
        notices = [notice for transition in judged.transitions for notice in self._ways.delivery.notices(transition)]
        of = (judged.of,) if judged.of else ()
        # What was judged from nothing must not take the place of what cannot be read.
        became = () if self._resuming.blank else (*judged.transitions, *judged.memories)
        records = (*of, *became, *notices)
        if records:
            self._ways.writer.put(*records)
        for transition in judged.transitions:
            log.log(_loudness(transition), "alarm %s: %s", transition.after.value, transition.words)
        for notice in notices:
            self._ways.delivery.offer(notice)
        if isinstance(judged.of, MinuteSummary):
            self._view.minute(judged.of)
            if self._resuming.blank:
                self._resuming.hold(judged.of)

    def _tell_committed(self) -> None:
        committed = self._ways.writer.committed()
        for record in committed:
            self._tell(record)
        self._answers.stored(committed)
        self._answers.lost(self._ways.writer.refused())

    def _snapshot(self, now: Stamp) -> Snapshot:
        store = self._store()
        told = self._view.snapshot(now, malformed=self._door.refused, late=self._site.late, store_fault=store.fault)
        return msgspec.structs.replace(
            told,
            alarms=self._site.alarms(),
            store=store,
            sinks=self._ways.delivery.sinks,
            targets=self._ways.delivery.targets,
        )

    def _store(self) -> StoreLive:
        return self._resuming.told(self._ways.writer.health)

    def _cannot_ask(self) -> str:
        if self._resuming.blank:
            return "the history cannot be read, so it is not known how the alarms stand: ask again once it can be"
        if self._answers.full:
            return "too many requests wait for the history to be written: ask again later"
        return ""

    def _tell(self, message: Message) -> None:
        self._ways.live.send(encode(message))


def _time_of_looks(message: Message) -> int:
    """Puts looks in order of time, behind all else: the workers' queues do not come in one after the other."""
    return message.time_ns if isinstance(message, Prediction) else 0


def _loudness(transition: Transition) -> int:
    return logging.WARNING if transition.notify else logging.INFO

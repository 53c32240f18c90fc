"""All that the hub knows, and what it does in one turn of its loop.

Ticks are given only when nothing waits at the door, and for the first moments nothing is fused at all: what was sent
while the hub was away comes in first and is put in order, so that it is used and does not count as late.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import msgspec
import zmq

from painwatch.alarm.baseline import REACH_MINUTES
from painwatch.alarm.rules import rules_of
from painwatch.config.models import Config
from painwatch.core.alarms import Answer, AuditNote, Mark, Reading, Request, Transition
from painwatch.core.clock import Stamp
from painwatch.core.errors import StoreError
from painwatch.core.live import Snapshot
from painwatch.core.messages import Message
from painwatch.core.types import CameraState, MinuteSummary, Prediction, ProcessState, Tick
from painwatch.core.wire import encode
from painwatch.fuse.minutes import LONGEST_HOLE_NS, MINUTE_NS
from painwatch.hub.delivery import Delivery
from painwatch.hub.door import Door, Received, hosts_of
from painwatch.hub.host import HostReadings
from painwatch.hub.live import LiveView
from painwatch.hub.recording import Recorder
from painwatch.hub.site import Judged, Outcome, SiteFold
from painwatch.hub.vitals import EVERY_NS, vitals_of
from painwatch.store.history import END_OF_TIME_NS, History, open_history
from painwatch.store.writer import Writer

log = logging.getLogger(__name__)

GATHER_NS = 1_500_000_000
"""How long after its start the hub only gathers: others come back to a socket within a fraction of a second."""

TICK_NS = 1_000_000_000
LONGEST_WITHOUT_TICK_NS = 5_000_000_000
SNAPSHOT_NS = 500_000_000
BATCH = 2000

TOLD_AGAIN_NS = REACH_MINUTES * MINUTE_NS
"""Minutes of the history that alarms are told again after a start: those of a group wait for one another, and a
baseline may yet be marked in them."""


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

    def __init__(self, config: Config, now: Stamp, ways: Ways) -> None:
        self._config, self._ways = config, ways
        self._site, self._host = SiteFold(config), HostReadings()
        self._door = Door((fold.setup for fold in self._site.cages.values()), hosts_of(config))
        self._view = LiveView(config, now)
        self._gathered: list[Message] | None = []
        self._gather_until_ns = now.mono_ns + GATHER_NS
        self._ticked_ns = self._told_ns = self._measured_ns = now.mono_ns
        self._asked: set[str] = set()

    def resume(self, database: Path, now: Stamp) -> None:
        """Goes on from the history: open minutes keep what was stored of them, closed ones stay closed, alarms stand
        as they stood.

        What was stored of a live cage under a clock that was far ahead is passed over.
        """
        try:
            with open_history(database) as history:
                minutes = [minute for cage in self._site.cages for minute in self._resume_cage(cage, history, now)]
                minutes.sort(key=lambda minute: minute.start_ns)
                marks = history.marks(None, 0, END_OF_TIME_NS)
                outcome = self._site.resume_alarms(history.alarm_memories(), minutes, now.wall_ns, marks)
                if outcome.refused:
                    log.error("%s", outcome.refused)
                self._keep(outcome, now)
        except StoreError as error:
            log.error("goes on without what was stored before: %s", error)
        if self._ways.recorder is not None:
            self._ways.recorder.add(Tick(now.wall_ns))
        self._ways.writer.put(_in_force(self._config, now))

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
            self._ways.writer.put(*vitals_of(self._snapshot(now)))
        self._ways.delivery.alive()

    def finish(self, now: Stamp) -> None:
        """Ends the gathering: what came so far is used."""
        gathered, self._gathered = self._gathered or [], None
        self._take_all(gathered, now)

    def close(self, now: Stamp) -> None:
        """The hub ends, in order."""
        self.finish(now)
        self._ways.writer.put(AuditNote("the hub ended", now.wall_ns, {}))

    def _resume_cage(self, name: str, history: History, now: Stamp) -> tuple[MinuteSummary, ...]:
        """Gives the cage's last minutes."""
        live = self._site.cages[name].setup.lateness_ns is not None
        to_ns = now.wall_ns + LONGEST_HOLE_NS if live else END_OF_TIME_NS
        last_ns = history.last_minute_ns(name, to_ns)
        minutes = () if last_ns is None else history.minutes(name, last_ns - TOLD_AGAIN_NS, last_ns + 1)
        last_scored_ns = history.last_scored_ns(name, to_ns)
        self._view.known_before(name, last_scored_ns, minutes[-1] if minutes else None)
        open_from_ns = 0 if last_ns is None else last_ns + MINUTE_NS
        points = history.points(name, open_from_ns, to_ns, limit=1_000_000)
        self._site.resume_cage(name, last_ns, points)
        return minutes

    def _take_all(self, messages: list[Message], now: Stamp) -> None:
        for message in sorted(messages, key=_time_of_looks):
            self._take(message, now)

    def _tick(self, now: Stamp) -> None:
        readings = self._host.at(
            now.wall_ns,
            store=self._ways.writer.health,
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
                self._answer(message, outcome)
            case Reading() | Tick():
                self._keep(outcome, now, *(self._site.cages if isinstance(message, Tick) else ()))

    def _keep(self, outcome: Outcome, now: Stamp, *settled: str) -> None:
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
        records = (*((judged.of,) if judged.of else ()), *judged.transitions, *judged.memories, *notices)
        if records:
            self._ways.writer.put(*records)
        for transition in judged.transitions:
            log.log(_loudness(transition), "alarm %s: %s", transition.after.value, transition.words)
        for notice in notices:
            self._ways.delivery.offer(notice)
        if isinstance(judged.of, MinuteSummary):
            self._view.minute(judged.of)

    def _answer(self, request: Request, outcome: Outcome) -> None:
        """A request that was refused or done before is answered at once, one that does something once it is kept."""
        changes = any(judged.of or judged.transitions for judged in outcome.judged)
        if outcome.refused:
            self._tell(Answer(request.id, False, outcome.refused))
        elif changes:
            self._asked.add(request.id)
        elif request.id not in self._asked:
            self._tell(Answer(request.id, True))

    def _tell_committed(self) -> None:
        answered: set[str] = set()
        for record in self._ways.writer.committed():
            self._tell(record)
            if isinstance(record, Transition | Mark) and record.request:
                answered.add(record.request)
        for request in answered:
            self._asked.discard(request)
            self._tell(Answer(request, True))

    def _snapshot(self, now: Stamp) -> Snapshot:
        store = self._ways.writer.health
        told = self._view.snapshot(now, malformed=self._door.refused, late=self._site.late, store_fault=store.fault)
        return msgspec.structs.replace(
            told,
            alarms=self._site.alarms(),
            store=store,
            sinks=self._ways.delivery.sinks,
            targets=self._ways.delivery.targets,
        )

    def _tell(self, message: Message) -> None:
        self._ways.live.send(encode(message))


def _time_of_looks(message: Message) -> int:
    """Puts looks in order of time, behind all else: the workers' queues do not come in one after the other."""
    return message.time_ns if isinstance(message, Prediction) else 0


def _loudness(transition: Transition) -> int:
    return logging.WARNING if transition.notify else logging.INFO


def _in_force(config: Config, now: Stamp) -> AuditNote:
    rules = rules_of(config)
    definitions: Iterable[tuple[str, str]] = (
        (f"rule {rule.config.name}", json.dumps(rule.config.model_dump(mode="json"), sort_keys=True)) for rule in rules
    )
    facts = {
        "painwatch": version("painwatch"),
        "classifier": config.classifier.model,
        "off": ",".join(config.alarms.off),
    }
    return AuditNote("the hub began", now.wall_ns, facts | dict(definitions))

"""A hub hands its sinks what its alarms read: the same numbers with the same times, four times a minute."""

from __future__ import annotations

import contextlib
import sqlite3
from dataclasses import dataclass
from pathlib import Path

from fixtures.hubs import config_of, hub_thread, places_in, sender
from fixtures.line_parser import parsed
from fixtures.looks import NOON, SECOND, look
from fixtures.waiting import wait_until
from painwatch.config.models import Config
from painwatch.config.places import Places
from painwatch.core.clock import Stamp, SystemClock
from painwatch.core.types import ProcessPhase, ProcessState
from painwatch.hub.recording import read_recording
from painwatch.hub.site import SiteFold


@dataclass(frozen=True)
class HastyClock:
    """A clock that runs 30 times as fast as others do."""

    began_ns: int

    def now(self) -> Stamp:
        passed_ns = 30 * (SystemClock().now().mono_ns - self.began_ns)
        return Stamp(NOON + passed_ns, self.began_ns + passed_ns)


def waiting(places: Places) -> list[bytes]:
    """Lines of readings that wait for the sink."""
    with contextlib.suppress(sqlite3.OperationalError), contextlib.closing(sqlite3.connect(places.database)) as found:
        return [line for (line,) in found.execute("SELECT line FROM outbox WHERE kind = 'reading' ORDER BY id")]
    return []


def test_sinks_are_told_what_the_alarms_read(tmp_path: Path) -> None:
    places, record = places_in(tmp_path), tmp_path / "inputs.pw"
    sink = {"url": "http://127.0.0.1:1", "name": "away"}
    config = Config.model_validate(config_of().model_dump(mode="json") | {"sinks": [sink]})
    with (
        hub_thread(config, places, clock=HastyClock(SystemClock().now().mono_ns), record=record),
        sender(places) as send,
    ):
        send(ProcessState("infer", ProcessPhase.RESTARTING, NOON, NOON - 5 * SECOND), look("left", NOON, 0.9))
        wait_until(lambda: len({parsed(line)[3] for line in waiting(places)}) >= 3, what="three sets of readings")
    site, (_, *inputs) = SiteFold(config), read_recording(record)
    read = {
        (reading.signal.value, reading.subject, reading.time_ns): reading.value
        for message in inputs
        for reading in site.take(message).readings
    }
    told = [parsed(line) for line in waiting(places)]
    for measurement, tags, fields, time_ns in told:
        assert measurement == "painwatch_readings"
        assert fields == {"value": read[tags["signal"], tags["subject"], time_ns]}
    assert len({(frozenset(tags.items()), time_ns) for _, tags, _, time_ns in told}) == len(told)
    names = ("signal", "of", "subject", "cage", "camera")
    about = {tuple(tags.get(name) for name in names) for _, tags, *_ in told}
    assert {
        ("camera_age_s", "camera", "left", "cage", "left"),
        ("cage_age_s", "cage", "cage", "cage", None),
        ("process_down_s", "process", "infer", None, None),
        ("sink_backlog_s", "sink", "away", None, None),
        ("disk_free_fraction", "site", "site", None, None),
    } <= about

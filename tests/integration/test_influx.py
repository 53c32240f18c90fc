"""Records on their way from the history to a real InfluxDB 1.6.7, through everything that goes wrong there."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from fixtures.kinds_of_record import all_kinds, config_with, minute, point
from fixtures.outboxes import MemoryOutbox
from fixtures.waiting import wait_until
from painwatch.config.delivery import InfluxConfig
from painwatch.core.types import FusedPoint, Status
from painwatch.sinks.drainer import Drainer, Pauses, into_influx
from painwatch.sinks.lines import lines_for
from painwatch.store.outbox import Outbox
from painwatch.store.writer import Writer
from servers.influx import PASSWORD, USER, InfluxServer, missing

QUICK = Pauses(look_s=0.02, after=lambda answer, failures: 0.05)
SINK = "influxdb"


class Watch:
    """A history whose outbox is drained into an InfluxDB, as the hub does it."""

    def __init__(self, folder: Path, sink: InfluxConfig, *, password: str = "") -> None:
        config = config_with(sink.model_dump(mode="json"))
        path = folder / "history.sqlite"
        self.writer = Writer(path, site="North wing", keep_points_days=36_500, sinks=(SINK,), lines=lines_for(config))
        self.outbox = Outbox(path, self.writer, SINK)
        self.drainer = Drainer(SINK, self.outbox, into_influx(sink, lambda secret: password), pauses=QUICK)

    def close(self) -> None:
        self.drainer.stop()
        self.outbox.close()
        self.writer.close()

    def settle(self, records: int) -> None:
        """Until so many records went out or were refused, and none waits."""

        def settled() -> bool:
            state = self.drainer.state
            return state.waiting == 0 and state.sent + state.refused >= records

        wait_until(settled, what=f"{records} records to go; now {self.drainer.state}", within_s=120)


@contextmanager
def watching(folder: Path, url: str, **settings: Any) -> Iterator[Watch]:
    password = settings.pop("password", "")
    login = {"username": USER, "password": {"env": "INFLUX_PASSWORD"}} if password else {}
    sink = InfluxConfig.model_validate({"name": SINK, "url": url} | login | settings)
    with closing(Watch(folder, sink, password=password)) as watch:
        yield watch


def stored(influx: InfluxServer, measurement: str) -> list[dict[str, Any]]:
    """Rows without the fields and tags that a row does not have."""
    rows = influx.query(f'SELECT * FROM "{measurement}"')
    return [{name: value for name, value in row.items() if value is not None} for row in rows]


def test_every_kind_of_record_arrives_once_with_the_same_values(influx: InfluxServer, tmp_path: Path) -> None:
    with watching(tmp_path, influx.url) as watch:
        watch.writer.put(*all_kinds())
        watch.settle(len(all_kinds()))
        assert watch.drainer.state.refused == 0
    moments = stored(influx, "painwatch_points")
    assert [row["time"] for row in moments] == [point().time_ns, point(1).time_ns]
    assert (moments[0]["pain_probability"], moments[0]["pain"], moments[0]["unit_orbital"]) == (0.75, 1, 1.5)
    assert "pain_probability" not in moments[1]
    assert "pain" not in moments[1]
    assert (moments[1]["status"], moments[1]["scored"]) == ("no_face", 0)
    seen, blind = stored(influx, "painwatch_minutes")
    assert seen["pain_probability"] == 1 / 3
    assert seen["unit_ear"] == 0.1 + 0.2
    assert (seen["pain"], seen["no_pain"], seen["skipped"], seen["expected"]) == (60, 120, 60, 240)
    assert (seen["status_ok"], seen["status_no_face"], seen["faces"]) == (180, 60, 180)
    assert (seen["cage"], seen["group"], seen["room"]) == ("cage-1", "treated", "Room 3")
    assert seen["strain"] == "Long-Evans, blue=1"
    assert (blind["coverage"], blind["skipped"]) == (0, 240)
    assert "pain_probability" not in blind
    (alarm,) = stored(influx, "painwatch_alarms")
    assert alarm["words"] == 'cage-1: pain probability 0.81 for 10 min\n(threshold 0.60), "look"'
    assert (alarm["value"], alarm["threshold"], alarm["raised"]) == (0.81, 0.6, 1)
    (marked,) = stored(influx, "painwatch_marks")
    assert (marked["name"], marked["words"], marked["who"]) == ("carprofen, 5 mg/kg", "back \\ slash", "Åsa")
    (camera,) = stored(influx, "painwatch_camera_events")
    assert (camera["camera"], camera["fault"], camera["frames_per_s"]) == ("cage-1-left", "timeout", 14.9)
    (process,) = stored(influx, "painwatch_process_events")
    assert (process["process"], process["restarts"]) == ("capture cage-1-left", 2)
    (health,) = stored(influx, "painwatch_health")
    assert (health["of"], health["subject"], health["cage"]) == ("camera", "cage-1-left", "cage-1")
    assert (health["frames_per_s"], health["dropped"], health["phase"]) == (15, 3, "live")


def test_what_is_sent_again_is_the_same_point(influx: InfluxServer) -> None:
    line_of = lines_for(config_with({"url": influx.url}))
    lines = [line for record in all_kinds() if (line := line_of(record, SINK))]
    outbox = MemoryOutbox(lines * 3)
    drainer = Drainer(SINK, outbox, into_influx(InfluxConfig(url=influx.url), str), pauses=QUICK)
    try:
        wait_until(lambda: len(outbox.gone) == 3 * len(lines), what="all to be sent three times")
    finally:
        drainer.stop()
    assert sum(len(stored(influx, row["name"])) for row in influx.query("SHOW MEASUREMENTS")) == len(lines)


def test_a_field_that_somebody_gave_another_type_costs_only_its_own_records(
    influx: InfluxServer, tmp_path: Path
) -> None:
    influx.write(f'painwatch_points,cage=x pain_probability="high" {point().time_ns}')
    seen, blind = [point(n) for n in range(8)], [point(n, status=Status.NO_FACE) for n in range(8, 20)]
    with watching(tmp_path, influx.url) as watch:
        watch.writer.put(*seen, *blind, minute())
        watch.settle(21)
        state = watch.drainer.state
        waiting = watch.outbox.state().waiting
    assert (state.sent, state.refused, state.fault, waiting) == (13, 8, "", 0)
    assert influx.query('SELECT count("scored") FROM "painwatch_points"')[0]["count"] == 12
    assert influx.query('SELECT count("coverage") FROM "painwatch_minutes"')[0]["count"] == 1


def test_lines_that_nobody_can_read_are_set_aside(influx: InfluxServer) -> None:
    good = [b"m,n=%d v=%d.0 %d" % (n % 3, n, n) for n in range(500)]
    bad = [b"m v= 1", b"m", b'm v="open 1', b"m v=1.0 99999999999999999999"]
    lines = [*good[:100], bad[0], *good[100:300], bad[1], bad[2], *good[300:], bad[3]]
    outbox = MemoryOutbox(lines)
    drainer = Drainer(SINK, outbox, into_influx(InfluxConfig(url=influx.url), str), pauses=QUICK)
    try:
        wait_until(lambda: not outbox.waiting, what="the outbox to be empty")
    finally:
        drainer.stop()
    assert sorted(outbox.buried) == sorted(bad)
    assert all("unable to parse" in why for why in outbox.buried.values())
    assert influx.query('SELECT count("v") FROM "m"')[0]["count"] == 500


def test_what_is_older_than_the_database_keeps_does_not_hold_up_the_rest(influx: InfluxServer, tmp_path: Path) -> None:
    influx.query('CREATE RETENTION POLICY "day" ON "painwatch" DURATION 24h REPLICATION 1')
    now_ns = time.time_ns()
    old = [FusedPoint("cage-1", n, Status.NO_FACE, ()) for n in range(300)]
    new = [FusedPoint("cage-1", now_ns + n, Status.NO_FACE, ()) for n in range(5)]
    with watching(tmp_path, influx.url, retention_policy="day") as watch:
        watch.writer.put(*old, *new)
        watch.settle(305)
        assert (watch.drainer.state.sent, watch.drainer.state.refused) == (5, 300)
    assert influx.query('SELECT count("scored") FROM "day"."painwatch_points"')[0]["count"] == 5


@pytest.mark.parametrize("end", ["kill", "vanish"])
def test_an_outage_is_waited_for_and_all_arrives(influx: InfluxServer, tmp_path: Path, end: str) -> None:
    with watching(tmp_path, influx.url) as watch:
        watch.writer.put(*(point(n) for n in range(100)))
        watch.settle(100)
        getattr(influx, end)()
        watch.writer.put(*(point(n) for n in range(100, 400)), minute())
        wait_until(
            lambda: watch.drainer.state.waiting == 301 and watch.drainer.state.fault, what="the outage to be told"
        )
        assert watch.drainer.state.oldest_ns is not None
        influx.start()
        watch.settle(401)
        assert (watch.drainer.state.fault, watch.drainer.state.refused) == ("", 0)
    assert influx.query('SELECT count("scored") FROM "painwatch_points"')[0]["count"] == 400


def test_killing_the_database_amid_writes_loses_nothing(influx: InfluxServer, tmp_path: Path) -> None:
    count, done = 6000, threading.Event()

    def feed(watch: Watch) -> None:
        for begin in range(0, count, 50):
            watch.writer.put(*(point(n) for n in range(begin, begin + 50)))
            done.wait(0.01)

    with watching(tmp_path, influx.url, timeout_s=2) as watch:
        feeder = threading.Thread(target=feed, args=(watch,))
        feeder.start()
        for killed in range(1, 4):
            wait_until(lambda now=killed: watch.drainer.state.sent >= now * 500, what="some records to go out")
            influx.kill()
            wait_until(lambda: watch.drainer.state.fault, what="the outage to be told")
            influx.start()
        feeder.join()
        watch.settle(count)
        assert watch.drainer.state.refused == 0
    rows = influx.query('SELECT "pain_probability", "pain" FROM "painwatch_points"')
    assert [row["time"] for row in rows] == [point(n).time_ns for n in range(count)]
    assert {(row["pain_probability"], row["pain"]) for row in rows} == {(0.75, 1)}


def test_a_restart_of_the_watch_goes_on_where_it_was(influx: InfluxServer, tmp_path: Path) -> None:
    influx.vanish()
    with watching(tmp_path, influx.url) as watch:
        watch.writer.put(*(point(n) for n in range(50)))
        wait_until(lambda: watch.drainer.state.waiting == 50, what="the records to wait")
    influx.start()
    with watching(tmp_path, influx.url) as watch:
        watch.settle(50)
    assert influx.query('SELECT count("scored") FROM "painwatch_points"')[0]["count"] == 50


def test_a_refused_login_and_small_bodies_lose_nothing(tmp_path: Path) -> None:
    if why := missing():
        pytest.skip(why)
    with ExitStack() as stack:
        influx = stack.enter_context(InfluxServer(tmp_path / "influx", auth=True, body_max="1k"))
        influx.query("CREATE DATABASE painwatch")
        with watching(tmp_path, influx.url, password="wrong") as watch:
            watch.writer.put(*(point(n) for n in range(2000)))
            wait_until(lambda: watch.drainer.state.held, what="the login to be refused")
            assert "401" in watch.drainer.state.fault
            assert "wrong" not in watch.drainer.state.fault
            assert watch.outbox.state().refused == 0
        with watching(tmp_path, influx.url, password=PASSWORD) as watch:
            watch.settle(2000)
        assert influx.query('SELECT count("scored") FROM "painwatch_points"')[0]["count"] == 2000

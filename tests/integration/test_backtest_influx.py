"""The same nights read from the history on disk and from a real InfluxDB that its records were carried to."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import msgspec
import pytest
from typer.testing import CliRunner

from fixtures.cage_nights import CageNights, cage_nights
from fixtures.nights_on_disk import config_of
from fixtures.waiting import wait_until
from painwatch.cli import app
from painwatch.config.delivery import InfluxConfig
from painwatch.config.loader import load_config
from painwatch.core.errors import PainwatchError
from painwatch.core.types import MinuteSummary
from painwatch.sinks.drainer import Drainer, Pauses, into_influx
from painwatch.sinks.lines import lines_for
from painwatch.sinks.read_minutes import InfluxHistory
from painwatch.store.history import open_history
from painwatch.store.outbox import Outbox
from painwatch.store.writer import Writer
from servers.influx import PASSWORD, USER, InfluxServer, missing

SITE = "Vet's demo, room\\1"


@pytest.fixture(scope="module")
def nights() -> CageNights:
    return cage_nights(cages=2, nights=2, hours=4)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[InfluxServer]:
    if why := missing():
        pytest.skip(why)
    with InfluxServer(tmp_path / "influx", auth=True) as running:
        running.query("CREATE DATABASE painwatch")
        yield running


def sink_at(url: str, **settings: object) -> dict[str, object]:
    return {"name": "study", "url": url, "username": USER, "password": {"env": "INFLUX_PASSWORD"}} | settings


def carry(folder: Path, config_file: Path, nights: CageNights) -> InfluxConfig:
    """Stores the nights and lets the outbox be drained, as the hub does."""
    config = load_config(config_file)
    (sink,) = config.sinks
    path = folder / "data" / "painwatch.sqlite"
    with (
        closing(Writer(path, site=SITE, keep_points_days=30, sinks=(sink.name,), lines=lines_for(config))) as writer,
        closing(Outbox(path, writer, sink.name)) as outbox,
    ):
        writer.put(*nights.minutes)
        writer.put(*nights.marks)
        drainer = Drainer(sink.name, outbox, into_influx(sink, lambda _: PASSWORD), pauses=Pauses(look_s=0.02))
        try:
            every = len(nights.minutes) + len(nights.marks)
            wait_until(lambda: drainer.state.sent == every, what=f"all to be sent: {drainer.state}", within_s=120)
        finally:
            drainer.stop()
    return sink


def as_read(minute: MinuteSummary) -> MinuteSummary:
    """Without what InfluxDB does not keep: the order of action units."""
    return msgspec.structs.replace(minute, units=tuple(sorted(minute.units, key=lambda unit: unit.name)))


def test_minutes_marks_and_the_backtest_are_the_same_from_both(
    server: InfluxServer, nights: CageNights, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INFLUX_PASSWORD", PASSWORD)
    config_file = config_of(tmp_path, nights, site=SITE, sinks=[sink_at(server.url)])
    sink = carry(tmp_path, config_file, nights)
    range_ns = (nights.begin_ns + 7 * 60_000_000_000, nights.end_ns - 60_000_000_000)
    with (
        open_history(tmp_path / "data" / "painwatch.sqlite") as disk,
        InfluxHistory(sink, site=SITE, read_secret=lambda _: PASSWORD) as influx,
    ):
        for cage in nights.cages:
            stored = disk.minutes(cage, *range_ns)
            assert len(stored) > 200
            assert list(influx.minutes(cage, *range_ns)) == list(map(as_read, stored))
            assert list(influx.marks(cage, 0, nights.end_ns)) == list(disk.marks(cage, 0, nights.end_ns))

    def report(*words: str) -> tuple[str, bytes]:
        asked = ("--config", str(config_file), "--from", "2026-09-01T18:00Z", "--to", "2026-09-02T22:00Z")
        told = ("--event", "treatment", "--window-h", "2", "--out", str(tmp_path / "out"))
        done = CliRunner().invoke(app, ["backtest", *words, *asked, *told], catch_exceptions=False)
        assert done.exit_code == 0, done.output
        text = (tmp_path / "out" / "report.md").read_text()
        # All but where the history lies and the command.
        return text.partition("## Rules")[2], (tmp_path / "out" / "alarms.csv").read_bytes()

    from_disk, from_influx = report(), report("--influx", "study")
    assert "treatment" in from_disk[0]
    assert from_disk == from_influx


def test_a_cage_that_was_moved_has_each_minute_once_and_other_sites_none(
    influx: InfluxServer, nights: CageNights, tmp_path: Path
) -> None:
    config = load_config(config_of(tmp_path, nights, site=SITE, sinks=[{"name": "study", "url": influx.url}]))
    moved = config.model_copy(update={"cages": tuple(cage.model_copy(update={"room": "2"}) for cage in config.cages)})
    elsewhere = config.model_copy(update={"site": "Other"})
    own = [minute for minute in nights.minutes if minute.cage == "cage-1"][:40]
    told = [(config, own[:20]), (moved, own[15:30]), (elsewhere, own)]
    influx.write("\n".join(line.decode() for by, some in told for m in some if (line := lines_for(by)(m, "study"))))
    with InfluxHistory(config.sinks[0], site=SITE, read_secret=lambda _: "") as past:
        assert list(past.minutes("cage-1", nights.begin_ns - 86_400_000_000_000, nights.begin_ns)) == []
        found = list(past.minutes("cage-1", nights.begin_ns, nights.end_ns))
    assert found == list(map(as_read, own[:30]))


def test_why_a_database_gives_nothing_is_told(server: InfluxServer) -> None:
    def asked(**settings: object) -> str:
        password = str(settings.pop("given", PASSWORD))
        sink = InfluxConfig.model_validate(sink_at(server.url) | settings)
        with InfluxHistory(sink, site=SITE, read_secret=lambda _: password) as influx:
            try:
                return str(len(list(influx.minutes("cage-1", 0, 1))))
            except PainwatchError as error:
                return str(error)

    assert asked() == "0"
    assert "does not let us read (HTTP 401" in asked(given="wrong")
    assert "database not found: nowhere" in asked(bucket="nowhere")
    assert "wrong" not in asked(given="wrong")
    server.kill()
    assert "gives an answer that is not InfluxDB's (HTTP 502" in asked()
    server.vanish()
    assert "cannot be reached (nothing answers at its address)" in asked()
    server.start()
    assert asked() == "0"

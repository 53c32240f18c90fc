"""(d) Writing: points to SQLite and to InfluxDB 1.6.7, by the clock, against the obvious way to write each."""

from __future__ import annotations

import contextlib
import sqlite3
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import urllib3
from influxdb_client.client.influxdb_client import InfluxDBClient
from influxdb_client.client.write.point import Point
from influxdb_client.client.write_api import SYNCHRONOUS, WriteOptions

from benchmarks.measure import Case, Sample, interleaved, ratios, spread
from benchmarks.report import Answer, Line
from benchmarks.synthetic import NOON, SECOND, config, point
from painwatch.config.delivery import InfluxConfig
from painwatch.core.types import FusedPoint
from painwatch.sinks.answers import Meaning
from painwatch.sinks.client import Influx
from painwatch.sinks.lines import lines_for
from painwatch.store.writer import Writer
from servers.influx import InfluxServer, missing

_point: Any = Point  # the client tells no types of it
CAGES = 100
SINK = "influxdb"
DATABASE = "painwatch"
SMALL = 20
"""Records in a round of the ways that ask the disk or the server anew for each."""


def sqlite(rounds: int, count: int) -> Answer:
    """The history's writer, with and without an outbox for a sink, against one INSERT and commit after the other."""
    with tempfile.TemporaryDirectory(prefix="pw-bench-") as name:
        folder = Path(name)
        cases = {
            "INSERT and commit, one by one": _commits(folder / "plain.db"),
            "executemany, one commit": _at_once(folder / "once.db", count),
            "painwatch's history": _history(folder / "history", count, ()),
            "painwatch's history and outbox": _history(folder / "outbox", count, (SINK,)),
        }
        samples = interleaved(cases, rounds)
    return _answer(
        "d4",
        "(d) Points to SQLite, by the clock",
        samples,
        held_to="INSERT and commit, one by one",
        best="executemany, one commit",
        peak="all rows in one executemany and one commit, bare of anything else",
        note="painwatch's time includes opening and closing the file; its rows hold more, such as each camera's share.",
    )


def influx(rounds: int, count: int) -> Answer | None:
    """Points to a real server, through nginx as the write API of later versions; None where it is not installed."""
    if missing():
        return None
    with tempfile.TemporaryDirectory(prefix="pw-bench-") as name, InfluxServer(Path(name)) as server:
        server.query(f'CREATE DATABASE "{DATABASE}"')
        with contextlib.ExitStack() as stack:
            cases = {
                "influxdb-client, one by one": stack.enter_context(_by_client(server.url, SMALL, batching=False)),
                "influxdb-client, batching": stack.enter_context(_by_client(server.url, count, batching=True)),
                "painwatch's sink": stack.enter_context(_by_sink(server.url, count)),
                "ready lines, posted": stack.enter_context(_posted(server.url, count)),
            }
            samples = interleaved(cases, rounds)
    return _answer(
        "d5",
        "(d) Points to InfluxDB 1.6.7, by the clock",
        samples,
        held_to="influxdb-client, one by one",
        best="ready lines, posted",
        peak="ready lines posted to the same server by urllib3",
        note="painwatch's batches wait in SQLite until the server has them; the client's are lost with its process.",
    )


def _answer(
    key: str, title: str, samples: dict[str, list[Sample]], *, held_to: str, best: str, peak: str, note: str
) -> Answer:
    costs = {name: [sample.wall_ms for sample in each] for name, each in samples.items()}
    least_ms = spread(costs[best]).median
    lines = tuple(
        Line(
            name,
            spread(cost),
            ratios(costs[held_to], cost),
            least_ms / spread(cost).median,
            {
                "points a s": f"{1e3 / spread(cost).median:.0f}",
                "cpu-ms a point": str(spread([sample.cpu_ms for sample in samples[name]])),
            },
        )
        for name, cost in costs.items()
    )
    return Answer(key, title, "ms a point", held_to, peak, lines, (note,), {"samples_ms": costs})


def _points(turn: int, count: int) -> list[FusedPoint]:
    """Points that no other round of this way has."""
    begin_ns = NOON + (turn + 1) * 10_000 * SECOND
    return [point(n % CAGES, begin_ns + n // CAGES * SECOND, 0.25 + n % 50 / 100) for n in range(count)]


def _table(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE points (cage TEXT, time_ns INTEGER, pain REAL, PRIMARY KEY (cage, time_ns))")
    connection.commit()
    return connection


def _row(of: FusedPoint) -> tuple[str, int, float | None]:
    return of.cage, of.time_ns, of.pain_probability


def _commits(path: Path) -> Case:
    connection = _table(path)

    def run_round(turn: int) -> int:
        for each in _points(turn, SMALL):
            connection.execute("INSERT INTO points VALUES (?, ?, ?)", _row(each))
            connection.commit()
        return SMALL

    return run_round


def _at_once(path: Path, count: int) -> Case:
    connection = _table(path)

    def run_round(turn: int) -> int:
        connection.executemany("INSERT INTO points VALUES (?, ?, ?)", map(_row, _points(turn, count)))
        connection.commit()
        return count

    return run_round


def _history(folder: Path, count: int, sinks: tuple[str, ...]) -> Case:
    folder.mkdir()
    lines = lines_for(config(CAGES, 2.0))

    def run_round(turn: int) -> int:
        with contextlib.closing(
            Writer(folder / "history.db", site="bench", keep_points_days=36_500, sinks=sinks, lines=lines)
        ) as writer:
            for each in _points(turn, count):
                writer.put(each)
        return count

    return run_round


@contextlib.contextmanager
def _by_client(url: str, count: int, *, batching: bool) -> Iterator[Case]:
    options = WriteOptions(batch_size=1000) if batching else SYNCHRONOUS
    with InfluxDBClient(url=url, token="none", org="-") as client:

        def run_round(turn: int) -> int:
            with client.write_api(write_options=options) as api:
                for each in _points(turn, count):
                    made = _point("client").tag("cage", each.cage).field("pain_probability", each.pain_probability)
                    api.write(bucket=f"{DATABASE}/autogen", record=made.time(each.time_ns))
            return count

        yield run_round


@contextlib.contextmanager
def _by_sink(url: str, count: int) -> Iterator[Case]:
    line_of = lines_for(config(CAGES, 2.0))
    with contextlib.closing(Influx(InfluxConfig(url=url, bucket=DATABASE), "")) as sink:

        def run_round(turn: int) -> int:
            lines = [line for each in _points(turn, count) if (line := line_of(each, SINK)) is not None]
            for start in range(0, len(lines), 1000):
                answer = sink.write(b"\n".join(lines[start : start + 1000]))
                if answer.meaning is not Meaning.TAKEN:
                    raise RuntimeError(f"InfluxDB says: {answer.words}")
            return count

        yield run_round


@contextlib.contextmanager
def _posted(url: str, count: int) -> Iterator[Case]:
    parts = urlsplit(url)
    with urllib3.HTTPConnectionPool(parts.hostname or "127.0.0.1", parts.port) as pool:

        def run_round(turn: int) -> int:
            points = _points(turn, count)
            for start in range(0, count, 1000):
                lines = (
                    f"ready,cage={one.cage} p={one.pain_probability} {one.time_ns}"
                    for one in points[start : start + 1000]
                )
                path = f"/api/v2/write?bucket={DATABASE}%2Fautogen&precision=ns"
                answer = pool.request("POST", path, body="\n".join(lines).encode())
                if answer.status != 204:
                    raise RuntimeError(f"InfluxDB answers {answer.status}")
            return count

        yield run_round

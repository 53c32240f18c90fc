"""The queries of docs/influxdb.md, each asked of a real InfluxDB that holds an hour of a watch."""

from __future__ import annotations

import re
import time
from pathlib import Path

import msgspec
import pytest

from fixtures.kinds_of_record import MINUTE_NS, all_kinds, config_with, minute, point
from painwatch.sinks.lines import lines_for
from servers.influx import InfluxServer

PAGE = Path(__file__).parents[2] / "docs" / "influxdb.md"
QUERIES = [" ".join(query.split()) for query in re.findall(r"```sql\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)]


def an_hour(now_ns: int) -> list[str]:
    """Lines of two cages over the last hour, of which the second was blind for half of it."""
    line_of = lines_for(config_with({"url": "http://127.0.0.1"}))
    begin_ns = now_ns // MINUTE_NS * MINUTE_NS - 60 * MINUTE_NS
    records: list[msgspec.Struct] = []
    for n in range(60):
        for cage, scored in (("cage-1", 180), ("cage-2", 180 if n < 30 else 0)):
            at_ns = begin_ns + n * MINUTE_NS
            records.append(msgspec.structs.replace(minute(cage=cage, scored=scored), start_ns=at_ns))
            records.append(msgspec.structs.replace(point(), time_ns=at_ns, cage=cage))
    records += [
        msgspec.structs.replace(record, time_ns=now_ns - 5 * MINUTE_NS)
        for record in all_kinds()
        if not hasattr(record, "start_ns")
    ]
    return [line.decode() for record in records if (line := line_of(record, "influxdb"))]


def test_every_query_of_the_page_is_answered(influx: InfluxServer) -> None:
    influx.write("\n".join(an_hour(time.time_ns())))
    assert len(QUERIES) >= 10
    for query in QUERIES:
        rows = influx.query(query)
        assert rows, query
        assert any(value is not None for row in rows for name, value in row.items() if name != "time"), query


def test_every_query_keeps_to_what_all_versions_have() -> None:
    known = {"mean", "sum", "count", "last", "first", "min", "max", "median", "percentile", "time", "now", "fill"}
    for query in QUERIES:
        assert set(re.findall(r"(\w+)\(", query)) <= known, query
        assert not re.search(r"\b(INTO|SLIMIT|SOFFSET|SHOW)\b", query), query
        assert not re.search(r"FROM [^\"]", query), query


def test_a_blind_cage_is_seen_to_be_blind(influx: InfluxServer) -> None:
    influx.write("\n".join(an_hour(time.time_ns())))
    rows = influx.query('SELECT mean("coverage"), count("pain_probability") FROM "painwatch_minutes" GROUP BY "cage"')
    one, two = rows
    assert (one["cage"], one["mean"], one["count"]) == ("cage-1", pytest.approx(0.75), 60)
    assert (two["cage"], two["mean"], two["count"]) == ("cage-2", pytest.approx(0.375), 30)


def test_a_share_of_what_was_not_seen_is_not_told_as_zero(influx: InfluxServer) -> None:
    influx.write("\n".join(an_hour(time.time_ns())))
    (share,) = [query for query in QUERIES if query.startswith('SELECT sum("pain") /')]
    rows = [row for row in influx.query(share.replace("time(30m)", "time(1m)")) if row["cage"] == "cage-2"]
    assert len(rows) == 30

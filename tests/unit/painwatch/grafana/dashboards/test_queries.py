"""What dashboards ask: only what every InfluxDB answers, of what is written, of one site."""

from __future__ import annotations

import re

import pytest

from fixtures.dashboards_room import room_config
from painwatch.config.models import Config
from painwatch.grafana.dashboards.built import dashboards
from painwatch.grafana.dashboards.queries import PanelQuery, queries, sent
from painwatch.sinks.columns import Family
from painwatch.sinks.schema import CAGE_TAGS, CAMERA_TAG, MEASUREMENTS, SITE_TAG

ALL = tuple(query for built in dashboards(room_config()) for query in queries(built))
FUNCTIONS = {"mean", "sum", "count", "last", "first", "min", "max", "stddev", "sqrt", "time", "now", "fill"}
"""That 1.8, 2.x and 3 have: of what docs/influxdb.md uses, and the two for a standard error."""

HOUR_NS = 3_600_000_000_000


@pytest.mark.parametrize("query", ALL, ids=lambda query: f"{query.board}-{query.panel_id}-{query.panel}-{query.ref}")
class TestEveryQuery:
    def test_keeps_to_what_all_versions_have(self, query: PanelQuery) -> None:
        plain = _without_texts(query.influxql)
        assert set(re.findall(r"(\w+)\(", plain)) <= FUNCTIONS
        assert not re.search(r"\b(INTO|SLIMIT|SOFFSET|SERIES|SAMPLE|tz)\b", plain)
        assert not re.search(r"FROM [^\"(]", plain), "a measurement without quotes"

    def test_never_makes_zero_of_nothing(self, query: PanelQuery) -> None:
        assert "fill(0)" not in query.influxql
        if 'sum("pain") /' in query.influxql:
            assert '"coverage" > 0' in query.influxql, "0 / 0 is 0 in InfluxQL"
            assert '1.0 * sum("pain") /' in query.influxql, "whole numbers give whole numbers inside of a subquery"

    def test_asks_of_one_site_and_of_a_time(self, query: PanelQuery) -> None:
        assert query.influxql.count("\"site\" = 'North wing'") == 1
        assert "$timeFilter" in query.influxql or "time > now() - " in query.influxql

    def test_has_only_variables_that_are_put_in(self, query: PanelQuery) -> None:
        known = r"\$timeFilter|\$__interval|\$\{(cage|room|strain|group):pipe\}|\$\{cage:singlequote\}|\$/"
        assert "$" not in re.sub(known, "", query.influxql)
        asked = sent(query, 0, HOUR_NS, {"cage": ("cage-1",)})
        assert "'cage-1' = 'cage-1'" in asked or "singlequote" not in query.influxql
        assert "$" not in asked.replace("$/", "")

    def test_names_only_what_is_written(self, query: PanelQuery) -> None:
        named = re.findall(r'(AS )?"([^"]+)"', _without_texts(query.influxql))
        made, used = ({name for alias, name in named if bool(alias) is new} for new in (True, False))
        (measurement,) = (one for one in MEASUREMENTS if one.name in used)
        tags = {SITE_TAG[0], CAMERA_TAG[0], *(name for name, _ in CAGE_TAGS), *(tag.name for tag in measurement.tags)}
        fields = {field.name for field in measurement.fields if not isinstance(field, Family)}
        prefixes = tuple(field.prefix for field in measurement.fields if isinstance(field, Family))
        unknown = used - tags - fields - made - {measurement.name}
        assert not {name for name in unknown if not name.startswith(prefixes)}


def test_the_retention_policy_of_the_sink_is_asked() -> None:
    config = room_config().model_dump()
    other = config["sinks"][0] | {"name": "other", "retention_policy": ""}
    config["sinks"] = (other, config["sinks"][0] | {"retention_policy": "two_years"})
    config["grafana"] = config["grafana"] | {"sink": "lab"}
    found = [query.influxql for built in dashboards(Config.model_validate(config)) for query in queries(built)]
    assert len(found) == len(ALL)
    for influxql in found:
        assert re.findall(r'FROM "(\w+)"\."painwatch_\w+"', influxql) == ["two_years"], influxql


def test_what_is_chosen_is_put_in() -> None:
    query = next(query for query in ALL if "${cage:pipe}" in query.influxql)
    assert '"cage" =~ /^(cage-1)$/' in sent(query, 0, HOUR_NS, {"cage": ("cage-1",)})
    assert '"cage" =~ /^(cage-1|cage-2)$/' in sent(query, 0, HOUR_NS, {"cage": ("cage-1", "cage-2")})
    assert '"cage" =~ /^(.*)$/' in sent(query, 0, HOUR_NS)


def test_what_is_written_all_the_time_is_asked_for_three_days_at_most() -> None:
    """InfluxDB 3 Core refuses more."""
    hours = {"s": 1 / 3600, "m": 1 / 60, "h": 1.0, "d": 24.0}
    for query in ALL:
        for number, unit in re.findall(r"time > now\(\) - (\d+)([smhd])", query.influxql):
            assert int(number) * hours[unit] <= 70 or '"painwatch_alarms"' in query.influxql


def test_the_range_and_the_step_are_put_in() -> None:
    query = next(query for query in ALL if "$__interval" in query.influxql)
    assert "time >= 0ms and time <= 3600000ms" in sent(query, 0, HOUR_NS)
    assert "time(60s)" in sent(query, 0, HOUR_NS)
    assert "time(420s)" in sent(query, 0, 48 * HOUR_NS)


def test_a_query_says_what_a_picture_of_it_needs() -> None:
    (query,) = (one for one in ALL if (one.board, one.panel_id, one.ref) == ("cage", 11, "A"))
    assert (query.kind, query.asked, query.unit, query.legend) == ("timeseries", "time_series", "percentunit", "judged")
    assert query.thresholds == ((0.6, "#D55E00"),)
    assert query.tags == ("cage",)
    assert "sustained-pain" in query.description


def test_annotations_never_ask_for_what_may_be_missing() -> None:
    """Grafana drops a row of an annotation of which one column is null."""
    optional = {"end_ns"}
    for query in (query for query in ALL if query.asked == "annotation"):
        fields = set(re.findall(r'"(\w+)"', query.influxql.partition(" FROM ")[0]))
        for name in fields & optional:
            assert f'"{name}" > 0' in query.influxql


def test_a_site_named_like_a_variable_stays_what_it_is() -> None:
    config = Config.model_validate(room_config().model_dump() | {"site": "a $b [[c]] 'd'"})
    (query, *_) = queries(dashboards(config)[0])
    assert "\"site\" =~ /^(a \\x24b \\[\\[c\\]\\] 'd')$/" in query.influxql


def _without_texts(influxql: str) -> str:
    return re.sub(r"'(?:\\.|[^'\\])*'|/\^.*?\$/", "''", influxql)

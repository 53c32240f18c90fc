"""What is asked of InfluxDB, and what its answers become."""

from __future__ import annotations

import pytest

from grafana_semantics.frames import NAME_LABEL, influxql, values_of
from grafana_semantics.values import EvaluationError, NoData, Series


def test_the_time_filter_is_counted_back_from_the_evaluation() -> None:
    asked = influxql('SELECT "v" FROM "m" WHERE $timeFilter GROUP BY time($__interval)', 600, 60, 1_000.0, 60_000)
    assert asked == 'SELECT "v" FROM "m" WHERE time >= 400000ms and time <= 940000ms GROUP BY time(1m)'
    assert influxql("$__interval_ms $interval", 1, 0, 1, 2000) == "2000 2s"
    assert influxql("$interval", 1, 0, 1, 7_200_000) == "2h"
    assert influxql("$interval", 1, 0, 1, 50) == "50ms"


def row(values: list[list[object]], *columns: str, **tags: str) -> dict[str, object]:
    return {"name": "m", "columns": ["time", *columns], "values": values} | ({"tags": tags} if tags else {})


def answer(*rows: dict[str, object]) -> dict[str, object]:
    return {"results": [{"statement_id": 0} | ({"series": list(rows)} if rows else {})]}


def test_a_series_for_each_set_of_tags_in_the_order_given() -> None:
    found = values_of(answer(row([[2, 0.5], [1, None]], "v", cage="a"), row([[1, 1]], "v", cage="b")))
    assert found == (Series((("cage", "a"),), (2, 1), (0.5, None)), Series((("cage", "b"),), (1,), (1.0,)))


def test_texts_are_left_out_and_columns_are_series_of_their_own() -> None:
    found = values_of(answer(row([[1, 2, "x", 3]], "v", "words", "w", cage="a")))
    assert [value.values for value in found if isinstance(value, Series)] == [(2.0,), (3.0,)]
    assert values_of(answer(row([[1, "x"]], "words"))) == (NoData(),)


def test_series_without_tags_go_by_their_name() -> None:
    assert values_of(answer(row([[0, 3]], "count"))) == (Series(((NAME_LABEL, "m.count"),), (0,), (3.0,)),)


def test_nothing_is_no_data_and_an_error_is_one() -> None:
    assert values_of(answer()) == (NoData(),)
    with pytest.raises(EvaluationError, match="no such"):
        values_of({"results": [{"statement_id": 0, "error": "no such thing"}]})
    with pytest.raises(EvaluationError, match="down"):
        values_of({"error": "down"})

"""What Grafana's InfluxQL data source asks, and what it makes of the answer. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from grafana_semantics.values import EvaluationError, Labels, NoData, Series, Value, Values, labels_of

NAME_LABEL = "__name__"


def influxql(query: str, from_s: int, to_s: int, now_s: float, interval_ms: int = 1000) -> str:
    """The query as it is sent: `$timeFilter` and the intervals written out.

    Grafana 12, pkg/tsdb/influxdb/models/query.go: Query.Build, renderTimeFilter (both ends belong to the range, in ms);
    pkg/expr/models.go: RelativeTimeRange.AbsoluteTime (both counted back from the time of the evaluation).
    """
    begin, end = (round((now_s - back_s) * 1000) for back_s in (from_s, to_s))
    text = _interval(interval_ms)
    query = query.replace("$timeFilter", f"time >= {begin}ms and time <= {end}ms").replace("$interval", text)
    return query.replace("$__interval_ms", str(interval_ms)).replace("$__interval", text)


def values_of(answer: Mapping[str, Any]) -> Values:
    """The series in an answer of InfluxDB's /query with epoch=ms; one NoData if it has none.

    Labels are the tags of GROUP BY; points keep the order they came in; a column besides the time is a series of its
    own; one that holds texts is left out. Series none of which has tags are told apart by their names.

    Raises EvaluationError for an answer that says an error.

    Grafana 12, pkg/tsdb/influxdb/influxql/buffered/response_parser.go: ResponseParse, transformRowsForTimeSeries;
    pkg/expr/converter.go: ResultConverter.Convert, checkIfSeriesNeedToBeFixed.
    """
    results = answer.get("results") or ()
    error = answer.get("error") or next((r["error"] for r in results if "error" in r), None)
    if error:
        raise EvaluationError(str(error))
    found = [(name, series) for result in results for row in result.get("series", ()) for name, series in _columns(row)]
    if found and not any(series.labels for _, series in found) and len({name for name, _ in found}) == len(found):
        found = [(name, Series(((NAME_LABEL, name),), s.times, s.values)) for name, s in found]
    given: list[Value] = [series for _, series in found]
    return tuple(given) or (NoData(),)


def _columns(row: Mapping[str, Any]) -> list[tuple[str, Series]]:
    tags: Mapping[str, str] = row.get("tags") or {}
    labels: Labels = labels_of(tags)
    rows = row.get("values", ())
    if row["columns"][0] != "time":
        return []
    times = tuple(int(values[0]) for values in rows)
    told = " ".join(f"{name}: {value}" for name, value in tags.items())
    series = []
    for index, column in enumerate(row["columns"][1:], 1):
        values = tuple(values[index] for values in rows)
        if not any(isinstance(value, str) for value in values):
            name = f"{row['name']}.{column}" + (f" {{ {told} }}" if told else "")
            series.append((name, Series(labels, times, tuple(None if v is None else float(v) for v in values))))
    return series


def _interval(interval_ms: int) -> str:
    """Grafana's plugin SDK, backend/gtime: FormatInterval, for what alert rules use."""
    for unit_ms, unit in ((86_400_000, "d"), (3_600_000, "h"), (60_000, "m"), (1000, "s")):
        if interval_ms >= unit_ms:
            return f"{interval_ms // unit_ms}{unit}"
    return f"{interval_ms}ms"

"""The parts of a rule as Grafana's API and its files have them alike. Pure."""

from __future__ import annotations

import re
from typing import Any

from painwatch.grafana.rules_model import EXPRESSION, AlertRule, Maths, Part, Query, Reduce, Threshold

QUERY_DEFAULTS = {"intervalMs": 1000, "maxDataPoints": 43_200}
"""Grafana adds them where they are not given; given, a rule reads back as it was written."""

_UNITS_S = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800, "y": 31_536_000}


def data_of(rule: AlertRule, data_source_uid: str) -> list[dict[str, Any]]:
    """`data` of a rule: its parts in order."""
    return [_entry(part, data_source_uid) for part in rule.parts]


def duration(seconds: int) -> str:
    """Seconds as Grafana writes them."""
    return f"{seconds}s"


def seconds_of(duration: str) -> float:
    """Of a duration as Prometheus writes it, such as 1h30m."""
    found = re.findall(r"(\d+)(ms|[smhdwy])", duration)
    return sum(int(count) * _UNITS_S[unit] for count, unit in found)


def _entry(part: Part, data_source_uid: str) -> dict[str, Any]:
    asked = isinstance(part, Query)
    return {
        "refId": part.ref,
        "queryType": "",
        "relativeTimeRange": {"from": part.from_s, "to": part.to_s}
        if isinstance(part, Query)
        else {"from": 0, "to": 0},
        "datasourceUid": data_source_uid if asked else EXPRESSION,
        "model": {"refId": part.ref, **QUERY_DEFAULTS, **_model(part, data_source_uid)},
    }


def _model(part: Part, data_source_uid: str) -> dict[str, Any]:
    match part:
        case Query(influxql=influxql):
            source = {"type": "influxdb", "uid": data_source_uid}
            return {"datasource": source, "rawQuery": True, "resultFormat": "time_series", "query": influxql}
        case Reduce(of=of, by=by):
            return _expression("reduce", of) | {"reducer": by, "settings": {"mode": "dropNN"}}
        case Maths(expression=expression):
            return _expression("math", expression)
        case Threshold(of=of):
            return _expression("threshold", of) | {"conditions": [{"evaluator": {"type": "gt", "params": [0]}}]}


def _expression(kind: str, expression: str) -> dict[str, Any]:
    return {"datasource": {"type": EXPRESSION, "uid": EXPRESSION}, "type": kind, "expression": expression}

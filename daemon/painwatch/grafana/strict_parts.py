"""What stands in the `model` of a query or an expression, and in the settings of a contact point, by their types."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, Field

from painwatch.grafana.rules_model import EXPRESSION
from painwatch.grafana.strict_models import RefId, Strict


class _Source(Strict):
    type: str
    uid: str


class _Part(Strict):
    refId: RefId
    datasource: _Source | None = None
    hide: bool = False
    intervalMs: int | None = Field(default=None, gt=0)
    maxDataPoints: int | None = Field(default=None, gt=0)


class Influx(_Part):
    """A query of an InfluxDB as it is written."""

    rawQuery: Literal[True]
    resultFormat: Literal["time_series"]
    query: str = Field(min_length=1)
    alias: str = ""
    policy: str = ""


class _Mode(Strict):
    mode: Literal["", "dropNN", "replaceNN"] = ""
    replaceWithValue: float | None = None


class Reduction(_Part):
    """One number of each series."""

    type: Literal["reduce"]
    expression: RefId
    reducer: Literal["min", "max", "mean", "median", "sum", "count", "last"]
    settings: _Mode = _Mode()


class Mathematics(_Part):
    """Numbers joined."""

    type: Literal["math"]
    expression: str = Field(min_length=1)


class _Evaluator(Strict):
    type: Literal["gt", "lt", "eq", "ne", "gte", "lte", "within_range", "outside_range"]
    params: tuple[float, ...] = Field(min_length=1, max_length=2)


class _Condition(Strict):
    evaluator: _Evaluator
    unloadEvaluator: _Evaluator | None = None


class Limit(_Part):
    """Which numbers are alerts."""

    type: Literal["threshold"]
    expression: RefId
    conditions: tuple[_Condition, ...] = Field(min_length=1, max_length=1)


class _Email(Strict):
    addresses: str = Field(min_length=3)
    singleEmail: bool = False
    subject: str = ""
    message: str = ""


class _Address(Strict):
    url: str = Field(min_length=1)


class _Webhook(_Address):
    httpMethod: Literal["POST", "PUT"] = "POST"
    username: str = ""
    password: str = ""
    authorization_scheme: str = ""
    authorization_credentials: str = ""
    maxAlerts: str | int = ""
    title: str = ""
    message: str = ""


class _Said(_Address):
    title: str = ""
    text: str = ""
    message: str = ""
    sectiontitle: str = ""
    recipient: str = ""
    username: str = ""


SETTINGS: dict[str, type[BaseModel]] = {"email": _Email, "webhook": _Webhook, "slack": _Said, "teams": _Said}
"""Of the types of contact points that painwatch writes."""


def part_of(data_source_uid: str, model: dict[str, Any]) -> type[BaseModel] | None:
    """What a `model` must be; None for a query of another kind of database, and an expression of no known type."""
    if data_source_uid == EXPRESSION:
        return KINDS.get(str(model.get("type")))
    source = model.get("datasource")
    asked = source.get("type") if isinstance(source, dict) else None
    return Influx if asked == "influxdb" or (asked is None and "rawQuery" in model) else None


KINDS: dict[str, type[BaseModel]] = {"reduce": Reduction, "math": Mathematics, "threshold": Limit}
"""Expressions, by their `type`."""

"""Alert rules in the forms that a Grafana is given: a file of its provisioning, or a group of its API. Pure.

Grafana 12, pkg/services/provisioning/alerting/rules_types.go and values/values.go (files);
pkg/services/ngalert/api/tooling/definitions/provisioning_alert_rules.go (API).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from grafana_semantics.maths_text import Node, parsed, variables
from grafana_semantics.reducing import Reduction
from grafana_semantics.thresholds import Comparison, Condition

DEFAULT_MISSING = 2
"""pkg/services/ngalert/models/alert_rule.go: evaluations without a series until it counts as gone, if not said."""


@dataclass(frozen=True, slots=True)
class Query:
    ref: str
    influxql: str
    from_s: int
    to_s: int
    interval_ms: int


@dataclass(frozen=True, slots=True)
class Reduce:
    ref: str
    of: str
    how: Reduction


@dataclass(frozen=True, slots=True)
class Maths:
    ref: str
    tree: Node


@dataclass(frozen=True, slots=True)
class Threshold:
    ref: str
    of: str
    condition: Condition


Part = Query | Reduce | Maths | Threshold


@dataclass(frozen=True, slots=True)
class Rule:
    """An alert rule as a Grafana keeps it; times in seconds."""

    uid: str
    title: str
    group: str
    interval_s: int
    parts: tuple[Part, ...]
    condition: str
    for_s: float
    keep_firing_for_s: float
    no_data: str
    on_error: str
    missing_evaluations: int
    labels: Mapping[str, str]
    annotations: Mapping[str, str]

    @property
    def queries(self) -> tuple[Query, ...]:
        return tuple(part for part in self.parts if isinstance(part, Query))


def rules_in_file(text: str, environment: Mapping[str, str] | None = None) -> tuple[Rule, ...]:
    """The rules of a provisioning file. `environment`: what `$NAME` in it stands for; unset names are empty."""
    document = _expanded(yaml.safe_load(text), environment or {})
    assert document["apiVersion"] == 1
    return tuple(
        _rule(rule, group["name"], seconds(group["interval"]))
        for group in document["groups"]
        for rule in group["rules"]
    )


def rules_in_group(body: Mapping[str, Any]) -> tuple[Rule, ...]:
    """The rules of a group as the API takes it: nothing is expanded, `interval` in seconds."""
    return tuple(_rule(rule, body["title"], float(body["interval"])) for rule in body["rules"])


def seconds(duration: str) -> float:
    """Such as 1m30s; Prometheus' model.ParseDuration."""
    units = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800, "y": 31_536_000}
    parts = re.findall(r"(\d+)(ms|[smhdwy])", duration)
    if "".join(number + unit for number, unit in parts) != duration or not (parts or duration == "0"):
        raise ValueError(f"{duration!r} is no duration")
    return float(sum(int(number) * units[unit] for number, unit in parts))


def _expanded(node: Any, environment: Mapping[str, str]) -> Any:
    """values.go: interpolateValue, of every string but those of query models and annotations: `$$` is a dollar, `$NAME`
    and `${NAME}` are the environment's. rules_types.go: AlertRuleV1.mapToModel takes those two as they are (Raw).
    """
    if isinstance(node, dict):
        raw = ("model", "annotations")
        return {key: value if key in raw else _expanded(value, environment) for key, value in node.items()}
    if isinstance(node, list):
        return [_expanded(value, environment) for value in node]
    if isinstance(node, str):
        return "$".join(_VARIABLE.sub(lambda m: environment.get(m[1] or m[2], ""), p) for p in node.split("$$"))
    return node


_VARIABLE = re.compile(r"\$(?:\{([^}]*)\}|([A-Za-z0-9_]+))")


def _rule(rule: Mapping[str, Any], group: str, interval_s: float) -> Rule:
    labels = dict(rule.get("labels") or {})
    if any("{{" in value for value in labels.values()):
        raise ValueError(f"{rule['title']}: a label made of what is measured would make a new alert of each value")
    missing = rule.get("missing_series_evals_to_resolve", rule.get("missingSeriesEvalsToResolve"))
    return Rule(
        uid=rule["uid"],
        title=rule["title"],
        group=group,
        interval_s=int(interval_s),
        parts=_in_order(tuple(_part(one) for one in rule["data"])),
        condition=rule["condition"],
        for_s=seconds(rule.get("for") or "0s"),
        keep_firing_for_s=seconds(rule.get("keepFiringFor") or rule.get("keep_firing_for") or "0s"),
        no_data=rule["noDataState"],
        on_error=rule["execErrState"],
        missing_evaluations=DEFAULT_MISSING if missing is None else int(missing),
        labels=labels,
        annotations=dict(rule.get("annotations") or {}),
    )


def _part(given: Mapping[str, Any]) -> Part:
    model, ref = given["model"], given["refId"]
    if given["datasourceUid"] not in ("__expr__", "-100"):
        if not model.get("rawQuery") or model.get("resultFormat", "time_series") != "time_series":
            raise ValueError(f"{ref}: only InfluxQL that gives time series is understood")
        span = given["relativeTimeRange"]
        return Query(ref, model["query"], int(span["from"]), int(span["to"]), int(model.get("intervalMs", 1000)))
    match model["type"]:
        case "reduce":
            settings = model.get("settings") or {}
            how = Reduction(model["reducer"], settings.get("mode", ""), float(settings.get("replaceWithValue", 0)))
            return Reduce(ref, model["expression"].removeprefix("$"), how)
        case "math":
            return Maths(ref, parsed(model["expression"]))
        case "threshold":
            (condition,) = model["conditions"]
            unload = condition.get("unloadEvaluator")
            load = _comparison(condition["evaluator"])
            return Threshold(ref, model["expression"], Condition(load, unload and _comparison(unload)))
        case other:
            raise ValueError(f"{ref}: an expression of type {other} is not understood")


def _comparison(given: Mapping[str, Any]) -> Comparison:
    return Comparison(given["type"], tuple(map(float, given["params"])))


def _in_order(parts: tuple[Part, ...]) -> tuple[Part, ...]:
    """Each after what it needs; pkg/expr/graph.go: buildExecutionOrder."""
    done: dict[str, Part] = {}
    waiting = list(parts)
    while waiting:
        for part in waiting:
            match part:
                case Query():
                    needs: tuple[str, ...] = ()
                case Maths():
                    needs = variables(part.tree)
                case _:
                    needs = (part.of,)
            if all(name in done for name in needs):
                done[part.ref] = part
                waiting.remove(part)
                break
        else:
            raise ValueError(f"{[part.ref for part in waiting]} need what is not there, or each other")
    return tuple(done.values())

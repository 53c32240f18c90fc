"""Rules in the forms a Grafana is given, evaluated."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
import yaml

from grafana_semantics.evaluating import evaluations, moments
from grafana_semantics.provisioned import Query, Rule, rules_in_file, rules_in_group, seconds
from grafana_semantics.results import Outcome, Result, asked, of_condition, results
from grafana_semantics.values import NoData, Number, Scalar, Series


def expression(ref: str, **model: object) -> dict[str, object]:
    nothing = {"from": 0, "to": 0}
    return {"refId": ref, "datasourceUid": "__expr__", "relativeTimeRange": nothing, "model": {"refId": ref} | model}


def threshold(ref: str, of: str, above: float, recovers_below: float | None = None) -> dict[str, object]:
    condition: dict[str, object] = {"evaluator": {"type": "gt", "params": [above]}}
    if recovers_below is not None:
        condition["unloadEvaluator"] = {"type": "lt", "params": [recovers_below]}
    return expression(ref, type="threshold", expression=of, conditions=[condition])


QUERY = {
    "refId": "A",
    "datasourceUid": "influx",
    "relativeTimeRange": {"from": 600, "to": 0},
    "model": {"refId": "A", "rawQuery": True, "resultFormat": "time_series", "query": "SELECT WHERE $timeFilter"},
}

RULE: dict[str, Any] = {
    "uid": "u",
    "title": "Costs $$5",
    "condition": "C",
    # What needs another part may stand before it.
    "data": [
        threshold("C", "B", 100, 30),
        expression("B", type="reduce", expression="A", reducer="last", settings={"mode": "dropNN"}),
        QUERY,
    ],
    "noDataState": "KeepLast",
    "execErrState": "KeepLast",
    "for": "0s",
    "labels": {"site": "$ROOM"},
    "annotations": {"summary": "$$values"},
}


def in_file(**changed: object) -> Rule:
    groups = [{"name": "g", "folder": "f", "interval": "1m", "rules": [RULE | changed]}]
    (rule,) = rules_in_file(yaml.safe_dump({"apiVersion": 1, "groups": groups}), {"ROOM": "Room 1"})
    return rule


def in_group(**changed: object) -> Rule:
    (rule,) = rules_in_group({"title": "g", "interval": 60, "rules": [RULE | changed]})
    return rule


def test_a_file_is_expanded_but_for_queries_and_annotations() -> None:
    rule = in_file(missing_series_evals_to_resolve=7, keepFiringFor="1m30s")
    assert (rule.title, rule.labels, rule.annotations) == ("Costs $5", {"site": "Room 1"}, {"summary": "$$values"})
    assert rule.queries == (Query("A", "SELECT WHERE $timeFilter", 600, 0, 1000),)
    assert (rule.interval_s, rule.missing_evaluations, rule.keep_firing_for_s) == (60, 7, 90)
    assert [part.ref for part in rule.parts] == ["A", "B", "C"]


def test_the_api_expands_nothing_and_has_other_names() -> None:
    rule = in_group(missingSeriesEvalsToResolve=7, keep_firing_for="1m30s")
    assert (rule.title, rule.labels) == ("Costs $$5", {"site": "$ROOM"})
    assert (rule.interval_s, rule.missing_evaluations, rule.keep_firing_for_s) == (60, 7, 90)
    assert in_group().missing_evaluations == 2


def test_what_is_not_understood_is_refused() -> None:
    table = QUERY | {"model": {"refId": "A", "rawQuery": True, "resultFormat": "table", "query": "SELECT"}}
    for data in ([table], [expression("A", type="sql", expression="A")], [threshold("C", "D", 1)]):
        with pytest.raises(ValueError, match=r"understood|need what is not there"):
            in_group(data=data)
    with pytest.raises(ValueError, match="new alert of each value"):
        in_group(labels={"value": "{{ $value }}"})
    with pytest.raises(ValueError, match="no duration"):
        seconds("1 minute")


def answering(told: Mapping[str, float | None], fails: bool = False) -> Mapping[str, Any]:
    if fails:
        raise ConnectionRefusedError("nobody there")
    rows = [{"name": "m", "tags": {"cage": c}, "columns": ["time", "v"], "values": [[1, v]]} for c, v in told.items()]
    return {"results": [{"series": rows} if rows else {}]}


def run(rule: Rule, *steps: dict[str, float | None] | None) -> list[dict[str, str]]:
    """The alerts of each cage after each step; None: the database is away."""
    coming = iter(steps)

    def ask(_: str) -> Mapping[str, Any]:
        step = next(coming)
        return answering(step or {}, fails=step is None)

    times = moments(60, 0, 60 * len(steps))
    return [
        {dict(labels).get("cage", ""): state.phase.value for labels, state in states.items()}
        for _, states in evaluations(rule, ask, times)
    ]


def test_a_recovery_threshold_holds_and_ends() -> None:
    told = run(in_file(), {"a": 101, "b": 50}, {"a": 50, "b": 50}, {"a": 29, "b": 101}, {"a": 50, "b": 30})
    assert [step["a"] for step in told] == ["Alerting", "Alerting", "Normal", "Normal"]
    assert [step["b"] for step in told] == ["Normal", "Normal", "Alerting", "Alerting"]


def test_a_recovery_threshold_forgets_after_a_failure() -> None:
    told = run(in_file(), {"a": 101}, {"a": 50}, None, {"a": 50})
    assert [step["a"] for step in told] == ["Alerting", "Alerting", "Alerting", "Normal"]


def test_null_in_between_forgets_nothing() -> None:
    """1 where it is raised, 0 where it has ended, null in between: KeepLast keeps what was."""
    data = [
        QUERY,
        expression("R", type="reduce", expression="A", reducer="last", settings={"mode": "dropNN"}),
        expression("S", type="math", expression="$A * 0 + ($R > 100) / (($R > 100) + ($R < 30))"),
        expression("B", type="reduce", expression="S", reducer="last", settings={"mode": "dropNN"}),
        threshold("C", "B", 0),
    ]
    rule = in_file(data=data)
    steps = ({"a": 101.0, "b": 50.0}, {"a": 50.0, "b": 50.0}, None, {"a": 50.0, "b": 101.0}, {}, {"a": 29.0, "b": 50.0})
    told = run(rule, *steps)
    assert [step["a"] for step in told] == ["Alerting"] * 5 + ["Normal"]
    assert [step["b"] for step in told] == ["Normal"] * 3 + ["Alerting"] * 3


def test_results_of_a_condition() -> None:
    cage = (("cage", "a"),)
    assert of_condition(()) == (Result((), Outcome.NO_DATA),)
    assert of_condition((NoData(),)) == (Result((), Outcome.NO_DATA),)
    found = of_condition((Number(cage, 0.0), Number((), float("nan"))))
    assert [result.outcome for result in found] == [Outcome.NORMAL, Outcome.ALERTING]
    assert of_condition((Number(cage, None),)) == (Result(cage, Outcome.NO_DATA),)
    assert of_condition((Scalar(2.0),)) == (Result((), Outcome.ALERTING),)
    (twice,) = of_condition((Number(cage, 0.0), Number(cage, 1.0)))
    assert twice.outcome is Outcome.ERROR
    (points,) = of_condition((Series(cage, (1,), (1.0,)),))
    assert points.outcome is Outcome.ERROR


def test_an_error_of_a_query_is_one_of_the_rule() -> None:
    rule = in_file()
    assert asked(rule, 1000) == {"A": "SELECT WHERE time >= 400000ms and time <= 1000000ms"}
    (result,) = results(rule, {"A": {"error": "timeout"}}, frozenset())
    assert result == Result((), Outcome.ERROR, "timeout")


def test_moments() -> None:
    assert list(moments(60, 0, 181)) == [0, 60, 120, 180]
    assert list(moments(60, 1, 180)) == [60, 120]
    assert list(moments(60, 45.5, 200, offset_s=50)) == [50, 110, 170]
    assert list(moments(60, 51, 200, offset_s=50)) == [110, 170]
    for interval, offset in ((15, 0), (60, 5), (60, 60)):
        with pytest.raises(ValueError, match="multiples of 10"):
            moments(interval, 0, 1, offset)

"""What one evaluation of an alert rule says of each of its series. Pure.

Grafana 12, pkg/expr/graph.go: DataPipeline.execute; pkg/services/ngalert/eval/eval.go: EvaluateAlert,
evaluateExecutionResult.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from grafana_semantics.frames import influxql, values_of
from grafana_semantics.maths import worked_out
from grafana_semantics.provisioned import Maths, Query, Reduce, Rule, Threshold
from grafana_semantics.reducing import reduced
from grafana_semantics.thresholds import beyond
from grafana_semantics.values import EvaluationError, Labels, NoData, Number, Scalar, Series, Values


class Outcome(StrEnum):
    """eval.go: State, as far as an evaluation gives it."""

    NORMAL = "Normal"
    ALERTING = "Alerting"
    NO_DATA = "NoData"
    ERROR = "Error"


@dataclass(frozen=True, slots=True)
class Result:
    labels: Labels
    outcome: Outcome
    why: str = ""


Answers = Mapping[str, Mapping[str, Any]]
"""InfluxDB's answers to the queries of a rule, by refId."""


def asked(rule: Rule, at_s: float) -> dict[str, str]:
    """What a rule asks when it is evaluated at `at_s`, by refId."""
    return {q.ref: influxql(q.influxql, q.from_s, q.to_s, at_s, q.interval_ms) for q in rule.queries}


def asking(rule: Rule, at_s: float, ask: Callable[[str], Mapping[str, Any]]) -> Answers:
    """The answers; `ask` runs one query and raises OSError where the database cannot be reached."""
    answers: dict[str, Mapping[str, Any]] = {}
    for ref, query in asked(rule, at_s).items():
        try:
            answers[ref] = ask(query)
        except OSError as error:
            answers[ref] = {"error": str(error)}
    return answers


def results(rule: Rule, answers: Answers, loaded: Set[Labels]) -> tuple[Result, ...]:
    """One result for each series of the condition. `loaded`: see states.loaded."""
    try:
        return of_condition(values_by_part(rule, answers, loaded)[rule.condition])
    except EvaluationError as error:
        return (Result((), Outcome.ERROR, str(error)),)


def values_by_part(rule: Rule, answers: Answers, loaded: Set[Labels]) -> dict[str, Values]:
    """What every part gave. Raises EvaluationError with the first that fails: all that need it fail of it."""
    known: dict[str, Values] = {}
    for part in rule.parts:
        match part:
            case Query():
                known[part.ref] = values_of(answers[part.ref])
            case Reduce():
                known[part.ref] = reduced(known[part.of], part.how)
            case Maths():
                known[part.ref] = worked_out(part.tree, known)
            case Threshold():
                known[part.ref] = beyond(known[part.of], part.condition, loaded)
    return known


def of_condition(values: Values) -> tuple[Result, ...]:
    """Null is NoData, 0 is Normal, all else, NaN too, is Alerting; the same labels twice are an Error of all."""
    if not values:
        return (Result((), Outcome.NO_DATA),)
    found: list[Result] = []
    for value in values:
        match value:
            case Series():
                why = "looks like time series data, only reduced data can be alerted on."
                found.append(Result((), Outcome.ERROR, why))
            case NoData():
                found.append(Result((), Outcome.NO_DATA))
            case Number() | Scalar():
                found.append(Result(value.labels, _outcome(value.value)))
    if len({result.labels for result in found}) < len(found):
        return (Result((), Outcome.ERROR, "frame cannot uniquely be identified by its labels"),)
    return tuple(found)


def _outcome(value: float | None) -> Outcome:
    if value is None:
        return Outcome.NO_DATA
    return Outcome.NORMAL if value == 0 else Outcome.ALERTING

"""Grafana's Threshold expression, with or without a recovery threshold. Pure.

Grafana 12, pkg/expr/threshold.go: ThresholdCommand; pkg/expr/hysteresis.go: HysteresisCommand.
"""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass

from grafana_semantics.values import EvaluationError, Labels, NoData, Number, Scalar, Series, Value, Values, nothing


@dataclass(frozen=True, slots=True)
class Comparison:
    """`type` such as gt, within_range, with one or two `params`."""

    type: str
    params: tuple[float, ...]

    def holds(self, value: float) -> bool:
        """threshold.go: the predicates. A NaN is beyond nothing."""
        first, second = self.params[0], self.params[-1]
        match self.type:
            case "gt":
                return value > first
            case "lt":
                return value < first
            case "gte":
                return value >= first
            case "lte":
                return value <= first
            case "eq":
                return value == first
            case "ne":
                return value != first
            case "within_range":
                return first < value < second
            case "outside_range":
                return value < first or value > second
            case "within_range_included":
                return first <= value <= second
            case "outside_range_included":
                return value <= first or value >= second
            case _:
                raise EvaluationError(f"{self.type} is no threshold function")


@dataclass(frozen=True, slots=True)
class Condition:
    """`unload`: what a value must meet to be no alert any more, once it was one."""

    load: Comparison
    unload: Comparison | None = None


def beyond(values: Values, condition: Condition, loaded: Set[Labels]) -> Values:
    """1 where the condition holds, 0 where not, null where there is none; `loaded`: labels of what is an alert now.

    With a recovery threshold those come last, as Grafana gives them.
    """
    if condition.unload is None:
        return tuple(_judged(value, condition.load, invert=False) for value in values)
    if nothing(values):
        return (NoData(),)
    fresh = [value for value in values if value.labels not in loaded]
    held = [value for value in values if value.labels in loaded]
    return (
        *(_judged(value, condition.load, invert=False) for value in fresh),
        *(_judged(value, condition.unload, invert=True) for value in held),
    )


def _judged(value: Value, comparison: Comparison, *, invert: bool) -> Value:
    def one(number: float | None) -> float | None:
        return None if number is None else float(comparison.holds(number) is not invert)

    match value:
        case Series():
            return Series(value.labels, value.times, tuple(map(one, value.values)))
        case Number():
            return Number(value.labels, one(value.value))
        case Scalar():
            return Scalar(one(value.value))
        case NoData():
            return value

"""What Grafana's expressions work on: series, numbers, scalars, and that there is nothing. Frozen.

After Grafana 12, pkg/expr/mathexp/types.go and type_series.go. A value None is Grafana's null; NaN is something else.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

Labels = tuple[tuple[str, str], ...]
"""Sorted by name, so that equal labels are equal."""


class EvaluationError(Exception):
    """A query or expression failed: the rule's evaluation is an Error."""


@dataclass(frozen=True, slots=True)
class Series:
    """Points in the order in which the data source gave them; `times` in ms since 1970."""

    labels: Labels
    times: tuple[int, ...]
    values: tuple[float | None, ...]


@dataclass(frozen=True, slots=True)
class Number:
    labels: Labels
    value: float | None


@dataclass(frozen=True, slots=True)
class Scalar:
    """A number that belongs to no series."""

    value: float | None
    labels: Labels = ()


@dataclass(frozen=True, slots=True)
class NoData:
    """The answer of a query that found nothing."""

    labels: Labels = ()


Value = Series | Number | Scalar | NoData
Values = tuple[Value, ...]
Variables = Mapping[str, Values]
"""What each part of a rule gave, by its refId."""


def labels_of(tags: Mapping[str, str]) -> Labels:
    return tuple(sorted(tags.items()))


def nothing(values: Values) -> bool:
    """Grafana 12, pkg/expr/mathexp/types.go: Results.IsNoData."""
    return not values or (len(values) == 1 and isinstance(values[0], NoData))

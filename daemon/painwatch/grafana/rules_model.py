"""What an alert rule of Grafana is made of, as far as painwatch uses it. Pure.

A rule evaluates its parts in order: queries give series, one for each set of tags; a reduction makes one number of
each; mathematics joins numbers with the same tags; the threshold, always the last part and the condition, says which
of them are alerts.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from painwatch.core.alarms import Priority
from painwatch.core.signals import AlarmKind

EXPRESSION = "__expr__"
"""The data source of what is no query."""

When = Literal["KeepLast", "Alerting", "OK", "NoData", "Error"]
"""What becomes of an alert when there are no data, or a query fails; not every one goes with both."""


@dataclass(frozen=True, slots=True)
class Query:
    """InfluxQL over the time from `from_s` seconds ago to `to_s` seconds ago; `$timeFilter` stands for it.

    `tags`: those of the series that it gives.
    """

    ref: str
    influxql: str
    from_s: int
    tags: tuple[str, ...]
    to_s: int = 0


@dataclass(frozen=True, slots=True)
class Reduce:
    """One number of each series of `of`; what is no number is left out first, and of nothing nothing is made."""

    ref: str
    of: str
    by: Literal["min", "max", "last", "count", "sum", "mean"]


@dataclass(frozen=True, slots=True)
class Maths:
    """A number for each set of tags; `expression` names parts as `$A` and compares to 1 or 0."""

    ref: str
    expression: str


@dataclass(frozen=True, slots=True)
class Threshold:
    """Raised where `of` is above 0, ended where it is not, and neither where it has no number."""

    ref: str
    of: str


Part = Query | Reduce | Maths | Threshold


@dataclass(frozen=True, slots=True)
class AlertRule:
    """One alert rule.

    `about`: the name of painwatch's rule that it stands for, `silent` for those that tell of cages of which nothing
    arrives. `relayed`: it does not judge, but tells what painwatch said. `for_s`: how long the condition must hold
    besides; `keep_firing_for_s`: how long it must have ended. `missing_evaluations`: an alert whose series is gone is
    ended after so many evaluations. `labels` are what policies choose by; `annotations` and the title are what people
    read, in Grafana's templates. All texts are as Grafana is to hold them, not yet escaped for a file.
    """

    uid: str
    title: str
    group: str
    interval_s: int
    parts: tuple[Part, ...]
    for_s: int
    keep_firing_for_s: int
    no_data: When
    on_error: When
    missing_evaluations: int
    labels: dict[str, str]
    annotations: dict[str, str]
    about: str
    kind: AlarmKind
    priority: Priority
    relayed: bool = False

    @property
    def condition(self) -> str:
        """The part that says which are alerts."""
        return self.parts[-1].ref

    @property
    def queries(self) -> tuple[Query, ...]:
        """Those of its parts that ask the database."""
        return tuple(part for part in self.parts if isinstance(part, Query))

"""What a dashboard asks of the database: every query of its panels, annotations and variables, as Grafana sends it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from painwatch.grafana.dashboards.built import Built

Asked = Literal["time_series", "table", "annotation", "variable"]


@dataclass(frozen=True, slots=True)
class PanelQuery:
    """One query. `influxql` still has Grafana's variables and macros in it; `sent` puts values in their place.

    `panel`: the title, or the name of the annotation or variable; `panel_id` 0 for those two. `kind`: the panel's
    type, such as `timeseries`. `tags`: those that every series of the answer has. `legend`: of time series, with
    `$tag_NAME` and `$col`. `thresholds`: values with what is said from there on. `unit`: as Grafana names it.
    """

    board: str
    panel: str
    panel_id: int
    kind: str
    ref: str
    asked: Asked
    influxql: str
    tags: tuple[str, ...]
    legend: str
    unit: str
    thresholds: tuple[tuple[float, str], ...]
    description: str


def queries(built: Built) -> tuple[PanelQuery, ...]:
    """Every query of the dashboard: its variables, its annotations, then its panels from top to bottom."""
    raise NotImplementedError


def sent(query: PanelQuery, begin_ns: int, end_ns: int, variables: Mapping[str, tuple[str, ...]] | None = None) -> str:
    """The text that Grafana sends for a range of time. `variables`: the values chosen; one that is not named is All."""
    raise NotImplementedError

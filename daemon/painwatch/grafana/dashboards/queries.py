"""What a dashboard asks of the database: every query of its panels and annotations, as Grafana sends it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from painwatch.grafana.dashboards.built import Built
from painwatch.grafana.dashboards.dataquery import InfluxQuery, influx_queries
from painwatch.grafana.dashboards.sdk import dashboard
from painwatch.grafana.dashboards.variables import ANY

Asked = Literal["time_series", "table", "annotation"]


@dataclass(frozen=True, slots=True)
class PanelQuery:
    """One query. `influxql` still has Grafana's variables and macros in it; `sent` puts values in their place.

    `panel`: the title, or the name of the annotation, with `panel_id` 0. `kind`: the panel's
    type, such as `timeseries`. `tags`: those that every series of the answer has. `legend`: of time series, with
    `$tag_NAME` and `$col`. `thresholds`: values with the colour from there on, without that of the lowest. `unit`: as
    Grafana names it.
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
    """Every query of the dashboard: its annotations, then its panels from top to bottom."""
    model = built.model
    return (
        *(
            _of_annotation(built, annotation.name, query)
            for annotation in (model.annotations and model.annotations.list_val) or ()
            for query in influx_queries([annotation.target] if annotation.target else ())
        ),
        *(query for panel in model.panels or () for query in _of_panel(built, panel)),
    )


def sent(query: PanelQuery, begin_ns: int, end_ns: int, variables: Mapping[str, tuple[str, ...]] | None = None) -> str:
    """The text that Grafana sends for a range of time. `variables`: the patterns chosen; one that is not named is All.

    A step is as fine as 400 points allow, at least a minute.
    """
    values = variables or {}
    step_s = max(60, round((end_ns - begin_ns) / 1e9 / 400 / 60) * 60)
    told = f"time >= {begin_ns // 1_000_000}ms and time <= {end_ns // 1_000_000}ms"
    chosen = re.sub(
        r"\$\{(\w+):(pipe|singlequote)\}",
        lambda found: _FORMATS[found.group(2)](values.get(found.group(1), (ANY,))),
        query.influxql,
    )
    return chosen.replace("$timeFilter", told).replace("$__interval", f"{step_s}s")


def _quoted(values: tuple[str, ...]) -> str:
    return ",".join("'" + value.replace("'", "\\'") + "'" for value in values)


_FORMATS: dict[str, Callable[[tuple[str, ...]], str]] = {"pipe": "|".join, "singlequote": _quoted}


def _of_annotation(built: Built, name: str, query: InfluxQuery) -> PanelQuery:
    kind: Asked = "annotation"
    return PanelQuery(
        built.board.value, name, 0, kind, query.ref, kind, query.asked, _tags(query.asked), "", "", (), ""
    )


def _of_panel(built: Built, panel: dashboard.Panel | dashboard.RowPanel) -> Iterator[PanelQuery]:
    if isinstance(panel, dashboard.RowPanel):
        return
    defaults = panel.field_config.defaults if panel.field_config else dashboard.FieldConfig()
    steps = defaults.thresholds.steps if defaults.thresholds else []
    for query in influx_queries(panel.targets):
        yield PanelQuery(
            board=built.board.value,
            panel=panel.title or "",
            panel_id=panel.id_val or 0,
            kind=panel.type_val,
            ref=query.ref,
            asked=query.form or "time_series",
            influxql=query.asked,
            tags=_tags(query.asked),
            legend=query.alias or "",
            unit=defaults.unit or "",
            thresholds=tuple((step.value, step.color) for step in steps if step.value is not None),
            description=panel.description or "",
        )


def _tags(influxql: str) -> tuple[str, ...]:
    """Those of the outermost GROUP BY."""
    found = re.search(r"GROUP BY ((?:time\([^)]*\)|\"\w+\"|, )+)[^()]*(?:fill\(\w+\))?[^()]*$", influxql)
    return tuple(re.findall(r"\"(\w+)\"", found.group(1))) if found else ()

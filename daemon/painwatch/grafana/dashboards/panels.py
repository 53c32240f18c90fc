"""Panels of each kind, as all dashboards draw them: with a description, a unit, and words where nothing was seen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from painwatch.grafana.dashboards.dataquery import InfluxQuery, Roster
from painwatch.grafana.dashboards.drawing import MIXED, Place, fixed, grid, legend, look_of, steps, tooltip
from painwatch.grafana.dashboards.limits import Limit
from painwatch.grafana.dashboards.looks import BLUE, GREY, NOT_SEEN, Mapping, missing
from painwatch.grafana.dashboards.sdk import (
    common,
    common_builders,
    stat,
    statetimeline,
    statushistory,
    table,
    text,
    text_models,
    timeseries,
)
from painwatch.grafana.dashboards.setting import Setting

SHARE = "percentunit"
"""Shares 0..1, shown as percent."""


def lines(
    setting: Setting,
    panel_id: int,
    title: str,
    description: str,
    place: Place,
    *queries: InfluxQuery,
    unit: str,
    limits: Sequence[Limit] = (),
    names: Sequence[str] = (),
    most: float | None = None,
    interval: str = "1m",
) -> timeseries.Panel:
    """Values over time. `names`: the lines in order, for their colours and dashes. Gaps stay gaps."""
    panel = (
        _headed(timeseries.Panel(), setting, panel_id, title, description, place, queries, NOT_SEEN)
        .interval(interval)
        .unit(unit)
        .span_nulls(False)
        .line_width(2)
        .line_interpolation(common.LineInterpolation.LINEAR)
        .show_points(common.VisibilityMode.AUTO)
        .point_size(4)
        .axis_soft_min(0)
        .color_scheme(fixed(BLUE))
        .thresholds(steps(limits))
        .legend(legend())
        .tooltip(tooltip())
    )
    if limits:
        dashed = common_builders.GraphThresholdsStyleConfig().mode(common.GraphThresholdsStyleMode.DASHED)
        panel = panel.thresholds_style(dashed)
    if most is not None:
        panel = panel.min(0).max(most)
    for index, name in enumerate(dict.fromkeys(names)):
        panel = panel.override_by_name(name, look_of(index))
    return panel


def table_of(
    setting: Setting,
    panel_id: int,
    title: str,
    description: str,
    place: Place,
    *queries: InfluxQuery | Roster,
    nothing: str,
) -> table.Panel:
    """Rows; `nothing` is said when there are none."""
    return (
        _headed(table.Panel(), setting, panel_id, title, description, place, queries, nothing)
        .show_header(True)
        .filterable(True)
    )


def history(
    setting: Setting, panel_id: int, title: str, description: str, place: Place, *queries: InfluxQuery
) -> statushistory.Panel:
    """A row of cells for each name."""
    return (
        _headed(statushistory.Panel(), setting, panel_id, title, description, place, queries, NOT_SEEN)
        .row_height(0.9)
        .show_value(common.VisibilityMode.AUTO)
        .legend(legend())
    )


def states(
    setting: Setting,
    panel_id: int,
    title: str,
    description: str,
    place: Place,
    *queries: InfluxQuery,
    words: Mapping,
    nothing: str = NOT_SEEN,
    interval: str = "1m",
) -> statetimeline.Panel:
    """A bar for each name, with a word for each state it is in."""
    return (
        _headed(statetimeline.Panel(), setting, panel_id, title, description, place, queries, nothing)
        .interval(interval)
        .mappings([words, missing(nothing)])
        .color_scheme(fixed(GREY))
        .show_value(common.VisibilityMode.ALWAYS)
        .merge_values(True)
        .row_height(0.85)
        .legend(legend())
        .tooltip(tooltip())
    )


def tiles(
    setting: Setting,
    panel_id: int,
    title: str,
    description: str,
    place: Place,
    *queries: InfluxQuery | Roster,
    nothing: str,
) -> stat.Panel:
    """Large coloured tiles with words."""
    return (
        _headed(stat.Panel(), setting, panel_id, title, description, place, queries, nothing)
        .color_mode(common.BigValueColorMode.BACKGROUND_SOLID)
        .graph_mode(common.BigValueGraphMode.NONE)
        .text_mode(common.BigValueTextMode.VALUE_AND_NAME)
        .justify_mode(common.BigValueJustifyMode.CENTER)
        .orientation(common.VizOrientation.AUTO)
    )


def words_panel(panel_id: int, title: str, markdown: str, place: Place) -> text.Panel:
    """Words alone."""
    return (
        text.Panel()
        .id(panel_id)
        .title(title)
        .description(title)
        .grid_pos(grid(place))
        .mode(text_models.TextMode.MARKDOWN)
        .content(markdown)
    )


_Panel = TypeVar("_Panel", timeseries.Panel, table.Panel, statushistory.Panel, statetimeline.Panel, stat.Panel)


def _headed(
    panel: _Panel,
    setting: Setting,
    panel_id: int,
    title: str,
    description: str,
    place: Place,
    queries: Sequence[InfluxQuery | Roster],
    nothing: str,
) -> _Panel:
    """`panel` with what every kind that shows data has; `nothing` is said where the queries give none."""
    mixed = any(isinstance(query, Roster) for query in queries)
    return (
        panel.id(panel_id)
        .title(title)
        .description(description)
        .grid_pos(grid(place))
        .datasource(MIXED if mixed else setting.source)
        .targets(list(queries))
        .no_value(nothing)
    )

"""The small parts that panels are put together from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from painwatch.grafana.dashboards.limits import Limit
from painwatch.grafana.dashboards.looks import BLUE, DASHES, SERIES, VERMILION
from painwatch.grafana.dashboards.sdk import builders, common, common_builders, dashboard, table

Place = tuple[int, int, int, int]
"""x, y, width, height; the whole width is 24."""

MIXED = common.DataSourceRef(uid="-- Mixed --")
"""Of a panel whose queries ask several data sources."""


def steps(limits: Iterable[Limit], base: str = BLUE) -> builders.ThresholdsConfig:
    """A line at each limit; the colour changes at it."""
    values = sorted({limit.value for limit in limits})
    told = [dashboard.Threshold(value=None, color=base), *(dashboard.Threshold(value, VERMILION) for value in values)]
    return stepped(told)


def stepped(told: Sequence[dashboard.Threshold]) -> builders.ThresholdsConfig:
    return builders.ThresholdsConfig().mode(dashboard.ThresholdsMode.ABSOLUTE).steps(list(told))


def fixed(colour: str) -> builders.FieldColor:
    return builders.FieldColor().mode(dashboard.FieldColorModeId.FIXED).fixed_color(colour)


def by_limit() -> builders.FieldColor:
    return builders.FieldColor().mode(dashboard.FieldColorModeId.THRESHOLDS)


def look_of(index: int) -> list[dashboard.DynamicConfigValue]:
    """The colour and dashes of the line at `index`: no two of the first 32 are alike."""
    colour = {"mode": "fixed", "fixedColor": SERIES[index % len(SERIES)]}
    dash = DASHES[index // len(SERIES) % len(DASHES)]
    style = {"fill": "dash", "dash": list(dash)} if dash else {"fill": "solid"}
    return [change("color", colour), change("custom.lineStyle", style)]


def grid(place: Place) -> dashboard.GridPos:
    x, y, width, height = place
    return dashboard.GridPos(x=x, y=y, w=width, h=height)


def change(what: str, to: Any) -> dashboard.DynamicConfigValue:
    """One setting of a field."""
    return dashboard.DynamicConfigValue(what, to)


def widths(panel: table.Panel, pixels: Mapping[str, int]) -> table.Panel:
    """The columns named get these widths, and the others what is left."""
    for name, width in pixels.items():
        panel = panel.override_by_name(name, [change("custom.width", width)])
    return panel


def alarming(limits: Sequence[Limit], colour: str) -> list[dashboard.DynamicConfigValue]:
    """Makes a tile change to `colour` where a rule of `limits` would begin to hold."""
    above = sorted(limit.value for limit in limits if limit.above)
    below = sorted(limit.value for limit in limits if not limit.above)
    told = [dashboard.Threshold(None, colour if below else BLUE)]
    told += [dashboard.Threshold(below[-1], BLUE)] if below else []
    told += [dashboard.Threshold(above[0], colour)] if above else []
    return [
        change("thresholds", dashboard.ThresholdsConfig(mode=dashboard.ThresholdsMode.ABSOLUTE, steps=told)),
        change("color", {"mode": "thresholds"}),
    ]


def transformed(what: str, **options: Any) -> dashboard.DataTransformerConfig:
    """One of Grafana's transformations."""
    return dashboard.DataTransformerConfig(id_val=what, options=options)


def legend() -> common_builders.VizLegendOptions:
    return (
        common_builders.VizLegendOptions()
        .show_legend(True)
        .display_mode(common.LegendDisplayMode.LIST)
        .placement(common.LegendPlacement.BOTTOM)
        .calcs([])
    )


def tooltip() -> common_builders.VizTooltipOptions:
    return common_builders.VizTooltipOptions().mode(common.TooltipDisplayMode.MULTI).sort(common.SortOrder.DESCENDING)

"""Pain probability over time as an ECharts chart, with how much was seen beneath it. Pure.

A minute that was not watched is a gap: never 0, never bridged by a line.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from painwatch.core.types import MinuteSummary

MINUTE_NS = 60_000_000_000


@dataclass(frozen=True, slots=True)
class Span:
    """A choice of how far back the chart reaches, and how many minutes make one point of it."""

    label: str
    minutes: int
    per_point: int


SPANS = (Span("1 h", 60, 1), Span("6 h", 360, 1), Span("24 h", 1440, 5), Span("7 d", 10_080, 30))


@dataclass(frozen=True, slots=True)
class Point:
    """Minutes taken together. `coverage` counts the minutes that were not watched at all as not seen; None while none
    of the point's minutes is over.
    """

    start_ns: int
    pain_probability: float | None
    coverage: float | None


def begin_ns(span: Span, now_ns: int) -> int:
    """Where the chart of `span` begins: the start of a point."""
    length_ns = span.per_point * MINUTE_NS
    return (now_ns - span.minutes * MINUTE_NS) // length_ns * length_ns


def points(minutes: Sequence[MinuteSummary], span: Span, now_ns: int, sample_rate_hz: float) -> tuple[Point, ...]:
    """One point for each step of `span`, watched or not, oldest first; the last may be unfinished.

    Pooled over a point's minutes: pain / (pain + no pain) and scored / expected, as for a single minute.
    """
    length_ns, first_ns = span.per_point * MINUTE_NS, begin_ns(span, now_ns)
    groups: dict[int, list[MinuteSummary]] = defaultdict(list)
    for minute in minutes:
        groups[minute.start_ns // length_ns * length_ns].append(minute)
    starts = range(first_ns, now_ns, length_ns)
    return tuple(_point(start, groups.get(start, []), now_ns, length_ns, sample_rate_hz * 60) for start in starts)


def options(shown: Sequence[Point], span: Span, now_ns: int) -> dict[str, Any]:
    """The ECharts options: above pain in percent, beneath coverage from 0 to 1; time as the browser's clock has it.

    Colours are left to the page's style sheet wherever text is concerned, so that it reads in the dark as well.
    """
    axis = {"type": "time", "min": begin_ns(span, now_ns) // 1_000_000, "max": now_ns // 1_000_000}
    quiet = {"axisTick": {"show": False}, "axisLine": {"show": False}}
    step = "in a minute" if span.per_point == 1 else f"in {span.per_point} min"
    return {
        "animation": False,
        "aria": {"enabled": True},
        "grid": [
            {"left": 52, "right": 14, "top": 26, "height": 138},
            {"left": 52, "right": 14, "top": 196, "height": 40},
        ],
        "axisPointer": {"link": [{"xAxisIndex": "all"}]},
        "tooltip": {"trigger": "axis", "confine": True, "className": "pw-tip", "backgroundColor": "", "borderWidth": 0},
        "xAxis": [
            {**axis, "gridIndex": 0, "axisLabel": {"show": False}, **quiet},
            {**axis, "gridIndex": 1, "axisLabel": {"hideOverlap": True}, "axisTick": {"show": False}},
        ],
        "yAxis": [
            {
                "name": f"Pained-looking, % of faces judged {step}",
                "nameTextStyle": {"align": "left", "padding": [0, 0, 0, -44]},
                "type": "value",
                "gridIndex": 0,
                "min": 0,
                "max": 100,
                "interval": 25,
                "axisLabel": {"formatter": "{value} %"},
            },
            {
                "name": "Coverage",
                "nameGap": 8,
                "nameTextStyle": {"align": "left", "padding": [0, 0, 0, -44]},
                "type": "value",
                "gridIndex": 1,
                "min": 0,
                "max": 1,
                "interval": 0.5,
            },
        ],
        "series": [
            {
                "name": "Pain",
                "type": "line",
                "xAxisIndex": 0,
                "yAxisIndex": 0,
                "connectNulls": False,
                "showAllSymbol": True,
                "symbol": "circle",
                "symbolSize": 5 if len(shown) <= 61 else 3,
                "lineStyle": {"width": 2, "color": "#D55E00"},
                "itemStyle": {"color": "#D55E00"},
                "tooltip": {":valueFormatter": "v => v == null ? 'nothing judged' : v.toFixed(1) + ' %'"},
                "data": [[_ms(p), None if p.pain_probability is None else p.pain_probability * 100] for p in shown],
            },
            {
                "name": "Coverage",
                "type": "bar",
                "xAxisIndex": 1,
                "yAxisIndex": 1,
                "barWidth": "70%",
                "itemStyle": {"color": "#56B4E9"},
                "tooltip": {":valueFormatter": "v => v == null ? 'not known yet' : v.toFixed(2)"},
                "data": [[_ms(p), None if p.coverage is None else round(p.coverage, 4)] for p in shown],
            },
        ],
    }


def _point(
    start_ns: int, minutes: Sequence[MinuteSummary], now_ns: int, length_ns: int, expected_a_minute: float
) -> Point:
    pain, no_pain = sum(m.pain for m in minutes), sum(m.no_pain for m in minutes)
    scored = pain + no_pain
    # The minute that runs is still open, so an unfinished point is measured by the minutes that may be closed.
    closed = max(len(minutes), min(length_ns, now_ns - start_ns - MINUTE_NS) // MINUTE_NS)
    expected = sum(m.expected for m in minutes) + (closed - len(minutes)) * expected_a_minute
    return Point(
        start_ns,
        pain / scored if scored else None,
        min(1.0, scored / expected) if expected > 0 else None,
    )


def _ms(point: Point) -> int:
    return point.start_ns // 1_000_000

"""What is drawn over time: lines with their limits and marks, and rows of states."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle
from matplotlib.ticker import FuncFormatter, MaxNLocator

from pictures.answers import Asker, Line, Panel
from pictures.field_looks import Look, look_of

DAY_S = 86400


def timeseries(axes: Axes, asker: Asker, panel: Panel) -> None:
    """Lines, points or stacked bars. A gap stays a gap."""
    lines = asker.lines(panel)
    now_s = asker.end_ns / 1e9
    whole = look_of(panel, "", now_s)
    looks = {line.name: look_of(panel, line.name, now_s) for line in lines}
    base: dict[float, float] = {}
    for line in lines:
        look = looks[line.name]
        if look.custom("drawStyle") == "bars":
            _bars(axes, line, look, base)
        else:
            _line(axes, line, look, {other.name: other for other in lines})
    if (whole.custom("thresholdsStyle") or {}).get("mode") == "dashed":
        for step in whole.settings["thresholds"]["steps"]:
            if step["value"] is not None:
                axes.axhline(step["value"], color=step["color"], lw=1.3, ls=(0, (6, 4)))
    least, most = whole.settings.get("min"), whole.settings.get("max")
    axes.set_ylim(bottom=0 if least is None else least, top=None if most is None else most * 1.02)
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: whole.number(value)))
    axes.grid(color="#E8E9EA", lw=0.6)
    axes.set_axisbelow(True)
    if whole.settings.get("decimals") == 0:
        axes.yaxis.set_major_locator(MaxNLocator(integer=True))
    if not any(value is not None for line in lines for value in line.values):
        told = whole.settings.get("noValue", "")
        axes.text(0.5, 0.5, told, transform=axes.transAxes, ha="center", va="center", size=13, color="#555555")
    _marks(axes, asker)
    shown = [line.name for line in lines if not (looks[line.name].custom("hideFrom") or {}).get("legend")]
    handles, labels = axes.get_legend_handles_labels()
    kept = [(handle, label) for handle, label in zip(handles, labels, strict=True) if label in shown]
    if len(kept) > 8:
        kept = [*kept[:8], (Rectangle((0, 0), 1, 1, alpha=0), f"and {len(kept) - 8} more")]
    if kept:
        place = {
            "loc": "upper left",
            "bbox_to_anchor": (
                -0.45 / (axes.bbox.width / axes.figure.dpi),
                -0.16 / (axes.bbox.height / axes.figure.dpi),
            ),
        }
        columns = max(1, min(len(kept), int(axes.bbox.width / axes.figure.dpi / 1.5)))
        axes.legend(*zip(*kept, strict=True), ncols=columns, fontsize=7, frameon=False, **place)


def timeline(axes: Axes, asker: Asker, panel: Panel) -> None:
    """A row of states for each series; a state holds until the next one is told."""
    lines = asker.lines(panel)[: panel["options"].get("perPage", 20)]
    cells = panel["type"] == "status-history"
    for row, line in enumerate(reversed(lines)):
        look = look_of(panel, line.name, asker.end_ns / 1e9)
        times = [*line.times_s, asker.end_ns / 1e9]
        told = [look.told(value) for value in line.values]
        spans = list(zip(pairwise(times), told, strict=True))
        for (begin, end), (words, colour) in spans if cells else _together(spans):
            shade = {"facecolor": colour or look.colour, "alpha": 1 if cells else 0.75, "lw": 0}
            gap = 0.12 * (end - begin) if cells else 0
            place = ((begin / DAY_S, row - 0.4), (end - begin - gap) / DAY_S, 0.8)
            axes.add_patch(Rectangle(*place, **shade))
            if not cells and (end - begin) * 1e9 > 0.07 * (asker.end_ns - asker.begin_ns):
                axes.text((begin + end) / 2 / DAY_S, row, words, size=7.5, ha="center", va="center", clip_on=True)
    axes.set_yticks(range(len(lines)), [line.name for line in reversed(lines)])
    axes.set_ylim(-0.6, max(len(lines), 1) - 0.4)
    if not lines:
        told = panel["fieldConfig"]["defaults"]["noValue"]
        axes.text(0.5, 0.5, told, transform=axes.transAxes, ha="center", va="center", size=11, color="#555555")


def _together(spans: list[tuple[tuple[float, float], tuple[str, str | None]]]) -> list[Any]:
    """Neighbours that say the same become one; what is not told is left out."""
    merged: list[Any] = []
    for (begin, end), told in spans:
        if merged and merged[-1][1] == told and merged[-1][0][1] == begin:
            merged[-1] = ((merged[-1][0][0], end), told)
        else:
            merged.append(((begin, end), told))
    return merged


def _line(axes: Axes, line: Line, look: Look, others: dict[str, Line]) -> None:
    times = np.array(line.times_s) / DAY_S
    values = np.array([np.nan if value is None else float(value) for value in line.values])
    style = look.custom("lineStyle") or {}
    dash = (0, tuple(part / 2 for part in style["dash"])) if style.get("fill") == "dash" else "-"
    width = float(look.custom("lineWidth", 1)) * 0.75
    points = look.custom("drawStyle") == "points"
    axes.plot(
        times,
        values,
        color=look.colour,
        lw=0 if points else width,
        ls="" if points else dash,
        marker="o" if points else "",
        ms=2.6,
        label=line.name,
    )
    known = ~np.isnan(values)
    alone = known & ~np.r_[False, known[:-1]] & ~np.r_[known[1:], False]
    if not points and width:
        axes.plot(times[alone], values[alone], ls="", marker="o", ms=2.4, color=look.colour)
    if opacity := look.custom("fillOpacity"):
        below = others.get(look.custom("fillBelowTo") or "")
        floor = 0.0 if below is None else np.array([np.nan if v is None else float(v) for v in below.values])
        axes.fill_between(times, floor, values, color=look.colour, alpha=opacity / 100, lw=0)


def _bars(axes: Axes, line: Line, look: Look, base: dict[float, float]) -> None:
    step = min((b - a for a, b in pairwise(line.times_s)), default=60) / DAY_S
    known = [(at, float(value)) for at, value in zip(line.times_s, line.values, strict=True) if value is not None]
    if known:
        times, values = zip(*known, strict=True)
        floors = [base.get(at, 0.0) for at in times]
        axes.bar([at / DAY_S for at in times], values, step, floors, color=look.colour, label=line.name, align="edge")
        base.update({at: floor + value for at, floor, value in zip(times, floors, values, strict=True)})


def _marks(axes: Axes, asker: Asker) -> None:
    for name, rows in asker.annotations():
        colour = "#D55E00" if "alarm" in name.lower() else "#CC79A7"
        for row in rows:
            begin = row["Time"] / DAY_S
            if row.get("end"):
                axes.axvspan(begin, row["end"] / 1000 / DAY_S, color=colour, alpha=0.12, lw=0)
            else:
                axes.axvline(begin, color=colour, lw=1, ls=(0, (2, 2)))
                axes.text(
                    begin,
                    1.01,
                    row["title"],
                    transform=axes.get_xaxis_transform(),
                    size=6.5,
                    color=colour,
                    ha="center",
                    clip_on=False,
                )

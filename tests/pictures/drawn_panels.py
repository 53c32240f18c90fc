"""Panels of a dashboard, drawn by matplotlib: nearly where, and nearly how, Grafana would show them."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable

import matplotlib.dates as mdates
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from pictures.answers import Asker, Panel
from pictures.drawn_lines import timeline, timeseries
from pictures.field_looks import look_of

UNIT_IN, WIDTH_IN = 0.36, 17.0
TITLE_IN = 0.3


def board(asker: Asker, panels: list[Panel], footnote: str) -> Figure:
    """All `panels` in their places, without the empty rows between them."""
    tops = sorted({panel["gridPos"]["y"] for panel in panels})
    height = max(panel["gridPos"]["y"] + panel["gridPos"]["h"] for panel in panels) - tops[0]
    figure = Figure((WIDTH_IN, height * UNIT_IN + 0.75), facecolor="#F4F5F5")
    total = figure.get_size_inches()[1]
    figure.text(0.006, 1 - 0.16 / total, asker.built.title, size=13, weight="bold", va="center")
    figure.text(0.994, 0.17 / total, footnote, size=8, color="#555555", va="center", ha="right")
    for panel in panels:
        place = panel["gridPos"]
        left, width = place["x"] / 24 + 0.003, place["w"] / 24 - 0.006
        top = 1 - (0.35 + (place["y"] - tops[0]) * UNIT_IN) / total
        tall = (place["h"] * UNIT_IN - 0.08) / total
        _panel(figure, asker, panel, (left, top - tall, width, tall), total)
    return figure


def _panel(figure: Figure, asker: Asker, panel: Panel, box: tuple[float, float, float, float], total_in: float) -> None:
    left, bottom, width, tall = box
    edge = {"facecolor": "white", "edgecolor": "#D8D9DA", "linewidth": 0.8, "zorder": -1}
    figure.patches.append(Rectangle((left, bottom), width, tall, transform=figure.transFigure, **edge))
    title = panel.get("title", "").replace("${cage}", ",".join(asker.chosen.get("cage", ())))
    middle = bottom + tall - TITLE_IN / 2 / total_in
    figure.text(left + 0.005, middle, title, size=9.5, weight="bold", va="center")
    inner = Inner(left * WIDTH_IN, bottom * total_in, width * WIDTH_IN, tall * total_in - TITLE_IN)
    _KINDS[panel["type"]](figure, asker, panel, inner)


class Inner(tuple[float, float, float, float]):
    """x, y, width, height within a panel, in inches of the figure."""

    def __new__(cls, *box: float) -> Inner:
        return super().__new__(cls, box)

    def axes(self, figure: Figure, left: float = 0.0, bottom: float = 0.0, right: float = 0.0) -> Axes:
        across, up = figure.get_size_inches()
        x, y, width, height = self
        place = ((x + left) / across, (y + bottom) / up, (width - left - right) / across, (height - bottom) / up)
        return figure.add_axes(place)


def _bare(axes: Axes, width: float, height: float) -> Axes:
    axes.set(xlim=(0, width), ylim=(0, height))
    axes.axis("off")
    return axes


def _words(figure: Figure, asker: Asker, panel: Panel, inner: Inner) -> None:
    told = re.sub(r"\[([^]]+)\]\([^)]*\)", r"\1", panel["options"]["content"])
    told = told.replace("${cage}", ",".join(asker.chosen.get("cage", ())))
    axes = _bare(inner.axes(figure), inner[2], inner[3])
    text = textwrap.fill(told.replace("**", "").replace("`", ""), int(inner[2] * 14.5))
    axes.text(0.1, inner[3] - 0.05, text, size=8.5, va="top")


def _tiles(figure: Figure, asker: Asker, panel: Panel, inner: Inner) -> None:
    shown: list[tuple[str, str, str]] = []
    now_s = asker.end_ns / 1e9
    if panel["options"]["reduceOptions"]["values"]:
        look = look_of(panel, "state", now_s)
        for row in asker.rows(panel):
            words, colour = look.told(row["state"])
            shown.append((row["cage"], words, colour or look.colour))
    else:
        for line in asker.lines(panel):
            look = look_of(panel, line.name, now_s)
            words, colour = look.told(line.values[-1])
            shown.append((line.name, words, colour or look.colour))
    shown = shown or [("", panel["fieldConfig"]["defaults"]["noValue"], "#FFFFFF")]
    axes = _bare(inner.axes(figure), inner[2], inner[3])
    columns = (
        len(shown)
        if len(shown) < 3
        else -(-len(shown) // max(1, round((len(shown) / (inner[2] / inner[3] / 2)) ** 0.5)))
    )
    rows = -(-len(shown) // columns)
    wide, tall = inner[2] / columns, inner[3] / rows
    for index, (name, words, colour) in enumerate(shown):
        x, y = index % columns * wide, inner[3] - (index // columns + 1) * tall
        axes.add_patch(Rectangle((x + 0.04, y + 0.04), wide - 0.08, tall - 0.08, facecolor=colour))
        ink = _ink(colour)
        size = min(26.0, tall * 16, 1.45 * wide * 72 / max(len(words), 8))
        axes.text(x + wide / 2, y + tall * 0.68, name, size=min(15, tall * 11), color=ink, ha="center", va="center")
        axes.text(x + wide / 2, y + tall * 0.36, words, size=size, color=ink, ha="center", va="center", weight="bold")


def _table(figure: Figure, asker: Asker, panel: Panel, inner: Inner) -> None:
    rows, now_s = asker.rows(panel), asker.end_ns / 1e9
    axes = _bare(inner.axes(figure), inner[2], inner[3])
    if not rows:
        told = panel["fieldConfig"]["defaults"]["noValue"]
        axes.text(inner[2] / 2, inner[3] / 2, told, size=11, ha="center", va="center", color="#555555")
        return
    for sort in reversed(panel["options"].get("sortBy") or []):
        name = sort["displayName"]
        rows.sort(key=lambda row: (row[name] is not None, row[name] or 0), reverse=sort.get("desc", False))
    looks = {name: look_of(panel, name, now_s) for name in rows[0]}
    given = {name: look.custom("width", 0) / 100 for name, look in looks.items()}
    rest = max(0.5, inner[2] - sum(given.values())) / max(1, sum(not width for width in given.values()))
    widths = {name: width or rest for name, width in given.items()}
    tall, x = 0.33, 0.0
    fitting = int(inner[3] / tall) - 1
    for name, look in looks.items():
        axes.text(
            x + 0.06, inner[3] - tall / 2, _cut(name, widths[name]), size=8, va="center", color="#0060A0", weight="bold"
        )
        for index, row in enumerate(rows[:fitting]):
            y = inner[3] - (index + 2) * tall
            value = row[name]
            timed = name in ("Time", "last change", "last minute began")
            words, colour = (look.time(value), None) if timed and value is not None else look.told(value)
            filled = (look.custom("cellOptions") or {}).get("type") == "color-background"
            if filled and colour:
                axes.add_patch(Rectangle((x, y + 0.015), widths[name] - 0.03, tall - 0.03, facecolor=colour))
            ink = _ink(colour) if filled and colour else "#222222"
            right = isinstance(value, int | float) and not timed and name != "state"
            at, ha = (x + widths[name] - 0.12, "right") if right else (x + 0.06, "left")
            wraps = (look.custom("cellOptions") or {}).get("wrapText", False)
            told = _wrapped(words, widths[name]) if wraps else _cut(words, widths[name])
            axes.text(at, y + tall / 2, told, size=6.5 if wraps else 8, va="center", ha=ha, color=ink)
        x += widths[name]
    for index in range(min(fitting, len(rows)) + 1):
        axes.axhline(inner[3] - (index + 1) * tall, color="#E4E5E6", lw=0.6)
    if len(rows) > fitting:
        axes.text(inner[2] - 0.08, 0.08, f"{len(rows) - fitting} more", size=7, ha="right", color="#777777")


def _over_time(
    draw: Callable[[Axes, Asker, Panel], None], left: float
) -> Callable[[Figure, Asker, Panel, Inner], None]:
    def drawn(figure: Figure, asker: Asker, panel: Panel, inner: Inner) -> None:
        axes = inner.axes(figure, left, 0.55, 0.12)
        draw(axes, asker, panel)
        axes.set_xlim(asker.begin_ns / 1e9 / 86400, asker.end_ns / 1e9 / 86400)
        many = asker.end_ns - asker.begin_ns > 30 * 3600 * 10**9
        axes.xaxis.set_major_locator(mdates.AutoDateLocator(maxticks=8))
        axes.xaxis.set_major_formatter(mdates.DateFormatter("%d. %H:%M" if many else "%H:%M"))
        axes.tick_params(labelsize=7.5, length=2)
        axes.spines[["top", "right"]].set_visible(False)

    return drawn


def _cut(words: str, width_in: float) -> str:
    fits = max(3, int(width_in * 12.6))
    return words if len(words) <= fits else words[: fits - 1] + "…"


def _wrapped(words: str, width_in: float) -> str:
    return "\n".join(textwrap.wrap(words, int(width_in * 15.5), max_lines=3, placeholder=" …"))


def _ink(colour: str) -> str:
    red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return "#111111" if 0.299 * red + 0.587 * green + 0.114 * blue > 140 else "#FFFFFF"


_KINDS: dict[str, Callable[[Figure, Asker, Panel, Inner], None]] = {
    "text": _words,
    "stat": _tiles,
    "table": _table,
    "timeseries": _over_time(timeseries, 0.6),
    "state-timeline": _over_time(timeline, 2.6),
    "status-history": _over_time(timeline, 0.9),
}

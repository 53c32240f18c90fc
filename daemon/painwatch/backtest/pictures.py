"""Pictures of a backtest, as PNG files. Colours are told apart by the colour-blind too (Okabe and Ito 2008).

What was not seen is hatched: it is never drawn as 0, and no line bridges it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import matplotlib.dates as mdates
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from painwatch.alarm.backtest import DAY_MIN, RuleResult
from painwatch.alarm.events import PastAlarm, Window
from painwatch.backtest.tracks import Track
from painwatch.core.alarms import Mark
from painwatch.core.minutes import MINUTE_NS
from painwatch.core.signals import AlarmKind, Signal

BLUE, ORANGE, GREEN, SKY, PURPLE = "#0072B2", "#D55E00", "#009E73", "#56B4E9", "#CC79A7"
GREY, PALE = "#8C8C8C", "#C4C4C4"
DPI = 110
HATCH = "////"


@dataclass(frozen=True, slots=True)
class Timeline:
    """All that one cage's picture shows. `results`: of the rules that watch it; `from_ns`, `to_ns`: its width."""

    cage: str
    track: Track
    results: Sequence[RuleResult]
    marks: Sequence[Mark]
    window: Window | None
    from_ns: int
    to_ns: int


def plot_timeline(path: Path, line: Timeline, words: str) -> None:
    """One cage over time: its minutes, how much was seen, the alarms, the marks. `words` stand below the picture."""
    shown = _signals(line.results)
    lanes = [result for result in line.results if _subject(result, line.cage)]
    days = (line.to_ns - line.from_ns) / (DAY_MIN * MINUTE_NS)
    heights = [2.0] * len(shown) + [0.75, 0.3 * (len(lanes) + (line.window is not None)) + 0.25]
    figure = Figure(figsize=(min(16.0, 8.5 + 0.8 * days), sum(heights) + 1.3), dpi=DPI, layout="constrained")
    axes = figure.subplots(len(heights), 1, sharex=True, height_ratios=heights, squeeze=False)[:, 0]
    times = _times(line.track.starts)
    for panel, (signal, unit) in zip(axes, shown, strict=False):
        _values(panel, times, line, lanes, signal, unit)
    _coverage(axes[-2], times, line, lanes)
    for panel in axes:
        for begin_ns, end_ns in line.track.unseen(line.from_ns, line.to_ns):
            span = _date(begin_ns), _date(end_ns)
            panel.axvspan(*span, facecolor="none", edgecolor=PALE, hatch=HATCH, linewidth=0, zorder=0)
    _lanes(axes[-1], lanes, line)
    for panel in axes:
        _marks(panel, line, named=panel is axes[0])
        panel.spines[["top", "right"]].set_visible(False)
    axes[-1].set_xlim(_date(line.from_ns), _date(line.to_ns))
    locator = mdates.AutoDateLocator(tz="UTC")  # type: ignore[no-untyped-call]
    axes[-1].xaxis.set_major_locator(locator)
    axes[-1].xaxis.set_major_formatter(mdates.ConciseDateFormatter(locator, tz="UTC"))  # type: ignore[no-untyped-call]
    axes[-1].xaxis.get_offset_text().set_fontsize(8)
    axes[-1].set_xlabel("UTC", fontsize=8, loc="left")
    figure.suptitle(line.cage, fontsize=11, x=0.01, ha="left", weight="bold")
    _legend(figure, lanes)
    figure.supxlabel(words, fontsize=7, color=ORANGE)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path)


def _signals(results: Iterable[RuleResult]) -> list[tuple[Signal, str | None]]:
    """The panels of values: pain always, and each action unit that a rule watches."""
    units = {r.rule.config.unit for r in results if r.rule.config.signal is Signal.ACTION_UNIT}
    return [(Signal.PAIN_PROBABILITY, None), *((Signal.ACTION_UNIT, unit) for unit in sorted(filter(None, units)))]


def _subject(result: RuleResult, cage: str) -> str | None:
    return next((w.subject.name for w in result.watched if cage in w.subject.cages), None)


def _values(
    panel: Axes, times: Any, line: Timeline, lanes: Sequence[RuleResult], signal: Signal, unit: str | None
) -> None:
    """Minutes as dots: full where a rule could judge them, pale where too little was seen."""
    own = [r for r in lanes if (r.rule.config.signal, r.rule.config.unit) == (signal, unit)]
    values = np.asarray(line.track.probability if unit is None else line.track.units.get(unit, ()))
    if len(values):
        enough = np.asarray(line.track.coverage) >= min((r.rule.config.minimum_coverage for r in own), default=0.5)
        panel.scatter(times[~enough], values[~enough], s=4, color=PALE, linewidths=0)
        panel.scatter(times[enough], values[enough], s=6, color=BLUE, linewidths=0)
    for result in own:
        rule = result.rule.config
        if rule.baseline is None:
            panel.axhline(rule.threshold, color=GREY, linewidth=0.8, linestyle="--")
        _shade(panel, result, line)
    highest, label = (1.0, "pain probability\nof a minute") if unit is None else (2.0, f"{unit}\n(0..2)")
    panel.set(ylim=(-0.04 * highest, 1.06 * highest))
    panel.set_ylabel(label, fontsize=8)
    panel.tick_params(labelsize=8)


def _coverage(panel: Axes, times: Any, line: Timeline, lanes: Sequence[RuleResult]) -> None:
    coverage = np.asarray(line.track.coverage)
    if len(coverage):
        minute = _date(MINUTE_NS)
        edges = np.column_stack((times, times + minute)).ravel()
        heights = np.repeat(coverage, 2)
        gaps = 2 * (np.flatnonzero(np.diff(times) > 1.5 * minute) + 1)
        panel.fill_between(np.insert(edges, gaps, np.nan), np.insert(heights, gaps, np.nan), color=SKY, linewidth=0)
    for least in {r.rule.config.minimum_coverage for r in lanes if r.rule.config.kind is AlarmKind.WELFARE}:
        panel.axhline(least, color=GREY, linewidth=0.8, linestyle="--")
    for result in lanes:
        if result.rule.config.signal is Signal.COVERAGE:
            _shade(panel, result, line)
    panel.set(ylim=(0, 1.02))
    panel.set_ylabel("coverage", fontsize=8)
    panel.tick_params(labelsize=8)


def _lanes(panel: Axes, lanes: Sequence[RuleResult], line: Timeline) -> None:
    """One lane of bars for each rule, and one for the windows of the events."""
    names = [result.rule.config.name for result in lanes]
    for row, result in enumerate(lanes):
        false = {alarm.raised_ns for alarm in result.held.false_alarms} if result.held else set()
        for alarm in _of_cage(result, line.cage):
            begin, length = _bar(alarm, line)
            unexplained = alarm.raised_ns in false
            # Lower too, for the narrowest bars are all edge.
            half = 0.17 if unexplained else 0.34
            panel.broken_barh(
                [(begin, length)],
                (row - half, 2 * half),
                facecolor="white" if unexplained else _colour(result),
                edgecolor=_colour(result),
                linewidth=1.2,
            )
    if line.window is not None:
        for mark in line.marks:
            if mark.name == line.window.name:
                begin, end = (_date(t) for t in line.window.of(mark))
                panel.broken_barh([(begin, end - begin)], (len(lanes) - 0.2, 0.4), facecolor=GREEN, alpha=0.35)
        names.append(f"window of {line.window.name}")
    panel.set_yticks(range(len(names)), names, fontsize=8)
    panel.set(ylim=(len(names) - 0.45, -0.55))
    panel.tick_params(axis="y", length=0)
    panel.tick_params(axis="x", labelsize=8)


def _shade(panel: Axes, result: RuleResult, line: Timeline) -> None:
    for alarm in _of_cage(result, line.cage):
        begin, length = _bar(alarm, line)
        panel.axvspan(begin, begin + length, color=_colour(result), alpha=0.15, linewidth=0)


def _marks(panel: Axes, line: Timeline, named: bool) -> None:
    near_ns, last_ns, level = (line.to_ns - line.from_ns) // 10, -1, 0
    for mark in line.marks:
        if not line.from_ns <= mark.time_ns < line.to_ns:
            continue
        panel.axvline(_date(mark.time_ns), color=GREEN, linewidth=1.2)
        if named:
            # Names of marks that are close stand above each other.
            level = level + 1 if last_ns >= 0 and mark.time_ns - last_ns < near_ns else 0
            last_ns = mark.time_ns
            panel.annotate(
                mark.name,
                (_date(mark.time_ns), 1.0),
                xycoords=("data", "axes fraction"),
                xytext=(2, 1 + 9 * level),
                textcoords="offset points",
                fontsize=8,
                color=GREEN,
            )


def _legend(figure: Figure, lanes: Sequence[RuleResult]) -> None:
    held = any(result.held for result in lanes)
    patches = [
        Patch(facecolor="white", edgecolor=PALE, hatch=HATCH, linewidth=0, label="nothing seen"),
        Patch(color=BLUE, label="minute judged"),
        Patch(color=PALE, label="too little seen to judge"),
        Patch(color=ORANGE, label="alarm in an event's window" if held else "alarm"),
    ]
    if held:
        patches.append(Patch(facecolor="white", edgecolor=ORANGE, label="alarm outside of all windows"))
    if any(result.rule.config.kind is AlarmKind.TECHNICAL for result in lanes):
        patches.append(Patch(color=PURPLE, label="technical alarm"))
    figure.legend(handles=patches, loc="upper right", ncols=len(patches), fontsize=7, frameon=False)


def _of_cage(result: RuleResult, cage: str) -> list[PastAlarm]:
    subject = _subject(result, cage)
    return [alarm for alarm in (*result.earlier, *result.alarms) if alarm.subject == subject]


def _bar(alarm: PastAlarm, line: Timeline) -> tuple[float, float]:
    begin = max(alarm.raised_ns, line.from_ns)
    end = min(alarm.ended_ns if alarm.ended_ns is not None else line.to_ns, line.to_ns)
    return _date(begin), max(0.0, _date(end) - _date(begin))


def _colour(result: RuleResult) -> str:
    return ORANGE if result.rule.config.kind is AlarmKind.WELFARE else PURPLE


def _times(starts: Sequence[int]) -> Any:
    return np.asarray(starts, dtype=np.float64) / (86_400 * 1e9)


def _date(time_ns: int) -> float:
    """Matplotlib's days since 1970."""
    return time_ns / (86_400 * 1e9)

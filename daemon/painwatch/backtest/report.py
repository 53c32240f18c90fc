"""What a backtest leaves in a folder: report.md, its figures as CSV, and pictures."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from painwatch.alarm.backtest import RuleResult
from painwatch.alarm.events import Held, Window
from painwatch.alarm.grid import Grid
from painwatch.backtest import grid_tables, tables
from painwatch.backtest.grid_picture import plot_grid
from painwatch.backtest.pictures import Timeline, plot_timeline
from painwatch.backtest.reading import Asked
from painwatch.backtest.tables import Table
from painwatch.backtest.tracks import Track, Tracks
from painwatch.core.alarms import Mark
from painwatch.core.errors import PainwatchError
from painwatch.validation import NO_DIAGNOSIS

REPORT, ALARMS, GRID, PICTURES = "report.md", "alarms.csv", "grid.csv", "pictures"

COLUMNS = (
    "rule",
    "rule_hash",
    "condition",
    "subject",
    "raised",
    "ended",
    "peak",
    "judged_min",
    "unjudged_min",
    "coverage",
    "in_event_window",
)
"""Of alarms.csv. Times are UTC; empty: stood at the end, not known, or no event was named."""


@dataclass(frozen=True, slots=True)
class Found:
    """A whole backtest. `source`: where the history lies; `begun_ns`: the first minute that was read.

    `left_out`: rules that minutes cannot tell anything of, with the reason. `notice`: what is to be said of the model
    that is configured now.
    """

    asked: Asked
    source: str
    begun_ns: int
    results: tuple[RuleResult, ...]
    grid: Grid | None
    window: Window | None
    marks: tuple[Mark, ...]
    tracks: Tracks
    left_out: tuple[tuple[str, str], ...]
    notice: str
    command: str


def words_of(found: Found) -> tuple[str, ...]:
    """What must be read with the figures, one sentence or two each; the notice first."""
    cages, hours = len(found.asked.cages), (found.asked.to_ns - found.asked.from_ns) / 3.6e12
    begin, end = tables.moment(found.asked.from_ns), tables.moment(found.asked.to_ns)
    told = [
        warning(found),
        f"{cages} cage{'s' if cages > 1 else ''}, {begin} to {end} UTC ({hours:.1f} h), from {found.source}.",
        f"Minutes were read from {tables.moment(found.begun_ns)} on: what the rules knew before is not in it.",
        _models(found),
    ]
    if found.window is not None:
        before = found.window.before_ns / 3.6e12
        told.append(
            f"Events are marks named `{found.window.name}`; an alarm belongs to one if it was raised "
            f"{f'from {before:g} h before it ' if before else ''}up to {found.window.after_ns / 3.6e12:g} h after it."
        )
        held = _held(found)
        told.append("" if held is None else tables.few_events(held))
    told += [f"Left out: {name} ({why})." for name, why in found.left_out]
    return tuple(filter(None, told))


def warning(found: Found) -> str:
    """What must stand at every figure: how far the models that scored this history were validated."""
    others = [m for m in found.tracks.models if not found.notice.startswith(f"{m.rpartition(' (')[0]}:")]
    if not others:
        return found.notice
    said = f"Scored by {', '.join(others)}: no card at hand, so take it as not validated on live animals."
    return f"{said} {found.notice if len(others) < len(found.tracks.models) else NO_DIAGNOSIS}"


def tables_of(found: Found) -> tuple[Table, ...]:
    """The tables that are worth a look in the terminal."""
    if found.grid is not None:
        grid = [grid_tables.grid_table(found.grid)]
        return (*grid, *([grid_tables.frontier_table(found.grid)] if found.grid.frontier else []))
    alarms = (tables.conditions_table(found.results), tables.alarms_table(found.results))
    return (*alarms, tables.events_table(found.results)) if _held(found) is not None else alarms


def _held(found: Found) -> Held | None:
    """The events beside the first rule that they say something of."""
    results = [cell.result for cell in found.grid.cells] if found.grid else found.results
    return next((result.held for result in results if result.held is not None), None)


def write_report(found: Found, out: Path, step: Callable[[str], None]) -> Path:
    """Writes everything into the folder `out`, the report last, and gives the report's path.

    Args:
        step: is told what comes next.

    Raises:
        PainwatchError: the folder cannot be written.
    """
    try:
        (out / PICTURES).mkdir(parents=True, exist_ok=True)
        pictures = _write_pictures(found, out, step)
        if found.grid is None:
            _write_whole(out / ALARMS, _csv(COLUMNS, _alarm_rows(found.results)))
        else:
            table = grid_tables.grid_rows(found.grid)
            _write_whole(out / GRID, _csv(table.header, table.rows))
        _write_whole(out / REPORT, _markdown(found, pictures))
    except OSError as error:
        mend = "name another folder after --out, or make room"
        raise PainwatchError(f"cannot be written ({error.strerror})", where=str(out), mend=mend) from error
    return out / REPORT


def _write_pictures(found: Found, out: Path, step: Callable[[str], None]) -> list[tuple[str, str]]:
    """Title and file of each, in the order of the report."""
    written = []
    if found.grid is not None:
        step("picture of the grid")
        plot_grid(out / PICTURES / "grid.png", found.grid, warning(found))
        return [(f"Grid of {found.grid.rule.name}", f"{PICTURES}/grid.png")]
    for cage in found.asked.cages:
        step(f"picture of {cage}")
        own = [r for r in found.results if any(cage in watched.subject.cages for watched in r.watched)]
        marks = [mark for mark in found.marks if mark.cage == cage]
        track = found.tracks.cages.get(cage, Track())
        line = Timeline(cage, track, own, marks, found.window, found.asked.from_ns, found.asked.to_ns)
        plot_timeline(out / PICTURES / f"{cage}.png", line, warning(found))
        written.append((cage, f"{PICTURES}/{cage}.png"))
    return written


def _markdown(found: Found, pictures: Sequence[tuple[str, str]]) -> str:
    parts = ["# Backtest of alarm rules", *words_of(found), f"`{found.command}`"]
    shown = [*tables_of(found)]
    if found.grid is None:
        if _held(found) is not None:
            shown.append(tables.each_event(found.results))
        shown.append(tables.each_alarm(found.results, found.asked.from_ns, found.asked.to_ns))
        shown.append(tables.watched_table(found.results))
    parts += [part for table in shown for part in _table(table)]
    parts.append("## Pictures")
    parts.append(
        "Pale dots are minutes of which too little was seen; hatched time was not seen at all, or not recorded."
        if found.grid is None
        else "Framed: cells that no other beats in events detected, lag and false alarms together."
    )
    parts += [f"![{title}]({file})" for title, file in pictures]
    return "\n\n".join(parts) + "\n"


def _table(table: Table) -> list[str]:
    if not table.rows:
        return [f"## {table.title}", "None."]
    lines = [table.header, ("---",) * len(table.header), *table.rows]
    text = "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)
    return [f"## {table.title}", text, *([table.note] if table.note else [])]


def _csv(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows((header, *rows))
    return text.getvalue()


def _alarm_rows(results: Sequence[RuleResult]) -> Iterator[Sequence[object]]:
    for result in results:
        inside = {(a.subject, a.raised_ns) for a in result.held.in_windows} if result.held else set()
        for alarm in (*result.earlier, *result.alarms):
            in_window = "" if result.held is None else str((alarm.subject, alarm.raised_ns) in inside).lower()
            yield (
                alarm.rule,
                result.rule.hash,
                tables.condition(result.rule.config),
                alarm.subject,
                _iso(alarm.raised_ns),
                "" if alarm.ended_ns is None else _iso(alarm.ended_ns),
                "" if alarm.peak is None else alarm.peak,
                alarm.judged,
                alarm.unjudged,
                "" if alarm.coverage is None else alarm.coverage,
                in_window,
            )


def _models(found: Found) -> str:
    if not found.tracks.models:
        return "No minute of this time was scored by any model."
    told = (f"{model} ({minutes} minutes)" for model, minutes in found.tracks.models.most_common())
    return f"This history was scored by: {', '.join(told)}. The rules see what that model said, right or wrong."


def _iso(time_ns: int) -> str:
    return datetime.fromtimestamp(time_ns // 1_000_000_000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _write_whole(path: Path, text: str) -> None:
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    part.write_text(text, encoding="utf-8")
    part.replace(path)

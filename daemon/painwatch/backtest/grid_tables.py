"""The tables of a grid: what each threshold and duration finds, and how often in vain. Pure."""

from __future__ import annotations

from painwatch.alarm.backtest import DAY_MIN
from painwatch.alarm.events import Outcome
from painwatch.alarm.grid import Cell, Grid
from painwatch.backtest.tables import Table, detected, lag, rate, sensitivity


def grid_table(grid: Grid) -> Table:
    """One row for each threshold: in each cell the events detected and the false alarms a day."""
    header = ("threshold", *(f"{minutes:g} min" for minutes in grid.durations_min))
    frontier = set(map(id, grid.frontier))
    rows = tuple(
        (
            f"{threshold:g}",
            *(
                cell_words(cell) + ("*" if id(cell) in frontier else "")
                for cell in (grid.cell(threshold, minutes) for minutes in grid.durations_min)
            ),
        )
        for threshold in grid.thresholds
    )
    held = grid.cells[0].result.held is not None
    what = "events detected of those judged, false alarms a judged day" if held else "alarms a judged day"
    star = "; * marks cells that no other beats" if held else ""
    return Table(f"{grid.rule.name}: threshold x minutes it must hold", header, rows, f"In each cell: {what}{star}.")


def frontier_table(grid: Grid) -> Table:
    """The cells to choose from, fewest false alarms first."""
    header = ("threshold", "for", "detected", "sensitivity (95 %)", "lag", "false / day")
    rows = tuple(
        (
            f"{cell.threshold:g}",
            f"{cell.for_min:g} min",
            detected(held),
            sensitivity(held),
            lag(held),
            rate(held.false_per_day),
        )
        for cell in grid.frontier
        if (held := cell.result.held) is not None
    )
    note = "No other detects as much with as few false alarms and as soon. Lag: median, shortest and longest."
    return Table("Cells that no other beats", header, rows, note)


def grid_rows(grid: Grid) -> Table:
    """Every cell with all its figures, for further use."""
    header = (
        *("threshold", "for_min", "events", "judged", "detected", "sensitivity", "low_95", "high_95", "median_lag_min"),
        *("false_alarms", "quiet_days", "alarms", "judged_days", "in_alarm_min"),
    )
    rows = []
    for cell in grid.cells:
        held, result = cell.result.held, cell.result
        events: tuple[object, ...] = (None,) * 9
        if held is not None:
            low, high = held.interval or (None, None)
            found = (len(held.events), held.judged, held.count(Outcome.DETECTED), held.sensitivity, low, high)
            events = (*found, held.median_lag_min, len(held.false_alarms), held.quiet_min / DAY_MIN)
        figures = (cell.threshold, cell.for_min, *events, len(result.alarms), result.judged_days, result.in_alarm_min)
        rows.append(tuple("" if figure is None else str(figure) for figure in figures))
    return Table(grid.rule.name, header, tuple(rows))


def cell_words(cell: Cell) -> str:
    held = cell.result.held
    told = rate(cell.false_per_day)
    return told if held is None else f"{held.count(Outcome.DETECTED)}/{held.judged}, {told}"

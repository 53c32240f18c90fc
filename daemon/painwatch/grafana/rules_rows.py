"""The parts of a rule that is raised by a row of judged values and ended by another. Pure.

Z is 1 where the row is there, -1 where that of the end is, 0 in between; there V has no number, and Grafana, told to
keep the last state without data, changes nothing. A threshold with another one for recovery would not do: Grafana
forgets what was raised by it at the first evaluation that fails or finds nothing, and would then end an alert in
between. A row is no row if nothing was judged between two of its values for too long.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from painwatch.grafana.rule_queries import Judged
from painwatch.grafana.rules_model import Maths, Part, Query, Reduce, Threshold

NEAREST = "H"
"""The part that is, for people to read, the value of the row that is nearest to the threshold."""


@dataclass(frozen=True, slots=True)
class Row:
    """So many values in a row that are each at or `above` a limit, or else each below it."""

    length: int
    limit: float
    above: bool


def parts_of(judged: Judged, raised: Row, ended: Row, *, gap_s: float, from_s: int, to_s: int = 0) -> tuple[Part, ...]:
    """Raised by one row, ended by another; `gap_s`: the longest time between two values, from start to start."""
    rising = _Newest(raised.length, "A", "C", "G", "P", "Q")
    ending = rising if ended.length == raised.length else _Newest(ended.length, "B", "D", "K", "R", "S")
    return (
        *(part for newest in dict.fromkeys((rising, ending)) for part in _asked(newest, judged, from_s, to_s)),
        _nearest(NEAREST, rising, raised),
        _nearest("E", ending, ended),
        Maths("Z", f"({_there(NEAREST, rising, raised, gap_s)}) - ({_there('E', ending, ended, gap_s)})"),
        # One for each point of a series, since of a lone number that is none Grafana would make an alert.
        Maths("N", f"${rising.values} * 0 + $Z / abs($Z)"),
        Reduce("V", "N", "max"),
        Threshold("T", "V"),
    )


@dataclass(frozen=True, slots=True)
class _Newest:
    """The newest values, and what the parts about them are called."""

    length: int
    values: str
    count: str
    gaps: str
    unsigned: str
    longest: str


def _asked(newest: _Newest, judged: Judged, from_s: int, to_s: int) -> Iterator[Part]:
    yield Query(newest.values, judged.newest(newest.length), from_s, judged.tags, to_s)
    if newest.length > 1:
        yield Reduce(newest.count, newest.values, "count")
        yield Query(newest.gaps, judged.gaps(newest.length), from_s, judged.tags, to_s)
        yield Maths(newest.unsigned, f"abs(${newest.gaps})")
        yield Reduce(newest.longest, newest.unsigned, "max")


def _nearest(ref: str, newest: _Newest, row: Row) -> Reduce:
    return Reduce(ref, newest.values, "min" if row.above else "max")


def _there(nearest: str, newest: _Newest, row: Row, gap_s: float) -> str:
    limit = f"${nearest} {'>=' if row.above else '<'} {row.limit!r}"
    if row.length == 1:
        return limit
    return f"({limit}) && (${newest.count} >= {row.length}) && (${newest.longest} <= {gap_s:g})"

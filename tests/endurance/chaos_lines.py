"""Every line that the stored records make, held field by field against what an InfluxDB has."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import Any

from fixtures.line_parser import parsed
from painwatch.config.models import Config
from painwatch.sinks.columns import Measurement
from painwatch.sinks.lines import lines_for
from painwatch.sinks.schema import ALARMS, CAGE_TAGS, CAMERA_TAG, MARKS, MINUTES, POINTS, SITE_TAG
from painwatch.store import rows
from servers.influx import InfluxServer

PAGE = 5000
SINK = "influxdb"

KINDS: dict[str, tuple[Measurement, str, Callable[[tuple[Any, ...]], Any]]] = {
    "points": (POINTS, f"SELECT {rows.POINT} FROM points", rows.point_of),
    "minutes": (MINUTES, f"SELECT {rows.MINUTE} FROM minutes", rows.minute_of_row),
    "transitions": (ALARMS, f"SELECT {rows.TRANSITION} FROM transitions ORDER BY id", rows.transition_of),
    "marks": (MARKS, f"SELECT {rows.MARK} FROM marks", rows.mark_of),
}
"""What is compared, where it lies, and how a row is read."""

Key = tuple[int, tuple[tuple[str, str], ...]]
"""A point's time and all its tags: what InfluxDB tells points apart by."""


@dataclass(frozen=True)
class Held:
    """Of one kind: how many records are stored, the fields that their lines make, and those that are in InfluxDB.

    `wrong`: sentences about records of which an InfluxDB cannot keep all.
    """

    stored: int
    lines: dict[Key, dict[str, Any]]
    there: dict[Key, dict[str, Any]]
    wrong: tuple[str, ...] = field(default=())


def held(
    kind: str, database: sqlite3.Connection, influx: InfluxServer, config: Config, dead: AbstractSet[bytes]
) -> Held:
    """Makes the lines of all stored records of a kind anew, but for those in `dead`; asks for what is there."""
    measurement, query, made = KINDS[kind]
    line_of = lines_for(config)
    records = [made(row) for row in database.execute(query)]
    lines: dict[Key, dict[str, Any]] = {}
    wrong = []
    for record in records:
        line = line_of(record, SINK)
        if line is None or line in dead:
            continue
        _, tags, fields, time_ns = parsed(line)
        key = _key(time_ns, tags.items())
        if lines.setdefault(key, fields) != fields:
            wrong.append(f"{kind}: two different records have the time and tags {key}")
    cages = [cage.name for cage in config.cages] if measurement in (POINTS, MINUTES) else [None]
    there = dict(row for cage in cages for row in _rows(influx, measurement, cage))
    return Held(len(records), lines, there, tuple(wrong))


def differences(kind: str, one: Held) -> Iterator[str]:
    """What of the one side is not on the other, and every field with another value."""
    if missing := sorted(one.lines.keys() - one.there.keys()):
        yield f"{len(missing)} {kind} are not in InfluxDB, first {missing[0]}"
    if extra := sorted(one.there.keys() - one.lines.keys()):
        yield f"{len(extra)} {kind} are in InfluxDB only, first {extra[0]}"
    changed = sorted(key for key in one.lines.keys() & one.there.keys() if one.lines[key] != one.there[key])
    if changed:
        mine, theirs = one.lines[changed[0]], one.there[changed[0]]
        fields = {
            name: (mine.get(name), theirs.get(name))
            for name in sorted({*mine, *theirs})
            if mine.get(name) != theirs.get(name)
        }
        yield f"{len(changed)} {kind} have another value, first {changed[0]}: {fields}"
    yield from one.wrong


def _rows(influx: InfluxServer, measurement: Measurement, cage: str | None) -> Iterator[tuple[Key, dict[str, Any]]]:
    named = {SITE_TAG[0], CAMERA_TAG[0], "group", *(name for name, _ in CAGE_TAGS), *(t.name for t in measurement.tags)}
    where = "" if cage is None else f" WHERE \"cage\" = '{cage}'"
    offset = 0
    while True:
        query = f'SELECT * FROM "{measurement.name}"{where} ORDER BY time LIMIT {PAGE} OFFSET {offset}'
        found = influx.query(query)
        for row in found:
            known = {name: value for name, value in row.items() if value is not None and name != "time"}
            tags = {name: known.pop(name) for name in named & known.keys()}
            yield _key(int(row["time"]), tags.items()), known
        if len(found) < PAGE:
            return
        offset += PAGE


def _key(time_ns: int, tags: Iterable[tuple[str, str]]) -> Key:
    return time_ns, tuple(sorted((name, value) for name, value in tags if value))

"""What a run of chaos left: SQLite, InfluxDB and what the hub published, held against one another."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from endurance.chaos_proxy import POISON
from endurance.chaos_watch import ChaosWatch
from painwatch.store.audit_check import verify

PAGE = 5000


@dataclass(frozen=True)
class Counts:
    """Numbers of records. `wrong`: sentences about what should not be."""

    done: dict[str, int]
    answered: dict[str, int]
    acknowledged: int
    stored: dict[str, int]
    in_influx: dict[str, int]
    dead: int
    wrong: tuple[str, ...]

    def faults(self, least_points: int) -> tuple[str, ...]:
        few = self.stored["points"] < least_points
        return (*self.wrong, *((f"only {self.stored['points']} points were made",) if few else ()))


def counted(watch: ChaosWatch) -> Counts:
    """Compares everything; the watch must have ended and its outbox be drained."""
    with contextlib.closing(watch.database()) as database:
        stored = {
            "points": dict(_keyed(database, "SELECT cage, time_ns, pain_probability FROM points")),
            "minutes": dict(
                _keyed(
                    database,
                    "SELECT cage, start_ns, pain, no_pain, skipped, expected, coverage, pain_probability FROM minutes",
                )
            ),
        }
        dead = [line for (line,) in database.execute("SELECT line FROM dead")]
        waiting = database.execute("SELECT count(*) FROM outbox").fetchone()[0]
        transitions = database.execute("SELECT count(*) FROM transitions").fetchone()[0]
        marks = database.execute("SELECT count(*) FROM marks").fetchone()[0]
    minute_fields = '"pain","no_pain","skipped","expected","coverage","pain_probability"'
    influx = {
        "points": _of_influx(watch, 'SELECT "pain_probability","status" FROM "painwatch_points"', 1),
        "minutes": _of_influx(watch, f'SELECT {minute_fields} FROM "painwatch_minutes"', 6),
    }
    wrong = [
        *(sentence for kind in stored for sentence in _differences(kind, stored[kind], influx[kind])),
        *_unkept(watch, stored["minutes"]),
        *_dead_wrong(dead, watch.done["poison"]),
        *((f"{waiting} lines were left in the outbox",) if waiting else ()),
    ]
    verdict = verify(watch.places.database)
    if verdict.faults:
        wrong.append(f"the audit log is broken: {verdict.faults}")
    return Counts(
        done=dict(sorted(watch.done.items())),
        answered=dict(sorted(watch.answered.items())),
        acknowledged=len(watch.acknowledged),
        stored={kind: len(rows) for kind, rows in stored.items()} | {"transitions": transitions, "marks": marks},
        in_influx={kind: len(rows) for kind, rows in influx.items()},
        dead=len(dead),
        wrong=tuple(wrong),
    )


def tell(counts: Counts, seconds: float) -> None:
    print(f"\nafter {seconds / 60:.0f} min of:")
    for what, count in counts.done.items():
        print(f"  {count:6d}  {what}")
    print(f"answers of what stands before InfluxDB: {counts.answered}")
    print(f"minutes published (acknowledged): {counts.acknowledged}")
    print(f"in SQLite: {counts.stored}")
    print(f"in InfluxDB: {counts.in_influx}; set aside as refused: {counts.dead}")


def _keyed(database: sqlite3.Connection, query: str) -> Iterator[tuple[tuple[str, int], tuple[Any, ...]]]:
    return (((cage, time_ns), tuple(values)) for cage, time_ns, *values in database.execute(query))


def _of_influx(watch: ChaosWatch, query: str, values: int) -> dict[tuple[str, int], tuple[Any, ...]]:
    rows: dict[tuple[str, int], tuple[Any, ...]] = {}
    for cage in (cage.name for cage in watch.config.cages):
        offset = 0
        while True:
            paged = f"{query} WHERE \"cage\" = '{cage}' ORDER BY time LIMIT {PAGE} OFFSET {offset}"
            series = watch.influx.query(paged, db="painwatch")
            for time_ns, *row in series:
                key = (cage, int(time_ns))
                if key in rows:
                    raise AssertionError(f"{key} twice in InfluxDB: {row} and {rows[key]}")
                rows[key] = tuple(row[:values])
            if len(series) < PAGE:
                break
            offset += PAGE
    return rows


def _differences(
    kind: str, stored: dict[tuple[str, int], tuple[Any, ...]], influx: dict[tuple[str, int], tuple[Any, ...]]
) -> Iterator[str]:
    if missing := sorted(stored.keys() - influx.keys()):
        yield f"{len(missing)} {kind} are not in InfluxDB, first {missing[0]}"
    if extra := sorted(influx.keys() - stored.keys()):
        yield f"{len(extra)} {kind} are in InfluxDB only, first {extra[0]}"
    changed = [key for key in stored.keys() & influx.keys() if stored[key] != influx[key]]
    if changed:
        key = min(changed)
        yield f"{len(changed)} {kind} have another value, first {key}: {stored[key]} and {influx[key]}"


def _unkept(watch: ChaosWatch, minutes: dict[tuple[str, int], tuple[Any, ...]]) -> Iterator[str]:
    for key, told in watch.acknowledged.items():
        values = {(m.pain, m.no_pain, m.skipped, m.expected, m.coverage, m.pain_probability) for m in told}
        if len(values) > 1:
            yield f"the minute {key} was published with two values: {values}"
        if minutes.get(key) not in values:
            yield f"the minute {key} was published as {values} and is stored as {minutes.get(key)}"


def _dead_wrong(dead: list[bytes], poisoned: int) -> Iterator[str]:
    strangers = [line for line in dead if POISON not in line]
    if strangers:
        yield f"{len(strangers)} good lines were set aside as refused, first {strangers[0]!r}"
    if len(dead) - len(strangers) > poisoned:
        yield "a poisoned line was set aside twice"

"""What a run of chaos left: SQLite, InfluxDB and what the hub published, held against one another."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from endurance.chaos_proxy import POISON
from endurance.chaos_watch import ChaosWatch
from painwatch.core.alarms import Transition
from painwatch.store.audit_check import verify

PAGE = 5000
MINUTE_FIELDS = ("pain", "no_pain", "skipped", "expected", "coverage", "pain_probability")


@dataclass(frozen=True)
class Counts:
    """Numbers of records. `pruned`: moments that had to make room on the full disk, and are in InfluxDB.
    `wrong`: sentences about what should not be.
    """

    done: dict[str, int]
    answered: dict[str, int]
    pruned: int
    acknowledged: int
    stored: dict[str, int]
    in_influx: dict[str, int]
    dead: int
    wrong: tuple[str, ...]

    def faults(self, least_points: int, planned: Mapping[str, int]) -> tuple[str, ...]:
        """What was lost, and what was not put to the test: without that, nothing can be said to be kept."""
        few = self.stored["points"] < least_points
        # A process that is just being started again cannot be hit.
        spared = [what for what, count in planned.items() if self.done.get(what, 0) < 0.8 * count]
        return (
            *self.wrong,
            *((f"only {self.stored['points']} points were made",) if few else ()),
            *(f"not as planned: {what} {self.done.get(what, 0)} of {planned[what]} times" for what in spared),
            *(() if self.acknowledged else ("no minute was heard of: none could be held against what is stored",)),
            *(f"no {kind} to compare" for kind in ("minutes", "transitions") if not self.stored[kind]),
        )


def counted(watch: ChaosWatch) -> Counts:
    """Compares everything; the watch must have ended and its outbox be drained."""
    with contextlib.closing(watch.database()) as database:
        stored = {
            "points": dict(_keyed(database, "SELECT cage, time_ns, pain_probability FROM points")),
            "minutes": dict(_keyed(database, f"SELECT cage, start_ns, {', '.join(MINUTE_FIELDS)} FROM minutes")),
        }
        dead = [line for (line,) in database.execute("SELECT line FROM dead")]
        waiting = database.execute("SELECT count(*) FROM outbox").fetchone()[0]
        bodies = [body for (body,) in database.execute("SELECT body FROM transitions")]
        marks = set(database.execute("SELECT cage, name, time_ns FROM marks"))
    influx = {
        "points": _of_influx(watch, "painwatch_points", ("pain_probability",), beside="status"),
        "minutes": _of_influx(watch, "painwatch_minutes", MINUTE_FIELDS, beside="coverage"),
    }
    told = [msgspec.json.decode(body, type=Transition) for body in bodies]
    pruned = _pruned(stored["points"], influx["points"]) if watch.done["disk full"] else set()
    for key in pruned:
        del influx["points"][key]
    alarms = {(t.rule, t.subject, t.after.value, str(t.escalation), t.time_ns) for t in told}
    named = ("rule", "subject", "phase", "escalation", "time")
    alarms_there = _series(watch, 'SELECT "raised" FROM "painwatch_alarms" GROUP BY *', named)
    marks_there = _series(watch, 'SELECT "who" FROM "painwatch_marks" GROUP BY *', ("cage", "name", "time"))
    buried = {mark for mark in marks if any(mark[1].replace(" ", "\\ ").encode() in line for line in dead)}
    wrong = [
        *_sets("alarms' changes", alarms, alarms_there),
        *_sets("marks", marks - buried, marks_there),
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
        pruned=len(pruned),
        acknowledged=len(watch.acknowledged),
        stored={kind: len(rows) for kind, rows in stored.items()} | {"transitions": len(alarms), "marks": len(marks)},
        in_influx={kind: len(rows) for kind, rows in influx.items()}
        | {"transitions": len(alarms_there), "marks": len(marks_there)},
        dead=len(dead),
        wrong=tuple(wrong),
    )


def tell(counts: Counts, seconds: float) -> None:
    print(f"\nafter {seconds / 60:.0f} min of:")
    for what, count in counts.done.items():
        print(f"  {count:6d}  {what}")
    print(f"answers of what stands before InfluxDB: {counts.answered}")
    print(f"moments deleted from SQLite to make room on the full disk, and found in InfluxDB: {counts.pruned}")
    print(f"minutes published (acknowledged): {counts.acknowledged}")
    print(f"in SQLite: {counts.stored}")
    print(f"in InfluxDB: {counts.in_influx}; set aside as refused: {counts.dead}")


def _pruned(
    stored: dict[tuple[str, int], tuple[Any, ...]], influx: dict[tuple[str, int], tuple[Any, ...]]
) -> set[tuple[str, int]]:
    """Moments that InfluxDB alone has, before all that is left of their cage: the oldest make room on a full disk."""
    first = {cage: min(time_ns for name, time_ns in stored if name == cage) for cage in {name for name, _ in stored}}
    return {key for key in influx.keys() - stored.keys() if key[0] in first and key[1] < first[key[0]]}


def _keyed(database: sqlite3.Connection, query: str) -> Iterator[tuple[tuple[str, int], tuple[Any, ...]]]:
    return (((cage, time_ns), tuple(values)) for cage, time_ns, *values in database.execute(query))


def _of_influx(
    watch: ChaosWatch, measurement: str, fields: tuple[str, ...], *, beside: str
) -> dict[tuple[str, int], tuple[Any, ...]]:
    """`beside`: a field that every record has, so that those without a value of `fields` are found too."""
    rows: dict[tuple[str, int], tuple[Any, ...]] = {}
    wanted = ", ".join(f'"{field}"' for field in dict.fromkeys((*fields, beside)))
    for cage in (cage.name for cage in watch.config.cages):
        offset = 0
        while True:
            found = watch.influx.query(
                f'SELECT {wanted} FROM "{measurement}" WHERE "cage" = \'{cage}\''
                f" ORDER BY time LIMIT {PAGE} OFFSET {offset}"
            )
            for row in found:
                key = (cage, int(row["time"]))
                if key in rows:
                    raise AssertionError(f"{key} twice in InfluxDB")
                rows[key] = tuple(row[field] for field in fields)
            if len(found) < PAGE:
                break
            offset += PAGE
    return rows


def _series(watch: ChaosWatch, query: str, named: tuple[str, ...]) -> set[tuple[Any, ...]]:
    return {tuple(row[name] for name in named) for row in watch.influx.query(query)}


def _sets(kind: str, stored: set[tuple[Any, ...]], there: set[tuple[Any, ...]]) -> Iterator[str]:
    if missing := stored - there:
        yield f"{len(missing)} {kind} are not in InfluxDB, such as {next(iter(missing))}"
    if extra := there - stored:
        yield f"{len(extra)} {kind} are in InfluxDB only, such as {next(iter(extra))}"


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
        values = {tuple(getattr(minute, field) for field in MINUTE_FIELDS) for minute in told}
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

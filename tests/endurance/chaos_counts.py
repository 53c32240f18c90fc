"""What a run of chaos left: SQLite, InfluxDB and what the hub published, held against one another."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from endurance.chaos_lines import KINDS, Held, Key, differences, held
from endurance.chaos_proxy import POISON
from endurance.chaos_watch import ChaosWatch
from painwatch.core.types import MinuteSummary
from painwatch.store import rows
from painwatch.store.audit_check import verify


@dataclass(frozen=True)
class Counts:
    """Numbers of records. `pruned`: moments that had to make room on the full disk, and are in InfluxDB.
    `undone`: sentences about what this host did not allow; `wrong`: about what should not be.
    """

    done: dict[str, int]
    answered: dict[str, int]
    pruned: int
    acknowledged: int
    stored: dict[str, int]
    in_influx: dict[str, int]
    dead: int
    undone: tuple[str, ...]
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
        dead = [line for (line,) in database.execute("SELECT line FROM dead")]
        waiting = database.execute("SELECT count(*) FROM outbox").fetchone()[0]
        kinds = {kind: held(kind, database, watch.influx, watch.config, set(dead)) for kind in KINDS}
        minutes = [rows.minute_of_row(row) for row in database.execute(f"SELECT {rows.MINUTE} FROM minutes")]
    in_influx = {kind: len(one.there) for kind, one in kinds.items()}
    pruned = _pruned(kinds["points"]) if watch.done["disk full"] else set()
    for key in pruned:
        del kinds["points"].there[key]
    wrong = [
        *(sentence for kind, one in kinds.items() for sentence in differences(kind, one)),
        *_unkept(watch, {(minute.cage, minute.start_ns): minute for minute in minutes}),
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
        stored={kind: one.stored for kind, one in kinds.items()},
        in_influx=in_influx,
        dead=len(dead),
        undone=watch.undone,
        wrong=tuple(wrong),
    )


def tell(counts: Counts, seconds: float) -> None:
    print(f"\nafter {seconds / 60:.0f} min of:")
    for what, count in counts.done.items():
        print(f"  {count:6d}  {what}")
    for sentence in counts.undone:
        print(f"NOT DONE: {sentence}")
    print(f"answers of what stands before InfluxDB: {counts.answered}")
    print(f"moments deleted from SQLite to make room on the full disk, and found in InfluxDB: {counts.pruned}")
    print(f"minutes published (acknowledged): {counts.acknowledged}")
    print(f"in SQLite: {counts.stored}")
    print(f"in InfluxDB: {counts.in_influx}; set aside as refused: {counts.dead}")


def _pruned(points: Held) -> set[Key]:
    """Moments that InfluxDB alone has, before all that is left of their cage: the oldest make room on a full disk."""
    first: dict[str, int] = {}
    for time_ns, tags in points.lines:
        cage = dict(tags)["cage"]
        first[cage] = min(time_ns, first.get(cage, time_ns))
    return {key for key in points.there.keys() - points.lines.keys() if key[0] < first.get(dict(key[1])["cage"], 0)}


def _unkept(watch: ChaosWatch, minutes: dict[tuple[str, int], MinuteSummary]) -> Iterator[str]:
    for key, told in watch.acknowledged.items():
        if any(minute != told[0] for minute in told):
            yield f"the minute {key} was published with two values: {told}"
        if minutes.get(key) not in told:
            yield f"the minute {key} was published as {told} and is stored as {minutes.get(key)}"


def _dead_wrong(dead: list[bytes], poisoned: int) -> Iterator[str]:
    strangers = [line for line in dead if POISON not in line]
    if strangers:
        yield f"{len(strangers)} good lines were set aside as refused, first {strangers[0]!r}"
    if len(dead) - len(strangers) > poisoned:
        yield "a poisoned line was set aside twice"

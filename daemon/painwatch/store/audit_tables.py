"""Whether the tables of alarms and marks say what the audit log says. They are copies for fast reading."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import msgspec

from painwatch.core.alarms import Mark, Transition
from painwatch.store.audit import AuditEntry
from painwatch.store.faults import IN_A_ROW
from painwatch.store.reading import Reader
from painwatch.store.rows import MARK

Key = tuple[object, ...]

_MARK = tuple(MARK.split(", "))


@dataclass(slots=True)
class Copies:
    """`before`: what names the rows that were there before the log was walked, so that each has its entry in it."""

    before: dict[str, set[Key]]
    _entered: dict[str, set[Key]] = field(default_factory=lambda: {"transitions": set(), "marks": set()})

    def faults(self, reader: Reader, entries: Iterable[AuditEntry]) -> Iterator[str]:
        """Walks the entries, which are whole: the first and the number of those that the tables tell otherwise, and of
        rows that were never entered.
        """
        wrong: dict[str, list[int]] = {"transitions": [], "marks": []}
        for entry in entries:
            if entry.kind in ("transition", "mark"):
                table = f"{entry.kind}s"
                if not self._agrees(reader, entry, table):
                    wrong[table].append(entry.seq)
        for table, numbers in wrong.items():
            if numbers:
                of_all = f"of such entries there are {len(numbers)}, and the log counts"
                yield f"the table {table} does not say what entry {numbers[0]} says; {of_all}"
            if strange := self.before[table] - self._entered[table]:
                first = min("/".join(map(str, key)) for key in strange)
                yield f"the table {table} holds {first}, which was never entered; of such there are {len(strange)}"

    def _agrees(self, reader: Reader, entry: AuditEntry, table: str) -> bool:
        try:
            if entry.kind == "transition":
                key: Key = (msgspec.json.decode(entry.body, type=Transition).key,)
                rows = reader.all("SELECT body FROM transitions WHERE key = ?", key)
                same = [msgspec.json.decode(body) for (body,) in rows] == [msgspec.json.decode(entry.body)]
            else:
                mark = msgspec.json.decode(entry.body, type=Mark)
                key = (mark.cage, mark.time_ns, mark.name)
                rows = reader.all(f"SELECT {MARK} FROM marks WHERE cage = ? AND time_ns = ? AND name = ?", key)
                same = rows == [tuple(getattr(mark, column) for column in _MARK)]
        except IN_A_ROW:
            return False
        self._entered[table].add(key)
        return same


def copies_in(reader: Reader) -> Copies:
    """The tables as they are now."""
    return Copies(
        {
            "transitions": _keys(reader.all("SELECT key FROM transitions")),
            "marks": _keys(reader.all("SELECT cage, time_ns, name FROM marks")),
        }
    )


def _keys(rows: list[tuple[Any, ...]]) -> set[Key]:
    return set(rows)

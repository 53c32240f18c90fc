"""What the writer does besides writing: retention, the limit on size, a full disk, sinks that are no more."""

from __future__ import annotations

import logging
import sqlite3
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from painwatch.core.alarms import AuditNote
from painwatch.core.clock import Clock
from painwatch.core.live import StoreLive
from painwatch.store import audit, pruning, retention, room
from painwatch.store.transaction import in_transaction

log = logging.getLogger(__name__)

SWEEP_S = 3600.0
HEAD_S = 86_400.0
SLICES = 4
"""Slices pruned in one turn, so that the writer is never away for long."""

MOST_SLACK_BYTES = 64 * 2**20
ENOUGH_FREE_BYTES = 2**20
"""Pages to be used again that are made ready while the file cannot grow."""


@dataclass(frozen=True, slots=True)
class Figures:
    """What housekeeping knows. `lines`: of points, that no sink had taken when they were deleted."""

    size_bytes: int | None = None
    disk_free_bytes: int | None = None
    pruned: int = 0
    pruned_ns: int | None = None
    lines: int = 0
    head: audit.AuditHead | None = None


class Housekeeping:
    """Works in the writer's thread, on its connection, between its transactions.

    Args:
        limit_bytes: the largest size of the history, None for any.
        sinks: those configured; what waits for others is deleted, and the audit log says so.
        targets: the same of those that notices go to; None: all are left.
    """

    def __init__(
        self,
        path: Path,
        *,
        keep_points_days: float,
        limit_bytes: int | None,
        sinks: tuple[str, ...],
        targets: tuple[str, ...] | None,
        clock: Clock,
    ) -> None:
        self._path, self._keep_points_days, self._limit_bytes = path, keep_points_days, limit_bytes
        self._sinks, self._targets, self._clock = sinks, targets, clock
        self._reserve = room.Reserve(path)
        self._sweep_at = self._tell_head_at = self._tell_pruned_at = self._note_lines_at = 0.0
        self._forgotten: set[str] = set()
        self._targets_known = targets is None
        self._shrinking = self._held = False
        self.figures = Figures()

    def live(self, fault: str, fault_since_ns: int | None, *, waiting: int, lost: int, conflicts: int) -> StoreLive:
        """What is told of the history, with what the writer knows; any thread may ask."""
        figures = self.figures
        return StoreLive(
            fault=fault,
            fault_since_ns=fault_since_ns,
            size_bytes=figures.size_bytes,
            limit_bytes=self._limit_bytes,
            disk_free_bytes=figures.disk_free_bytes,
            pruned=figures.pruned,
            pruned_ns=figures.pruned_ns,
            waiting=waiting,
            lost=lost + figures.lines,
            conflicts=conflicts,
        )

    def opened(self) -> None:
        """The connection is a new one: nothing is set on it."""
        self._held = False

    def look(self, connection: sqlite3.Connection) -> None:
        """Does what is due; called about once a second."""
        now_s, now_ns = time.monotonic(), self._clock.now().wall_ns
        self._forget_sinks(connection, now_ns)
        if not self._targets_known:
            in_transaction(connection, partial(self._forget_targets, now_ns=now_ns), durable=True)
            self._targets_known = True
        if now_s >= self._sweep_at:
            more = retention.sweep(connection, self._keep_points_days, now_ns)
            self._sweep_at = 0.0 if more else now_s + SWEEP_S
        self._measure(connection)
        self._keep_within_limit(connection)
        self._mind_the_disk(connection)
        if now_s >= self._tell_head_at:
            self._tell_head_at = now_s + HEAD_S
            log.info("the audit log's head is %s", self.figures.head)

    def make_room(self, connection: sqlite3.Connection | None) -> bool:
        """After a write for which the disk was full: makes room in the file; False if nothing could be done.

        Without a connection, which needs room to be opened, the reserve is all there is to give.
        """
        given_up = self._reserve.give_up()
        if connection is None:
            return given_up
        room.fold_log(connection, "RESTART")
        was_held = self._held
        self._hold(connection, True)
        made = self._prune_until(connection, lambda: self._has_free_pages(connection), "the disk is full")
        room.fold_log(connection, "RESTART")
        if not made:
            # Nothing may go: what is left of the disk is for what must be kept.
            self._hold(connection, False)
        self._measure(connection)
        return made or given_up or was_held

    def _measure(self, connection: sqlite3.Connection) -> None:
        self.figures = replace(
            self.figures,
            size_bytes=room.size_of(connection, self._path).bytes,
            disk_free_bytes=room.disk_free_bytes(self._path),
            head=audit.head_of(connection),
        )

    def _keep_within_limit(self, connection: sqlite3.Connection) -> None:
        limit = self._limit_bytes
        if limit is None:
            return

        goal = limit - min(limit // 20, MOST_SLACK_BYTES)

        def is_small() -> bool:
            # Not with the write-ahead log: what is deleted makes it longer until it is folded.
            return room.size_of(connection, self._path).used_bytes <= goal

        if not self._shrinking and room.size_of(connection, self._path).bytes > limit:
            room.fold_log(connection, "TRUNCATE")
            self._shrinking = not is_small()
        if self._shrinking:
            why = "the history is as large as runtime.history_mb allows"
            pruned = self._prune_until(connection, is_small, why)
            room.fold_log(connection, "TRUNCATE")
            self._shrinking = pruned and not is_small()
            self._measure(connection)

    def _mind_the_disk(self, connection: sqlite3.Connection) -> None:
        free_bytes = self.figures.disk_free_bytes
        low = free_bytes is not None and free_bytes < room.LOW_BYTES
        self._reserve.keep(free_bytes)
        self._hold(connection, low or self._reserve.is_given_up)
        if self._held:
            self._prune_until(connection, lambda: self._has_free_pages(connection), "the disk is nearly full")

    def _has_free_pages(self, connection: sqlite3.Connection) -> bool:
        return room.size_of(connection, self._path).free_bytes >= ENOUGH_FREE_BYTES

    def _hold(self, connection: sqlite3.Connection, still: bool) -> None:
        if still != self._held:
            room.hold(connection, still)
            self._held = still

    def _prune_until(self, connection: sqlite3.Connection, enough: Callable[[], bool], why: str) -> bool:
        """Prunes some slices, until there is enough; whether anything was deleted."""
        for done in range(SLICES):
            if enough():
                return done > 0
            pruned = in_transaction(connection, self._prune_slice)
            if not pruned:
                return done > 0
            now_ns = self._clock.now().wall_ns
            self.figures = replace(
                self.figures,
                pruned=self.figures.pruned + pruned.points,
                pruned_ns=now_ns if pruned.points else self.figures.pruned_ns,
                lines=self.figures.lines + pruned.lines,
            )
            if time.monotonic() >= self._tell_pruned_at:
                self._tell_pruned_at = time.monotonic() + SWEEP_S
                log.warning("moments are deleted before their time: %s", why)
        return True

    def _prune_slice(self, connection: sqlite3.Connection) -> pruning.Pruned:
        now_ns = self._clock.now().wall_ns
        pruned = pruning.prune(connection, now_ns)
        if pruned.lines and time.monotonic() >= self._note_lines_at:
            self._note_lines_at = time.monotonic() + SWEEP_S
            facts = {"lines": str(self.figures.lines + pruned.lines)}
            audit.enter(connection, AuditNote("moments that no sink had taken are deleted", now_ns, facts), now_ns)
        return pruned

    def _forget_sinks(self, connection: sqlite3.Connection, now_ns: int) -> None:
        """Deletes some of what waits for sinks that are no longer configured."""
        for sink, waiting in connection.execute("SELECT name, waiting FROM sinks").fetchall():
            if sink not in self._sinks:
                in_transaction(connection, partial(self._forget, sink=sink, waiting=waiting, now_ns=now_ns))

    def _forget(self, connection: sqlite3.Connection, *, sink: str, waiting: int, now_ns: int) -> None:
        if waiting and sink not in self._forgotten:
            what = "what waited for a sink that is no longer configured is deleted"
            audit.enter(connection, AuditNote(what, now_ns, {"sink": sink, "lines": str(waiting)}), now_ns)
            log.warning("%d records waited for sink %s, which is no longer configured: deleted", waiting, sink)
        self._forgotten.add(sink)
        deleted = connection.execute(
            "DELETE FROM outbox WHERE id IN (SELECT id FROM outbox WHERE sink = ? LIMIT ?)", (sink, pruning.CHUNK)
        ).rowcount
        connection.execute("UPDATE sinks SET waiting = waiting - ? WHERE name = ?", (deleted, sink))
        if deleted < pruning.CHUNK:
            connection.execute("DELETE FROM sinks WHERE name = ?", (sink,))

    def _forget_targets(self, connection: sqlite3.Connection, *, now_ns: int) -> None:
        """Deletes notices that wait for targets that are no longer configured: once one of that name is back, nobody
        wants to be told of what is long over.
        """
        counted = "SELECT target, count(*) FROM notices WHERE delivered_ns IS NULL GROUP BY target"
        for target, waiting in connection.execute(counted).fetchall():
            if target in (self._targets or ()):
                continue
            what = "what waited for a target that is no longer configured is deleted"
            audit.enter(connection, AuditNote(what, now_ns, {"target": target, "notices": str(waiting)}), now_ns)
            log.warning("%d notices waited for target %s, which is no longer configured: deleted", waiting, target)
            connection.execute("DELETE FROM notices WHERE target = ? AND delivered_ns IS NULL", (target,))

"""The one that writes history: a thread behind a bounded queue, so that a slow or full disk never holds up the hub.

Records are written in one transaction a second, each group of them in one. A transaction with anything in it but single
moments and states is synced to the disk (synchronous FULL), and with it all before it; between two minutes a power cut
may take the last points, never what the file is made of. A killed process loses only what was not yet written.
"""

from __future__ import annotations

import logging
import sqlite3
import threading
import time
from collections import deque
from collections.abc import Callable
from functools import partial
from itertools import count
from pathlib import Path
from typing import TypeVar

from painwatch.core.clock import Clock, SystemClock
from painwatch.core.errors import StoreError
from painwatch.core.live import StoreLive
from painwatch.store import ledger, room
from painwatch.store.audit import AuditHead
from painwatch.store.errands import Errand
from painwatch.store.faults import StoreBlocked, told
from painwatch.store.housekeeping import Housekeeping
from painwatch.store.intake import Intake
from painwatch.store.ledger import Lines, Refused, Told, no_lines
from painwatch.store.rows import Record
from painwatch.store.schema import open_for_writing
from painwatch.store.standing import Standing

log = logging.getLogger(__name__)

EVERY_S = 1.0
LONGEST_BACK_OFF_S = 60.0
BATCH = 5000
BATCHES = 4
"""Written in one turn, so that other threads do not wait long."""


T = TypeVar("T")


class Writer:
    """Writes to the history at `path` from construction to `close`.

    Args:
        site: kept in the file, to tell copies of histories apart.
        keep_points_days: see `retention`.
        history_bytes: the largest size of the history, None for any; see `pruning` for what goes when it is reached.
        sinks: names of those that are told; what waits for others, no longer configured, is deleted.
        targets: the same of those that notices go to; None: nothing is deleted.
        lines: what each sink is told of each record; put in the outbox in the record's own transaction.
        limit: points that may wait while the disk is not writable; see Pending.
        connect: how the file is opened.

    Raises:
        StoreError: the file cannot be used and that will not pass by itself. If it may (disk full), the writer starts
            all the same, tells it in `health` and tries on.
    """

    def __init__(
        self,
        path: Path,
        *,
        site: str,
        keep_points_days: float,
        history_bytes: int | None = None,
        sinks: tuple[str, ...] = (),
        targets: tuple[str, ...] | None = None,
        lines: Lines = no_lines,
        limit: int = 50_000,
        connect: Callable[[Path], sqlite3.Connection] = open_for_writing,
        clock: Clock | None = None,
    ) -> None:
        self._path, self._sinks, self._lines = path, sinks, lines
        self._clock = clock or SystemClock()
        self._intake = Intake(limit)
        self._errands: deque[Errand] = deque()
        self._fault_since_ns: int | None = None
        self._fault = ""
        self._busy_since_s: float | None = None
        self._lock, self._closing = threading.Lock(), False
        self._changed = threading.Condition(self._lock)
        self._house = Housekeeping(
            path,
            keep_points_days=keep_points_days,
            limit_bytes=history_bytes,
            sinks=sinks,
            targets=targets,
            clock=self._clock,
        )
        self._standing = Standing(path, site, connect)
        try:
            self._open()
        except StoreBlocked as error:
            self._note(error)
        self._thread = threading.Thread(target=self._run, name="store", daemon=True)
        self._thread.start()

    @property
    def health(self) -> StoreLive:
        """How the history is; reads memory only."""
        with self._lock:
            fault, since_ns = self._fault, self._fault_since_ns
        took = self._intake
        return self._house.live(fault, since_ns, waiting=took.waiting, lost=took.lost, conflicts=took.conflicts)

    @property
    def conflicts(self) -> int:
        """Records whose place was taken by another value, which stayed."""
        return self._intake.conflicts

    @property
    def stuck_s(self) -> float:
        """How long the thread has been at its present piece of work; infinite if it is gone."""
        since_s = self._busy_since_s
        if not self._thread.is_alive():
            return float("inf")
        return 0.0 if since_s is None else time.monotonic() - since_s

    @property
    def audit_head(self) -> AuditHead | None:
        """The head of the audit log, at most a second old; None before the history was first read."""
        return self._house.figures.head

    def put(self, *records: Record) -> None:
        """Hands over a group of records that are written in one transaction; never waits.

        States of cameras and processes are kept when they change.
        """
        self._intake.put(records)

    def committed(self) -> tuple[Told, ...]:
        """Minutes, transitions and marks that have come to be on disk since the last call, in order, as they were put.

        A record whose place was taken by another value is not among them. At most the last 10,000 are kept.
        """
        return self._intake.committed()

    def refused(self) -> tuple[Refused, ...]:
        """Requests of people since the last call whose records will never be on disk, each with the reason."""
        return self._intake.refused()

    def do(self, work: Callable[[sqlite3.Connection], T], *, durable: bool = False) -> T:
        """What `work` gives on the writer's connection, within a transaction of its own, once that is committed.

        For other threads; waits for the writer's, which does such work at once.

        Raises:
            StoreError: the writer is being closed. StoreBlocked: it cannot write now; nothing was done, except perhaps
                where that took longer than half a minute.
        """
        errand = Errand(work, durable)
        with self._changed:
            if self._closing:
                raise StoreError("is being closed", where=str(self._path))
            self._errands.append(errand)
            self._changed.notify_all()
        result: T = errand.result(self._path)
        return result

    def close(self) -> None:
        """Writes what waits, if the disk takes it, and ends the thread."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        self._thread.join()
        if self._intake.waiting:
            log.error("%d records were never written: %s", self._intake.waiting, self._fault)
        self._standing.close()

    def _run(self) -> None:
        back_off_s, due_s = EVERY_S, time.monotonic() + EVERY_S
        while True:
            self._busy_since_s = None
            with self._changed:
                self._changed.wait_for(lambda: self._closing or self._errands, max(0.0, due_s - time.monotonic()))
                last_turn, errands = self._closing, tuple(self._errands)
                self._errands.clear()
            self._busy_since_s = time.monotonic()
            for errand in errands:
                self._run_errand(errand)
            if not last_turn and time.monotonic() < due_s:
                continue
            try:
                self._turn(last_turn)
                back_off_s = EVERY_S
            except Exception as error:
                # Whatever it is, a writer that is gone without a word would be worse.
                self._note(error)
                back_off_s = min(LONGEST_BACK_OFF_S, 2 * back_off_s)
            behind = not self._fault and self._intake.waiting >= BATCH
            due_s = time.monotonic() + (0.0 if behind else back_off_s)
            if last_turn:
                return

    def _run_errand(self, errand: Errand) -> None:
        try:
            errand.succeed(self._with_room(errand.run))
        except sqlite3.Error as error:
            errand.fail(told(error, self._path))
        except Exception as error:
            errand.fail(error)

    def _turn(self, last: bool) -> None:
        self._with_room(partial(self._write_waiting, batches=None if last else BATCHES))
        if not last:
            self._with_room(self._house.look)
        with self._lock:
            if self._fault:
                log.warning("history is written again; %d records were lost in all", self._intake.lost)
            self._fault, self._fault_since_ns = "", None

    def _with_room(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """What `work` gives; tried once more where the disk was full and room could be made."""
        try:
            return work(self._open())
        except (sqlite3.Error, StoreBlocked) as error:
            full = room.is_disk_full(error.__cause__ or error, self._path)
            if not full or not self._house.make_room(self._standing.connection):
                raise
        return work(self._open())

    def _open(self) -> sqlite3.Connection:
        if self._standing.connection is None:
            self._house.opened()
        return self._standing.open()

    def _write_waiting(self, connection: sqlite3.Connection, *, batches: int | None) -> None:
        """Writes so many batches of what waits, or all of it."""
        for _ in count() if batches is None else range(batches):
            if not (records := self._intake.take(BATCH)):
                return
            try:
                now_ns = self._clock.now().wall_ns
                written = ledger.commit(connection, records, sinks=self._sinks, lines=self._lines, now_ns=now_ns)
            except BaseException:
                self._intake.back()
                raise
            self._intake.written(written)

    def _note(self, error: Exception) -> None:
        fault = str(error if isinstance(error, StoreError) else told(error, self._path))
        with self._lock:
            if fault != self._fault:
                log.error("history cannot be written: %s", fault)
            self._fault_since_ns = self._fault_since_ns or self._clock.now().wall_ns
            self._fault = fault
        # Opened anew at the next try: the file may have been replaced, or its folder mounted again.
        self._standing.close()

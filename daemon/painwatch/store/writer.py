"""The one that writes history: a thread behind a bounded queue, so that a slow or full disk never holds up the hub.

Records are written in one transaction a second. A transaction with a closed minute in it is synced to the disk
(synchronous FULL), and with it all before it; between two minutes a power cut may take the last points, never what the
file is made of. A killed process loses only what was not yet written.
"""

from __future__ import annotations

import logging
import sqlite3
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from painwatch.core.clock import SystemClock
from painwatch.core.errors import StoreError
from painwatch.core.types import CameraState, FusedPoint, MinuteSummary, ProcessState
from painwatch.store import retention
from painwatch.store.faults import StoreBlocked, told
from painwatch.store.rows import Record, store
from painwatch.store.schema import open_for_writing

log = logging.getLogger(__name__)

EVERY_S = 1.0
LONGEST_BACK_OFF_S = 60.0
BATCH = 5000
SWEEP_S = 3600.0


@dataclass(frozen=True, slots=True)
class Health:
    """`fault`: why nothing can be written, empty if all is well. `lost`: records there was no room for, or that could
    not be stored. `conflicts`: records whose place was taken by another value, which stayed. `waiting`: not yet
    written.
    """

    fault: str
    lost: int
    conflicts: int
    waiting: int


class Writer:
    """Writes to the history at `path` from construction to `close`.

    Args:
        site: kept in the file, to tell copies of histories apart.
        keep_points_days: see `retention`.
        limit: points that may wait while the disk is not writable. Minutes and events may wait besides: they are few.
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
        limit: int = 50_000,
        connect: Callable[[Path], sqlite3.Connection] = open_for_writing,
    ) -> None:
        self._path, self._site, self._keep_points_days, self._limit = path, site, keep_points_days, limit
        self._connect = connect
        self._waiting: deque[Record] = deque()
        self._points_waiting = 0
        self._last_state: dict[tuple[type, str], tuple[object, ...]] = {}
        self._fault, self._lost, self._conflicts = "", 0, 0
        self._lock, self._closing, self._wake = threading.Lock(), False, threading.Event()
        self._connection: sqlite3.Connection | None = None
        try:
            self._open()
        except StoreBlocked as error:
            self._note(error)
        self._thread = threading.Thread(target=self._run, name="store", daemon=True)
        self._thread.start()

    @property
    def health(self) -> Health:
        with self._lock:
            return Health(self._fault, self._lost, self._conflicts, len(self._waiting))

    def put(self, record: Record) -> None:
        """Hands a record over; never waits. States of cameras and processes are kept when they change."""
        with self._lock:
            if isinstance(record, CameraState | ProcessState) and not self._changed(record):
                return
            if isinstance(record, FusedPoint):
                if self._points_waiting >= self._limit:
                    self._lost += 1
                    return
                self._points_waiting += 1
            elif len(self._waiting) - self._points_waiting >= self._limit:
                self._lost += 1
                return
            self._waiting.append(record)

    def close(self) -> None:
        """Writes what waits, if the disk takes it, and ends the thread."""
        with self._lock:
            self._closing = True
        self._wake.set()
        self._thread.join()
        if self._waiting:
            log.error("%d records were never written: %s", len(self._waiting), self._fault)
        if self._connection is not None:
            self._connection.close()

    def _changed(self, record: CameraState | ProcessState) -> bool:
        state: tuple[object, ...]
        if isinstance(record, CameraState):
            name, state = record.camera, (record.phase, record.fault)
        else:
            name, state = record.name, (record.phase, record.restarts)
        key = (type(record), name)
        changed = self._last_state.get(key) != state
        self._last_state[key] = state
        return changed

    def _run(self) -> None:
        back_off_s, since_sweep_s = EVERY_S, SWEEP_S
        while True:
            pause_s = back_off_s if self._fault else EVERY_S
            self._wake.wait(pause_s)
            last_turn = self._closing
            try:
                self._write_all()
                since_sweep_s += pause_s
                if since_sweep_s >= SWEEP_S and not last_turn and self._connection is not None:
                    more = retention.sweep(self._connection, self._keep_points_days, SystemClock().now().wall_ns)
                    since_sweep_s = SWEEP_S if more else 0.0
                back_off_s = EVERY_S
            except Exception as error:
                # Whatever it is, a writer that is gone without a word would be worse.
                self._note(error)
                back_off_s = min(LONGEST_BACK_OFF_S, 2 * back_off_s)
            if last_turn:
                return

    def _open(self) -> sqlite3.Connection:
        if self._connection is None:
            self._connection = self._connect(self._path)
            site = ("site", self._site)
            try:
                self._connection.execute("INSERT INTO meta VALUES (?, ?) ON CONFLICT DO UPDATE SET value = ?2", site)
            except sqlite3.Error as error:
                raise told(error, self._path) from error
        return self._connection

    def _write_all(self) -> None:
        while True:
            with self._lock:
                batch = tuple(islice(self._waiting, BATCH))
            if not batch:
                return
            lost, conflicts = _write(self._open(), batch)
            with self._lock:
                for record in batch:
                    self._waiting.popleft()
                    self._points_waiting -= isinstance(record, FusedPoint)
                if self._fault:
                    log.warning("history is written again; %d records were lost in all", self._lost)
                self._fault, self._lost, self._conflicts = "", self._lost + lost, self._conflicts + conflicts

    def _note(self, error: Exception) -> None:
        fault = str(error if isinstance(error, StoreError) else told(error, self._path))
        with self._lock:
            if fault != self._fault:
                log.error("history cannot be written: %s", fault)
            self._fault = fault
        # Opened anew at the next try: the file may have been replaced, or its folder mounted again.
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def _write(connection: sqlite3.Connection, batch: tuple[Record, ...]) -> tuple[int, int]:
    """One transaction; how many records could not be stored, and how many found another value in their place."""
    lost = conflicts = 0
    durable = any(isinstance(record, MinuteSummary) for record in batch)
    connection.execute(f"PRAGMA synchronous = {'FULL' if durable else 'NORMAL'}")
    connection.execute("BEGIN IMMEDIATE")
    try:
        for record in batch:
            try:
                kept = store(connection, record)
            except (sqlite3.IntegrityError, sqlite3.DataError, sqlite3.ProgrammingError, OverflowError) as error:
                # One record that no table takes must not hold up all others for ever.
                log.error("not stored: %s (%s)", record, error)
                lost += 1
                continue
            if not kept:
                conflicts += 1
                log.warning("kept what was stored before, not %s", record)
        connection.execute("COMMIT")
    except sqlite3.Error:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
    return lost, conflicts

"""What waits for one target: what its queue holds, and what the history could not take yet."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Collection

from painwatch.core.alarms import Notice
from painwatch.core.errors import StoreError
from painwatch.notify.queue import NoticeQueue

log = logging.getLogger(__name__)

HEAD = 500
"""Notices looked at together; more wait behind them."""

UNSTORED_S = 10.0
"""A notice that the history has not taken so long after it was offered goes out without it."""

_REMEMBERED = 10_000


class Backlog:
    """The notices of one target that are not delivered. `offer` may be called by any thread, all else by one.

    A notice is known by its key. One that was delivered and could not be noted as such in the history stays noted
    here, and is not given out again while the process lives.

    Args:
        blocked: whether the history cannot be written now.
    """

    def __init__(self, queue: NoticeQueue, blocked: Callable[[], bool]) -> None:
        self._queue, self._blocked = queue, blocked
        self._queued: dict[str, tuple[int, Notice]] = {}
        self._offered: dict[str, tuple[float, Notice]] = {}
        self._told: dict[str, None] = {}
        self._blocked_s = float("-inf")
        self._lock, self._fault = threading.Lock(), ""

    def offer(self, notice: Notice, now_s: float) -> None:
        """A notice that was handed to the history at `now_s`."""
        with self._lock:
            self._offered.setdefault(notice.key, (now_s, notice))

    def waiting(self, now_s: float) -> tuple[Notice, ...]:
        """Those to be sent, oldest first, at most `HEAD` of the history's."""
        self._look()
        self._note_delivered()
        waiting = [notice for key, (_, notice) in self._queued.items() if key not in self._told]
        return (*waiting, *self._unstored(now_s))

    def count(self, seen: int) -> int:
        """How many wait in all, if `waiting` gave `seen`."""
        if len(self._queued) < HEAD:
            return seen
        try:
            return max(seen, self._queue.waiting()[0])
        except StoreError:
            return seen

    def delivered(self, keys: Collection[str]) -> None:
        """These arrived."""
        self._told.update(dict.fromkeys(keys))
        with self._lock:
            for key in keys:
                self._offered.pop(key, None)
        self._note_delivered()

    def failed(self, keys: Collection[str], why: str) -> None:
        """These were sent in vain, for `why`."""
        ids = tuple(self._queued[key][0] for key in keys if key in self._queued)
        try:
            self._queue.failed(ids, why)
        except StoreError as error:
            self._note_fault(str(error))

    def _look(self) -> None:
        try:
            found = self._queue.head(HEAD)
        except StoreError as error:
            # What was read before still waits, and is still told.
            self._note_fault(str(error))
            return
        self._queued = {one.notice.key: (one.id, one.notice) for one in found}
        self._note_fault("")

    def _note_delivered(self) -> None:
        ids = tuple(id for key, (id, _) in self._queued.items() if key in self._told)
        if ids:
            try:
                self._queue.done(ids)
            except StoreError as error:
                self._note_fault(str(error))
                return
            self._queued = {key: one for key, one in self._queued.items() if key not in self._told}
        while len(self._told) > _REMEMBERED:
            del self._told[next(iter(self._told))]

    def _unstored(self, now_s: float) -> list[Notice]:
        blocked = self._blocked()
        if blocked:
            self._blocked_s = now_s
        with self._lock:
            for key, (offered_s, _) in tuple(self._offered.items()):
                settled = now_s - max(offered_s, self._blocked_s) > UNSTORED_S
                # What the history neither shows nor is about to write, it knows as delivered: by an earlier process.
                if key in self._queued or key in self._told or settled:
                    del self._offered[key]
            due = [notice for offered_s, notice in self._offered.values() if now_s - offered_s >= UNSTORED_S]
        return due if blocked else []

    def _note_fault(self, fault: str) -> None:
        if fault and fault != self._fault:
            log.warning("notices cannot be read from or noted in the history: %s", fault)
        self._fault = fault

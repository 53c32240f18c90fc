"""What waits for one target: what its queue holds, and what the history could not take yet."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Collection, Sequence

from painwatch.core.alarms import Notice
from painwatch.core.errors import StoreError
from painwatch.notify.messages import Due
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
        self._queued: dict[str, tuple[int, Due]] = {}
        self._offered: dict[str, tuple[float, Due]] = {}
        self._told: dict[str, None] = {}
        self._blocked_s = float("-inf")
        self._lock, self._fault = threading.Lock(), ""

    def offer(self, notice: Notice, now_s: float, now_ns: int) -> None:
        """A notice that was handed to the history at `now_s` (monotonic), `now_ns` (UTC)."""
        with self._lock:
            self._offered.setdefault(notice.key, (now_s, Due(notice, now_ns)))

    def waiting(self, now_s: float) -> tuple[Due, ...]:
        """Those to be sent, oldest first, at most `HEAD` of the history's."""
        self._look()
        self._note_delivered()
        waiting = [due for key, (_, due) in self._queued.items() if key not in self._told]
        return (*waiting, *self._unstored(now_s))

    def count(self, seen: Sequence[Due]) -> tuple[int, int | None]:
        """How many wait in all, and since when the oldest of them (UTC ns), if `waiting` gave `seen`."""
        oldest_ns = min((due.since_ns for due in seen), default=None)
        if len(self._queued) < HEAD:
            return len(seen), oldest_ns
        try:
            count, stored_ns = self._queue.waiting()
        except StoreError:
            return len(seen), oldest_ns
        return max(len(seen), count), min((at for at in (oldest_ns, stored_ns) if at is not None), default=None)

    def delivered_ns(self, since_ns: int) -> tuple[int, ...]:
        """When messages arrived after `since_ns`, as far as the history can be read; UTC ns."""
        try:
            return self._queue.delivered_ns(since_ns)
        except StoreError as error:
            self._note_fault(str(error))
            return ()

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
        with self._lock:
            offered = {key: due for key, (_, due) in self._offered.items()}
        queued = {key: due for key, (_, due) in self._queued.items()}
        self._queued = {}
        for one in found:
            # What the history could take late only waits since it was offered.
            known = queued.get(one.notice.key) or offered.get(one.notice.key)
            since_ns = min(known.since_ns, one.time_ns) if known else one.time_ns
            self._queued[one.notice.key] = (one.id, Due(one.notice, since_ns))
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

    def _unstored(self, now_s: float) -> list[Due]:
        blocked = self._blocked()
        if blocked:
            self._blocked_s = now_s
        with self._lock:
            for key, (offered_s, _) in tuple(self._offered.items()):
                settled = now_s - max(offered_s, self._blocked_s) > UNSTORED_S
                # What the history neither shows nor is about to write, it knows as delivered: by an earlier process.
                if key in self._queued or key in self._told or settled:
                    del self._offered[key]
            due = [due for offered_s, due in self._offered.values() if now_s - offered_s >= UNSTORED_S]
        return due if blocked else []

    def _note_fault(self, fault: str) -> None:
        if fault and fault != self._fault:
            log.warning("notices cannot be read from or noted in the history: %s", fault)
        self._fault = fault

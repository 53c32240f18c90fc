"""One thread per target: takes what waits for it, sends it, and tries again for ever."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from painwatch.config.delivery import TargetConfig
from painwatch.core.alarms import Notice
from painwatch.core.clock import Clock, SystemClock
from painwatch.core.errors import PainwatchError
from painwatch.core.live import TargetLive
from painwatch.notify import pace as pacing
from painwatch.notify.backlog import Backlog
from painwatch.notify.delivery import Delivery, Send, deliver
from painwatch.notify.messages import Due, message_of
from painwatch.notify.queue import NoticeQueue
from painwatch.secrets import SecretReader

log = logging.getLogger(__name__)

LOOK_S = 2.0


class Notifier:
    """Delivers to one target from construction to `close`. Its faults are its own: nothing here raises or waits.

    A notice is delivered at least once. It may arrive twice if the process was killed, or the history could not be
    written, between its delivery and the note of it; or if the other end took it and did not say so.

    Args:
        queue: what waits for the target.
        site: named in messages.
        read_secret: gives the target's address; asked at every message, so that a new one is used at once.
        blocked: whether the history cannot be written now; what was offered goes out without it then.
        look_s: how often the queue is asked when nobody says that something was put there.
        send: what sends; `deliver` unless a test says otherwise.
    """

    def __init__(
        self,
        target: TargetConfig,
        queue: NoticeQueue,
        *,
        site: str,
        read_secret: SecretReader,
        blocked: Callable[[], bool] = lambda: False,
        send: Send = deliver,
        look_s: float = LOOK_S,
        clock: Clock | None = None,
    ) -> None:
        self._target, self._site, self._read_secret, self._send = target, site, read_secret, send
        self._look_s = look_s
        self._clock = clock or SystemClock()
        self._backlog = Backlog(queue, blocked)
        self._state = TargetLive(target.name)
        self._lock, self._stop, self._wake = threading.Lock(), threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"notify {target.name}", daemon=True)
        self._thread.start()

    @property
    def state(self) -> TargetLive:
        """As it stands now; reads memory only, and carries no credential."""
        with self._lock:
            return self._state

    def offer(self, notice: Notice) -> None:
        """A notice that was just handed to the history. It goes out from the queue, and from memory while the history
        cannot be written.
        """
        now = self._clock.now()
        self._backlog.offer(notice, now.mono_ns / 1e9, now.wall_ns)
        self._wake.set()

    def ask_to_stop(self) -> None:
        """Lets the thread end, and does not wait for it: for many targets, before `close` of each."""
        self._stop.set()
        self._wake.set()

    def close(self) -> None:
        """Ends the thread and what it is sending, within 2 s."""
        self.ask_to_stop()
        self._thread.join()

    def _now_s(self) -> float:
        return self._clock.now().mono_ns / 1e9

    def _arrived_s(self) -> list[float]:
        """When messages of the last hour arrived, before a restart too; monotonic."""
        now = self._clock.now()
        arrived_ns = self._backlog.delivered_ns(now.wall_ns - int(pacing.HOUR_S * 1e9))
        return [(now.mono_ns - (now.wall_ns - at_ns)) / 1e9 for at_ns in arrived_ns if at_ns <= now.wall_ns]

    def _run(self) -> None:
        pace = pacing.start(self._target.at_most_per_hour, self._now_s(), self._arrived_s())
        while not self._stop.is_set():
            self._wake.clear()
            try:
                pace, pause_s = self._turn(pace)
            except Exception as error:
                # A notifier that is gone without a word would be worse. The words may hold what must not be told.
                self._tell(fault=f"a fault of painwatch ({type(error).__name__})")
                pause_s = pacing.SHORTEST_S
            if pause_s > 0:
                self._wake.wait(pause_s)

    def _turn(self, pace: pacing.Pace) -> tuple[pacing.Pace, float]:
        """One message at most; what is known of the target then, and for how long nothing is to be done."""
        waiting = self._backlog.waiting(self._now_s())
        notices = [due.notice for due in waiting]
        items = [pacing.Item(notice.key, notice.priority.rank, notice.time_ns) for notice in notices]
        keys = pacing.choose(pace, items, self._now_s())
        self._count(waiting)
        if not keys:
            pause_s = pacing.pause_s(pace, items, self._now_s())
            return pace, self._look_s if pause_s is None else min(self._look_s, pause_s)
        delivery = self._deliver([due for due in waiting if due.notice.key in keys])
        if delivery.delivered:
            pace = pacing.delivered(pace, keys, self._now_s())
            self._backlog.delivered(keys)
            now_ns = self._clock.now().wall_ns
            self._tell(delivered=self._state.delivered + len(keys), last_delivered_ns=now_ns, fault="")
        elif not delivery.broken_off:
            pace = pacing.failed(pace, keys, items, self._now_s())
            told = "; ".join(part for part in (delivery.why, delivery.mend) if part)
            self._backlog.failed(keys, told)
            self._tell(fault=told)
        return pace, 0.0

    def _deliver(self, due: Sequence[Due]) -> Delivery:
        try:
            url = self._read_secret(self._target.url)
        except PainwatchError as error:
            return Delivery(False, f"its address cannot be read: {error.where} {error.what}", "put the address there")
        return self._send(url, message_of(due, self._site, self._clock.now().wall_ns), self._stop)

    def _count(self, waiting: Sequence[Due]) -> None:
        count, oldest_ns = self._backlog.count(waiting)
        self._tell(waiting=count, oldest_ns=oldest_ns, fault=self._state.fault if waiting else "")

    def _tell(self, **changes: Any) -> None:
        before = self._state
        with self._lock:
            self._state = msgspec.structs.replace(before, **changes)
        if self._state.fault and self._state.fault != before.fault:
            log.warning("%s cannot be told of alarms: %s", before.name, self._state.fault)
        elif before.fault and not self._state.fault:
            log.info("%s is told of alarms again", before.name)

"""The sign of life for others: a web address that is asked for again and again while the hub is really working.

Whoever watches that address notices when it falls silent: a hub that hangs, a host without power, a network that is
gone. Nothing on this host could tell of those.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Any

import msgspec

from painwatch.config.delivery import NotifyConfig
from painwatch.core.clock import Clock, SystemClock
from painwatch.core.errors import PainwatchError
from painwatch.core.live import TargetLive
from painwatch.notify.delivery import Delivery, ask
from painwatch.secrets import SecretReader

log = logging.getLogger(__name__)

NAME = "heartbeat"
Ask = Callable[[str, threading.Event], Delivery]


class Heartbeat:
    """Asks for `notify.heartbeat` every `heartbeat_s`, then waits until `alive` is called again; until `close`.

    Without a heartbeat in `config` it does nothing, and `state` is None. The first one goes out as soon as the hub is
    alive. One that fails is tried again at the next turn, when there is something new to tell anyway.
    """

    def __init__(
        self, config: NotifyConfig, *, read_secret: SecretReader, ask: Ask = ask, clock: Clock | None = None
    ) -> None:
        self._secret, self._every_s = config.heartbeat, config.heartbeat_s
        self._read_secret, self._ask, self._clock = read_secret, ask, clock or SystemClock()
        self._state = TargetLive(NAME)
        self._lock, self._alive, self._stop = threading.Lock(), threading.Event(), threading.Event()
        self._thread: threading.Thread | None = None
        if self._secret is not None:
            self._thread = threading.Thread(target=self._run, name=NAME, daemon=True)
            self._thread.start()

    def alive(self) -> None:
        """To be called by the hub after a turn of its loop; cheap."""
        if not self._alive.is_set():
            self._alive.set()

    @property
    def state(self) -> TargetLive | None:
        """As a target named `heartbeat`: `delivered` counts the beats, `fault` says why the last one failed."""
        with self._lock:
            return self._state if self._thread is not None else None

    def ask_to_stop(self) -> None:
        """Lets the thread end, and does not wait for it."""
        self._stop.set()
        self._alive.set()

    def close(self) -> None:
        """Ends the thread within 2 s."""
        self.ask_to_stop()
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        while True:
            if not self._stop.is_set():
                self._alive.wait()
            if self._stop.is_set():
                return
            self._beat()
            self._stop.wait(self._every_s)
            # The hub has to say so anew: what it did right after the last beat does not count.
            self._alive.clear()

    def _beat(self) -> None:
        assert self._secret is not None
        try:
            beat = self._ask(self._read_secret(self._secret), self._stop)
        except PainwatchError as error:
            beat = Delivery(False, f"its address cannot be read: {error.where} {error.what}", "put the address there")
        if beat.broken_off:
            return
        now_ns = self._clock.now().wall_ns
        if beat.delivered:
            self._tell(delivered=self._state.delivered + 1, last_delivered_ns=now_ns, oldest_ns=None, fault="")
        else:
            self._tell(oldest_ns=self._state.oldest_ns or now_ns, fault=f"{beat.why}; {beat.mend}")

    def _tell(self, **changes: Any) -> None:
        before = self._state
        with self._lock:
            self._state = msgspec.structs.replace(before, **changes)
        if self._state.fault and self._state.fault != before.fault:
            log.warning("the heartbeat does not get through: %s", self._state.fault)
        elif before.fault and not self._state.fault:
            log.info("the heartbeat gets through again")

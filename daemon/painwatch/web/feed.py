"""What the hub last said, and how long ago: one thread listens, anyone may ask."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass

import zmq

from painwatch.core.clock import Clock
from painwatch.core.errors import WireError
from painwatch.core.live import CageLive, CameraLive, Snapshot
from painwatch.core.messages import Message
from painwatch.core.wire import MAX_BYTES, decode
from painwatch.web.wording import SILENT_AFTER_S

_log = logging.getLogger(__name__)

_QUEUE = 200
_WAKE_MS = 200


@dataclass(frozen=True, slots=True)
class Heard:
    """The hub's last word and its age; both None if it was never heard."""

    snapshot: Snapshot | None
    age_s: float | None

    @property
    def fresh(self) -> bool:
        """Whether the snapshot may be told as now."""
        return self.age_s is not None and self.age_s <= SILENT_AFTER_S

    @property
    def now_ns(self) -> int:
        """The hub's clock at its last word; 0 if never heard."""
        return self.snapshot.time_ns if self.snapshot else 0

    def cage(self, name: str) -> CageLive | None:
        """The cage called `name` as last told, however old."""
        return next((c for c in self.snapshot.cages if c.name == name), None) if self.snapshot else None

    def camera(self, name: str) -> CameraLive | None:
        """The camera called `name` as last told, however old."""
        return next((c for c in self.snapshot.cameras if c.name == name), None) if self.snapshot else None


class Feed:
    """Listens to the hub at `endpoint` from `start` to `close`; `heard` may be called from any thread.

    Args:
        on_snapshot: called in the listening thread with each snapshot, and must be quick.
        on_message: the same with everything that is heard, after a snapshot counts as heard.
    """

    def __init__(
        self,
        endpoint: str,
        clock: Clock,
        on_snapshot: Callable[[Snapshot], None] | None = None,
        on_message: Callable[[Message], None] | None = None,
    ) -> None:
        self._endpoint, self._clock, self._on_snapshot, self._on_message = endpoint, clock, on_snapshot, on_message
        self._latest: tuple[Snapshot, int] | None = None
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._listen, name="hub-feed", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        """Stops listening and waits for the thread."""
        self._stop.set()
        if self._thread.ident is not None:
            self._thread.join()

    @property
    def listens(self) -> bool:
        """Whether the thread that listens is up."""
        return self._thread.is_alive()

    def heard(self) -> Heard:
        """The hub's last word, with its age now."""
        latest = self._latest
        if latest is None:
            return Heard(None, None)
        return Heard(latest[0], max(0.0, (self._clock.now().mono_ns - latest[1]) / 1e9))

    def wait(self, timeout_s: float) -> Heard:
        """Like `heard`, but waits up to `timeout_s` for the first word."""
        deadline_ns = self._clock.now().mono_ns + int(timeout_s * 1e9)
        while self._latest is None and self._clock.now().mono_ns < deadline_ns:
            self._stop.wait(0.02)
        return self.heard()

    def _listen(self) -> None:
        with zmq.Context() as context, context.socket(zmq.SUB) as socket:
            socket.setsockopt(zmq.LINGER, 0)
            socket.setsockopt(zmq.RCVHWM, _QUEUE)
            socket.setsockopt(zmq.MAXMSGSIZE, MAX_BYTES)
            socket.setsockopt(zmq.RECONNECT_IVL_MAX, 1000)
            socket.subscribe(b"")
            socket.connect(self._endpoint)
            refused = 0
            while not self._stop.is_set():
                if not socket.poll(_WAKE_MS):
                    continue
                try:
                    message = decode(socket.recv(zmq.NOBLOCK))
                except WireError as error:
                    refused += 1
                    if refused == 1 or refused % 1000 == 0:
                        _log.warning("refused %d messages of the hub so far: %s", refused, error)
                    continue
                if isinstance(message, Snapshot):
                    self._take(message)
                if self._on_message is not None:
                    self._on_message(message)

    def _take(self, snapshot: Snapshot) -> None:
        self._latest = (snapshot, self._clock.now().mono_ns)
        if self._on_snapshot is not None:
            try:
                self._on_snapshot(snapshot)
            except Exception:
                # A picture that cannot be kept must not make the hub look silent.
                _log.exception("a snapshot was heard, but something that follows it failed")

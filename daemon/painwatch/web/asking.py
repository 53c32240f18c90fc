"""Asking the hub for something, and waiting for its answer."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from painwatch.core.alarms import Answer, Request
from painwatch.core.errors import PainwatchError
from painwatch.core.live import Snapshot
from painwatch.core.messages import Message
from painwatch.hub_line import hub_line

WAIT_S = 3.0
"""For the hub's answer. It stores first, and then answers: usually within a fraction of a second."""

MOST_WAITING = 16

Wait = Callable[[], Answer | None]
Send = Callable[[Request, Wait], Answer | None]
"""Sends a request, and gives what waiting for its answer gives."""


@dataclass(slots=True)
class _Waiting:
    answer: Answer | None = None
    settled: threading.Event = field(default_factory=threading.Event)


class Asking:
    """Sends requests with `send`, and hears the answers; any thread may ask."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._lock = threading.Lock()
        self._waiting: dict[str, list[_Waiting]] = {}

    def ask(self, request: Request) -> Answer | None:
        """The hub's answer; None if there was none in time: then it is not known whether it was done.

        What was done is answered once a snapshot has come that shows it.

        Raises:
            PainwatchError: nothing was sent, since too many wait already.
        """
        own = _Waiting()
        with self._lock:
            if sum(map(len, self._waiting.values())) >= MOST_WAITING:
                raise PainwatchError("too many requests wait for the hub", mend="try again in a few seconds")
            self._waiting.setdefault(request.id, []).append(own)
        try:
            return self._send(request, lambda: _answer(own))
        finally:
            with self._lock:
                self._waiting[request.id].remove(own)
                if not self._waiting[request.id]:
                    del self._waiting[request.id]

    def hear(self, message: Message) -> None:
        """To be told everything that the hub says, in its order."""
        match message:
            case Answer():
                with self._lock:
                    for one in self._waiting.get(message.request, ()):
                        one.answer = message
                        if not message.done:
                            one.settled.set()
            case Snapshot():
                with self._lock:
                    for one in [one for waiting in self._waiting.values() for one in waiting]:
                        if one.answer is not None:
                            one.settled.set()


def _answer(waiting: _Waiting) -> Answer | None:
    waiting.settled.wait(WAIT_S)
    return waiting.answer


def over_the_line(results: str) -> Send:
    """Sends to the hub that takes in results at the endpoint `results`. What it has not taken when the wait is over
    is taken back, so that it is not done much later.
    """

    def send(request: Request, wait: Wait) -> Answer | None:
        with hub_line(results, kept=1) as line:
            line.send(request)
            return wait()

    return send

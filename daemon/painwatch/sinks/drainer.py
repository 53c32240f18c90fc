"""Carries what waits in an outbox to its sink, for ever: nothing is forgotten before the sink has it."""

from __future__ import annotations

import contextlib
import logging
import random
import threading
import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from msgspec.structs import replace

from painwatch.config.delivery import InfluxConfig
from painwatch.config.sources import Secret
from painwatch.core.clock import Clock, SystemClock
from painwatch.core.errors import PainwatchError, StoreError
from painwatch.core.live import SinkLive
from painwatch.secrets import SecretReader
from painwatch.sinks.answers import Answer, Meaning, wait_s
from painwatch.sinks.delivery import Outbox, Turn, Waiting

BATCH_RECORDS = 1000
BATCH_BYTES = 500_000
"""Before compression, which makes a fifth of it: a proxy before the database often takes 1 MB."""

LOOK_S = 0.5
"""How often the outbox is looked at."""

STOP_S = 3.0

log = logging.getLogger(__name__)


class Client(Protocol):
    """What carries lines, such as `client.Influx`."""

    def write(self, lines: bytes) -> Answer: ...
    def break_off(self) -> None: ...
    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Pauses:
    """How long to wait; tests have less patience. `look_s`: for new records; `after`: answer, failures in a row."""

    look_s: float = LOOK_S
    after: Callable[[Answer, int], float] = lambda answer, failures: wait_s(answer, failures, random.random())


class Drainer:
    """Drains `outbox` into the sink called `name`, in a thread of its own, from construction to `stop`.

    Args:
        connect: makes the client, with the login as it then is; called again after the sink refused the login. What it
            raises as PainwatchError is told of the sink, and holds everything.
        records: the most that are sent at once.
        mend: what a person may run to see why nothing at all is taken.
    """

    def __init__(
        self,
        name: str,
        outbox: Outbox,
        connect: Callable[[], Client],
        *,
        records: int = BATCH_RECORDS,
        mend: str = "",
        clock: Clock | None = None,
        pauses: Pauses | None = None,
    ) -> None:
        self._name, self._outbox, self._connect = name, outbox, connect
        self._records, self._mend = records, mend
        self._clock, self._pauses = clock or SystemClock(), pauses or Pauses()
        self._client: Client | None = None
        self._state, self._lock, self._stopping = SinkLive(name), threading.Lock(), threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"sink {name}", daemon=True)
        self._thread.start()

    @property
    def state(self) -> SinkLive:
        """As it stands now. Reads memory only, so that it may be asked often."""
        with self._lock:
            return self._state

    def stop(self) -> None:
        """Ends the thread within about 2 s: a request in flight is broken off, and sent again at the next start."""
        self._stopping.set()
        deadline = time.monotonic() + STOP_S
        while self._thread.is_alive() and time.monotonic() < deadline:
            client = self._client
            if client is not None:
                client.break_off()
            self._thread.join(0.05)
        if self._thread.is_alive():
            log.error("sink %s: does not stop", self._name)

    def _run(self) -> None:
        failures = 0
        while not self._stopping.is_set():
            answer, sent = self._turn()
            if self._stopping.is_set():
                break
            if answer is None:
                failures = 0
                if sent == 0:
                    self._wait(self._pauses.look_s)
                continue
            failures = 1 if sent else failures + 1
            self._tell(answer)
            self._wait(self._pauses.after(answer, failures))
        self._let_go()

    def _turn(self) -> tuple[Answer | None, int]:
        """One batch: what went wrong, None if nothing; and how many records went out."""
        before = self.state.sent
        try:
            rows = _batch(self._outbox.head(self._records))
            answer = self._carry(rows) if rows else None
            # Before what waits is counted anew: where nothing waits, nobody is to read of a fault that is over.
            if rows and answer is None and not self._stopping.is_set():
                self._well()
            self._look()
        except StoreError as error:
            # Nothing of the sink's: it is the history that must be mended, and that is told of itself.
            answer = Answer(Meaning.LATER, str(error))
        except PainwatchError as error:
            # The secret cannot be read.
            answer = Answer(Meaning.HELD, str(error), login=True)
        except Exception as error:
            # A sink that is carried to no more, without a word, would be worse than anything.
            # Not its words: a client's may repeat the headers, and the login in them.
            where = "".join(traceback.format_tb(error.__traceback__))
            log.error("sink %s: %s at\n%s", self._name, type(error).__name__, where)
            answer = Answer(Meaning.LATER, f"unexpected fault ({type(error).__name__}: see the log)", login=True)
        if answer is not None and answer.login:
            self._let_go()
        return answer, self.state.sent - before

    def _carry(self, rows: Sequence[Waiting]) -> Answer | None:
        if self._client is None:
            self._client = self._connect()
        turn = Turn(self._outbox, self._client.write, self._taken, self._stopping.is_set, self._mend)
        return turn.take(rows)

    def _taken(self, count: int) -> None:
        with self._lock:
            sent, now_ns = self._state.sent + count, self._clock.now().wall_ns
            self._state = replace(self._state, sent=sent, last_sent_ns=now_ns)

    def _look(self) -> None:
        found = self._outbox.state()
        with self._lock:
            self._state = replace(self._state, waiting=found.waiting, oldest_ns=found.oldest_ns, refused=found.refused)

    def _well(self) -> None:
        if self.state.fault:
            log.warning("sink %s: takes records again", self._name)
            with self._lock:
                self._state = replace(self._state, fault="", held=False)

    def _tell(self, answer: Answer) -> None:
        if answer.words != self.state.fault:
            log.warning("sink %s: %s", self._name, answer.words)
        with self._lock:
            self._state = replace(self._state, fault=answer.words, held=answer.meaning is Meaning.HELD)

    def _wait(self, seconds: float) -> None:
        """Waits, and tells meanwhile how much waits in the outbox."""
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0 and not self._stopping.wait(min(1.0, left)):
            # What is wrong with the outbox is told at the next turn.
            with contextlib.suppress(Exception):
                self._look()

    def _let_go(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            client.close()


def into_influx(sink: InfluxConfig, read_secret: SecretReader) -> Callable[[], Client]:
    """Makes a client of the InfluxDB when it is called; raises PainwatchError if the login cannot be read."""

    def connect() -> Client:
        secret = secret_of(sink, read_secret)
        # influxdb-client costs half a second and 40 MB: only who has a sink pays for it.
        from painwatch.sinks.client import Influx

        return Influx(sink, secret)

    return connect


def secret_of(sink: InfluxConfig, read_secret: SecretReader) -> str:
    """What the client logs in with: the token, `username:password`, or nothing.

    Raises:
        PainwatchError: it cannot be read, or cannot be sent.
    """
    if sink.token is not None:
        return _sendable(read_secret(sink.token).strip(), sink.token, "token")
    if sink.username is not None and sink.password is not None:
        return f"{sink.username}:{_sendable(read_secret(sink.password), sink.password, 'password')}"
    return ""


def _sendable(words: str, secret: Secret, what: str) -> str:
    # The client would refuse it in words that repeat it, and those go into the log.
    if not words.isprintable() or any(ord(character) > 0xFF for character in words):
        where = f"${secret.env}" if secret.env is not None else str(secret.file)
        mend = f"put nothing but the {what} there, on one line"
        raise PainwatchError(f"the {what} there holds a line break or what no header can carry", where=where, mend=mend)
    return words


def _batch(rows: Sequence[Waiting]) -> Sequence[Waiting]:
    """As many of the oldest as fit into one request; at least one."""
    size = 0
    for count, row in enumerate(rows):
        size += len(row.line) + 1
        if size > BATCH_BYTES and count:
            return rows[:count]
    return rows

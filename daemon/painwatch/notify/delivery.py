"""One message to one address, in a process of its own, so that whatever hangs in it can be ended.

Sending goes through name look-ups, TLS and some hundred services' code, none of which can be broken off in a thread.
The process also keeps Apprise's memory out of the hub's, and the address out of the hub's log.
"""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from painwatch.core.alarms import Priority
from painwatch.notify.messages import Message

GRACE_S = 1.0
"""What is being sent when `stop` is set may take so long to finish: a message cut off may arrive twice."""

MOST_CHARS = 60_000
"""No more of a message's words is sent: more would come as some hundred messages to a telephone."""

_COMMAND = (sys.executable, "-P", "-m", "painwatch.notify.courier")
_MAX_ANSWER_BYTES = 16_384
_LOOK_S = 0.2
_TYPES = {Priority.LOW: "info", Priority.MEDIUM: "warning", Priority.HIGH: "failure"}


@dataclass(frozen=True, slots=True)
class Delivery:
    """What became of a message. `why` and `mend` are empty if it was delivered; neither holds a credential.

    `in_the_clear`: it went, or would have gone, to another host without TLS. `broken_off`: `stop` was set meanwhile;
    whether it arrived is not known.
    """

    delivered: bool
    why: str = ""
    mend: str = ""
    in_the_clear: bool = False
    broken_off: bool = False


Send = Callable[[str, Message, threading.Event], Delivery]
"""`deliver`, or what stands in for it."""


def deliver(url: str, message: Message, stop: threading.Event, timeout_s: float = 30.0) -> Delivery:
    """Sends `message` to the Apprise address `url`; broken off soon after `stop` is set. Never raises."""
    errand = {"title": message.title, "body": _cut(message.body), "type": _TYPES[message.priority]}
    return _run({"do": "send", "url": url.strip()} | errand, stop, timeout_s)


def ask(url: str, stop: threading.Event, timeout_s: float = 15.0) -> Delivery:
    """Asks for the web address `url` once; broken off soon after `stop` is set. Never raises."""
    return _run({"do": "ask", "url": url.strip()}, stop, timeout_s)


def _run(errand: dict[str, Any], stop: threading.Event, timeout_s: float) -> Delivery:
    told = json.dumps(errand | {"timeout_s": timeout_s}, ensure_ascii=False)
    line = told.encode("utf-8", "replace") + b"\n"
    try:
        process = subprocess.Popen(
            _COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, bufsize=0
        )
    except OSError as error:
        return Delivery(
            False, f"the process that sends cannot be started ({error.strerror})", "see to memory and limits"
        )
    assert process.stdin is not None
    assert process.stdout is not None
    with process:
        try:
            os.set_blocking(process.stdin.fileno(), False)
            return _exchanged(process.stdin.fileno(), line, process.stdout.fileno(), stop, timeout_s)
        finally:
            process.kill()


def _cut(words: str) -> str:
    left = len(words) - MOST_CHARS
    return words if left <= 0 else f"{words[:MOST_CHARS]} (and {left} characters more: see the page)"


def _exchanged(writing: int, line: bytes, reading: int, stop: threading.Event, timeout_s: float) -> Delivery:
    """Hands the errand over and takes the answer; a pipe that nobody reads from takes only 64 KiB."""
    poll = select.poll()
    poll.register(reading, select.POLLIN)
    poll.register(writing, select.POLLOUT)
    deadline_s, asked_to_stop, answer = time.monotonic() + timeout_s, False, b""
    while True:
        if stop.is_set() and not asked_to_stop:
            deadline_s, asked_to_stop = min(deadline_s, time.monotonic() + GRACE_S), True
        left_s = deadline_s - time.monotonic()
        if left_s <= 0 and asked_to_stop:
            return Delivery(False, "it was broken off", broken_off=True)
        if left_s <= 0:
            why = f"it was not sent within {timeout_s:g} s"
            return Delivery(False, why, "see that the server runs, and that this host can look names up")
        ready = {descriptor for descriptor, _ in poll.poll(1000 * min(left_s, _LOOK_S))}
        if writing in ready:
            line = _left_of(line, writing)
            if not line:
                poll.unregister(writing)
        if reading not in ready:
            continue
        piece = os.read(reading, _MAX_ANSWER_BYTES)
        answer += piece
        if not piece or len(answer) > _MAX_ANSWER_BYTES:
            return _decoded(answer)


def _left_of(line: bytes, writing: int) -> bytes:
    try:
        return line[os.write(writing, line) :]
    except BlockingIOError:
        return line
    except BrokenPipeError:
        # Why it ended, it may still have said.
        return b""


def _decoded(answer: bytes) -> Delivery:
    try:
        return Delivery(**json.loads(answer))
    except (ValueError, TypeError):
        mend = "run `painwatch notify test`; if that fails too, reinstall painwatch"
        return Delivery(False, "the process that sends ended without an answer", mend)

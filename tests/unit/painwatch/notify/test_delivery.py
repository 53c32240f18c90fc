"""What is handed to the process that sends: never too much, and never for longer than there is time."""

from __future__ import annotations

import json
import sys
import threading

import pytest

from painwatch.core.alarms import Priority
from painwatch.notify import delivery
from painwatch.notify.delivery import MOST_CHARS, deliver
from painwatch.notify.messages import Message

DEAF = (sys.executable, "-c", "import time; time.sleep(600)")
REPEATS = (
    sys.executable,
    "-c",
    "import json, sys; errand = json.loads(sys.stdin.buffer.readline());"
    "print(json.dumps({'delivered': True, 'why': errand['body'][-60:], 'mend': str(len(errand['body']))}))",
)


def test_a_process_that_does_not_read_is_given_up_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delivery, "_COMMAND", DEAF)
    found = deliver(
        "json://127.0.0.1/", Message("long", "\U0001f400" * MOST_CHARS, Priority.LOW), threading.Event(), 0.5
    )
    assert not found.delivered
    assert "not sent within 0.5 s" in found.why


@pytest.mark.parametrize("letter", ["x", "\u00e5", "\U0001f400", "\n"])
def test_the_words_arrive_as_they_are_and_no_more_than_can_be_read(
    monkeypatch: pytest.MonkeyPatch, letter: str
) -> None:
    monkeypatch.setattr(delivery, "_COMMAND", REPEATS)
    message = Message("long", letter * (MOST_CHARS + 7), Priority.LOW)
    found = deliver("json://127.0.0.1/", message, threading.Event())
    assert found.delivered
    assert found.why.endswith(f"{letter} (and 7 characters more: see the page)")
    assert int(found.mend) < MOST_CHARS + 100


def test_words_that_are_no_text_are_sent_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delivery, "_COMMAND", REPEATS)
    found = deliver("json://127.0.0.1/", Message("odd", json.loads('"\\ud800"'), Priority.LOW), threading.Event())
    assert (found.delivered, found.why) == (True, "?")

"""What is sent at once, without a history."""

from __future__ import annotations

import threading
from typing import Any

from painwatch.config.models import Config
from painwatch.config.sources import Secret
from painwatch.core.alarms import Priority
from painwatch.core.errors import PainwatchError
from painwatch.notify.delivery import Delivery
from painwatch.notify.last_word import last_word, trial
from painwatch.notify.messages import Message

NOON_NS = 1_795_003_200_000_000_000


def config(*targets: dict[str, Any]) -> Config:
    camera = {"name": "left", "source": {"kind": "rtsp", "url": "rtsp://h/1"}}
    cage = {"name": "cage-1", "species": "rat", "strain": "any", "coat": "white", "cameras": [camera]}
    notify = {"targets": [{"url": {"env": "A"}, **target} for target in targets], "page": "https://watch.lab/"}
    return Config.model_validate({"version": 1, "site": "Lab", "cages": [cage], "notify": notify})


def test_everyone_who_takes_technical_alarms_is_told_and_one_fault_stays_its_own() -> None:
    sent: list[Message] = []

    def send(url: str, message: Message, stop: threading.Event) -> Delivery:
        sent.append(message)
        return Delivery(url == "json://it", "refused", "mend")

    def read(secret: Secret) -> str:
        if secret.env == "GONE":
            raise PainwatchError("is not set", where="$GONE")
        return f"json://{secret.env}"

    settings = config(
        {"name": "it", "url": {"env": "it"}, "minimum_priority": "high"},
        {"name": "vet", "kinds": ["welfare"]},
        {"name": "boss", "kinds": ["technical"]},
        {"name": "gone", "url": {"env": "GONE"}},
    )
    told = last_word(settings, "the hub has been down for 60 s", NOON_NS, read_secret=read, send=send)
    assert {name: delivery.delivered for name, delivery in told.items()} == {"it": True, "boss": False, "gone": False}
    assert "$GONE is not set" in told["gone"].why
    assert sent[0].priority is Priority.HIGH
    assert sent[0].title == "Lab: the watch is down (high priority)"
    for part in (
        "the hub has been down for 60 s",
        "silence is not comfort",
        "2026-11-18 12:00 UTC",
        "https://watch.lab/",
    ):
        assert part in sent[0].body


def test_nobody_to_tell_is_nobody() -> None:
    assert last_word(config(), "x", NOON_NS, read_secret=lambda secret: "") == {}


def test_a_test_message_says_that_it_is_one() -> None:
    sent: list[Message] = []

    def send(url: str, message: Message, stop: threading.Event) -> Delivery:
        sent.append(message)
        return Delivery(True)

    settings = config({"name": "vet"})
    assert trial(settings.notify.targets, "Lab", NOON_NS, read_secret=lambda secret: "json://h", send=send) == {
        "vet": Delivery(True)
    }
    assert "test" in sent[0].title
    assert "Nothing has to be done" in sent[0].body

"""The sign of life: only while the hub works, and its faults are told."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from painwatch.config.delivery import NotifyConfig
from painwatch.config.sources import Secret
from painwatch.core.errors import PainwatchError
from painwatch.notify.delivery import Delivery
from painwatch.notify.heartbeat import Heartbeat

BEATING = NotifyConfig(heartbeat=Secret(env="BEAT"), heartbeat_s=10).model_copy(update={"heartbeat_s": 0.02})


@dataclass
class World:
    answer: Callable[[], Delivery] = lambda: Delivery(True)
    asked: list[str] = field(default_factory=list)

    def ask(self, url: str, stop: threading.Event) -> Delivery:
        self.asked.append(url)
        return self.answer()


def until(condition: Callable[[], bool]) -> None:
    deadline_s = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline_s, "it never came"
        time.sleep(0.005)


def test_each_beat_needs_a_turn_of_the_hub_after_the_one_before() -> None:
    world = World()
    heart = Heartbeat(BEATING, read_secret=lambda secret: "https://beat/s3cret", ask=world.ask)
    for number in range(1, 4):
        assert len(world.asked) == number - 1
        until(lambda number=number: heart.alive() is None and len(world.asked) >= number)  # type: ignore[misc]
        # The hub hangs here: however long, no more than what its last turns allowed goes out.
        until(lambda: heart.state is not None and heart.state.delivered == len(world.asked))
    assert set(world.asked) == {"https://beat/s3cret"}
    heart.close()


def test_a_hub_that_never_turns_is_silent() -> None:
    world = World()
    heart = Heartbeat(BEATING, read_secret=lambda secret: "https://beat/s3cret", ask=world.ask)
    heart.close()
    assert world.asked == []


def test_without_an_address_there_is_nothing() -> None:
    threads = threading.active_count()
    heart = Heartbeat(NotifyConfig(), read_secret=lambda secret: "", ask=World().ask)
    heart.alive()
    assert heart.state is None
    assert threading.active_count() == threads
    heart.close()


def test_a_beat_that_fails_is_told_until_one_gets_through() -> None:
    answers = iter([Delivery(False, "the server answers HTTP 500", "look")] * 2)
    world = World(lambda: next(answers, Delivery(True)))
    heart = Heartbeat(BEATING, read_secret=lambda secret: "https://beat/s3cret", ask=world.ask)
    until(lambda: heart.alive() is None and heart.state is not None and "HTTP 500" in heart.state.fault)
    assert heart.state is not None
    assert heart.state.oldest_ns is not None
    until(lambda: heart.alive() is None and heart.state is not None and heart.state.delivered > 0)
    assert (heart.state.fault, heart.state.oldest_ns, heart.state.name) == ("", None, "heartbeat")
    heart.close()


def test_an_address_that_is_not_there_is_told() -> None:
    def unset(secret: Secret) -> str:
        raise PainwatchError("is not set", where="$BEAT")

    heart = Heartbeat(BEATING, read_secret=unset, ask=World().ask)
    until(lambda: heart.alive() is None and heart.state is not None and "$BEAT is not set" in heart.state.fault)
    heart.close()

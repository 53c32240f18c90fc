"""Delivery to one target: until it arrives, once for each key, whatever the target or the history does."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest

from painwatch.config.delivery import TargetConfig
from painwatch.config.sources import Secret
from painwatch.core.alarms import Notice, Priority
from painwatch.core.clock import Stamp
from painwatch.core.errors import PainwatchError, StoreError
from painwatch.core.signals import AlarmKind
from painwatch.notify.backlog import UNSTORED_S
from painwatch.notify.delivery import Delivery
from painwatch.notify.messages import Message
from painwatch.notify.notifier import Notifier

TARGET = TargetConfig(name="vet", url=Secret(env="VET"), at_most_per_hour=20)
STORED_NS = 1_795_003_100_000_000_000
REFUSED = Delivery(False, "the server answers HTTP 500", "look into the server's log")


@dataclass(frozen=True)
class Queued:
    id: int
    notice: Notice
    attempts: int
    time_ns: int = STORED_NS


@dataclass
class Queue:
    """As the history keeps notices: a key once, for good. `broken`: the history cannot be read or written."""

    rows: dict[str, Queued] = field(default_factory=dict)
    told: list[str] = field(default_factory=list)
    whys: list[str] = field(default_factory=list)
    broken: bool = False
    unwritable: bool = False
    delivered_before: tuple[int, ...] = ()

    def put(self, notice: Notice) -> None:
        if notice.key not in self.rows and notice.key not in self.told:
            self.rows[notice.key] = Queued(len(self.rows) + len(self.told) + 1, notice, 0)

    def head(self, limit: int) -> tuple[Queued, ...]:
        self._check(self.broken)
        return tuple(self.rows.values())[:limit]

    def done(self, ids: Iterable[int]) -> None:
        self._check(self.broken or self.unwritable)
        for key in [key for key, row in self.rows.items() if row.id in set(ids)]:
            del self.rows[key]
            self.told.append(key)

    def failed(self, ids: Iterable[int], why: str) -> None:
        self._check(self.broken or self.unwritable)
        self.whys.append(why)
        for row in [row for row in self.rows.values() if row.id in set(ids)]:
            self.rows[row.notice.key] = Queued(row.id, row.notice, row.attempts + 1)

    def waiting(self) -> tuple[int, int | None]:
        self._check(self.broken)
        return len(self.rows), None

    def delivered_ns(self, since_ns: int) -> tuple[int, ...]:
        self._check(self.broken)
        return tuple(at_ns for at_ns in self.delivered_before if at_ns > since_ns)

    def _check(self, broken: bool) -> None:
        if broken:
            raise StoreError("the disk is full")


class Clock:
    """Runs as fast as it is told: monotonic time goes on by `step_s` at each look."""

    def __init__(self, step_s: float = 0.0) -> None:
        self.wall_ns, self.mono_s, self.step_s = 1_795_003_200_000_000_000, 1000.0, step_s

    def now(self) -> Stamp:
        self.mono_s += self.step_s
        return Stamp(self.wall_ns, int(self.mono_s * 1e9))


@dataclass
class World:
    """Takes messages as `answer` says."""

    answer: Callable[[Message], Delivery] = lambda message: Delivery(True)
    tried: list[Message] = field(default_factory=list)
    sent: list[Message] = field(default_factory=list)

    def send(self, url: str, message: Message, stop: threading.Event) -> Delivery:
        assert url == "json://h/s3cret"
        self.tried.append(message)
        delivery = self.answer(message)
        if delivery.delivered:
            self.sent.append(message)
        return delivery


def notice(number: int, priority: Priority = Priority.LOW) -> Notice:
    time_ns = 1_795_003_200_000_000_000 + number
    return Notice("vet", f"k{number}", time_ns, AlarmKind.WELFARE, priority, f"title {number}", f"a\nwords {number}")


def until(condition: Callable[[], bool]) -> None:
    deadline_s = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline_s, "it never came"
        time.sleep(0.01)


@contextmanager
def notifying(world: World, queue: Queue, clock: Clock | None = None, **settings: object) -> Iterator[Notifier]:
    given = {"read_secret": lambda secret: "json://h/s3cret", "look_s": 0.01} | settings
    notifier = Notifier(TARGET, queue, site="Lab", send=world.send, clock=clock or Clock(), **given)  # type: ignore[arg-type]
    try:
        yield notifier
    finally:
        notifier.close()


def test_what_waits_is_delivered_once_and_counted() -> None:
    world, queue = World(), Queue()
    for number in range(3):
        queue.put(notice(number))
    with notifying(world, queue) as notifier:
        until(lambda: len(queue.told) == 3)
        for number in range(3):
            queue.put(notice(number))
        queue.put(notice(3))
        notifier.offer(notice(3))
        until(lambda: len(queue.told) == 4)
        until(lambda: notifier.state.waiting == 0)
        state = notifier.state
    assert [message.title for message in world.sent] == [f"title {n}" for n in range(4)]
    assert (state.name, state.delivered, state.fault, state.oldest_ns) == ("vet", 4, "", None)
    assert state.last_delivered_ns == Clock().wall_ns


def test_it_is_tried_until_it_arrives_and_the_reason_is_kept() -> None:
    answers = iter([REFUSED, REFUSED, REFUSED])
    world, queue = World(lambda message: next(answers, Delivery(True))), Queue()
    queue.put(notice(1))
    with notifying(world, queue, Clock(step_s=1)) as notifier:
        until(lambda: bool(queue.told))
        until(lambda: notifier.state.fault == "")
    assert (len(world.tried), len(world.sent)) == (4, 1)
    assert queue.whys == ["the server answers HTTP 500; look into the server's log"] * 3


def test_while_it_fails_the_state_says_why_and_since_when() -> None:
    world, queue = World(lambda message: REFUSED), Queue()
    queue.put(notice(1))
    with notifying(world, queue) as notifier:
        until(lambda: notifier.state.fault != "")
        assert notifier.state.waiting == 1
        assert notifier.state.oldest_ns == STORED_NS
        assert "HTTP 500" in notifier.state.fault


def test_many_at_once_go_together_and_none_is_left_out() -> None:
    world, queue = World(), Queue()
    for number in range(45):
        queue.put(notice(number))
    with notifying(world, queue):
        until(lambda: len(queue.told) == 45)
    assert [message.title for message in world.sent] == ["Lab: 45 notices together"]
    assert all(f"words {number}" in world.sent[0].body for number in range(45))


def test_messages_of_the_hour_before_a_restart_are_counted() -> None:
    now_ns = Clock().wall_ns
    world, queue = World(), Queue(delivered_before=tuple(now_ns - n * 1_000_000_000 for n in range(1, 11)))
    for number in range(3):
        queue.put(notice(number))
    clock = Clock()
    with notifying(world, queue, clock) as notifier:
        until(lambda: notifier.state.waiting == 3)
        notifier.offer(notice(0))
        assert not world.tried
        clock.mono_s += 400
        until(lambda: len(queue.told) == 3)
    assert [message.title for message in world.sent] == ["Lab: 3 notices together"]


def test_a_key_that_an_earlier_process_delivered_is_not_told_again() -> None:
    world, queue = World(), Queue(told=["k1"])
    queue.put(notice(1))
    with notifying(world, queue, Clock(step_s=UNSTORED_S)) as notifier:
        notifier.offer(notice(1))
        queue.put(notice(2))
        until(lambda: "k2" in queue.told)
    assert [message.title for message in world.sent] == ["title 2"]


def test_what_was_delivered_and_could_not_be_noted_is_not_sent_again() -> None:
    world, queue = World(), Queue(unwritable=True)
    queue.put(notice(1))
    with notifying(world, queue) as notifier:
        until(lambda: notifier.state.delivered == 1)
        queue.put(notice(2))
        notifier.offer(notice(2))
        until(lambda: notifier.state.delivered == 2)
        queue.unwritable = False
        notifier.offer(notice(2))
        until(lambda: queue.told == ["k1", "k2"])
    assert len(world.tried) == 2


def test_what_the_history_cannot_take_goes_out_all_the_same() -> None:
    world, queue = World(), Queue(broken=True)
    with notifying(world, queue, Clock(step_s=1), blocked=lambda: queue.broken) as notifier:
        notifier.offer(notice(1))
        until(lambda: notifier.state.delivered == 1)
        queue.put(notice(1))
        queue.broken = False
        until(lambda: queue.told == ["k1"])
    assert len(world.tried) == 1


def test_what_is_offered_while_the_history_is_well_goes_out_from_there_only() -> None:
    world, queue = World(), Queue()
    with notifying(world, queue, Clock(step_s=1)) as notifier:
        notifier.offer(notice(1))
        notifier.offer(notice(2))
        queue.put(notice(2))
        until(lambda: queue.told == ["k2"])
    assert [message.title for message in world.sent] == ["title 2"]


def test_the_address_is_read_anew_at_each_try() -> None:
    def unset(secret: Secret) -> str:
        if not there:
            raise PainwatchError("is not set", where="$VET")
        return "json://h/s3cret"

    there: list[int] = []
    world, queue = World(), Queue()
    queue.put(notice(1))
    with notifying(world, queue, Clock(step_s=1), read_secret=unset) as notifier:
        until(lambda: "$VET is not set" in notifier.state.fault)
        there.append(1)
        until(lambda: bool(queue.told))


def test_a_fault_of_our_own_is_told_without_its_words_and_ends_nothing() -> None:
    def broken(message: Message) -> Delivery:
        if not mended:
            raise RuntimeError("json://h/s3cret")
        return Delivery(True)

    mended: list[int] = []
    world, queue = World(broken), Queue()
    queue.put(notice(1))
    with notifying(world, queue) as notifier:
        until(lambda: "a fault of painwatch (RuntimeError)" in notifier.state.fault)
        assert "s3cret" not in notifier.state.fault
        mended.append(1)
        notifier.offer(notice(1))
        until(lambda: bool(queue.told))


def test_a_message_that_was_broken_off_by_the_stop_is_no_failed_attempt() -> None:
    def slow(url: str, message: Message, stop: threading.Event) -> Delivery:
        begun.set()
        stop.wait(30)
        return Delivery(False, "it was broken off", broken_off=True)

    begun, queue = threading.Event(), Queue()
    queue.put(notice(1))
    read = lambda secret: "json://h/s3cret"  # noqa: E731
    notifier = Notifier(TARGET, queue, site="Lab", read_secret=read, send=slow, clock=Clock())
    assert begun.wait(30)
    notifier.close()
    assert queue.rows["k1"].attempts == 0
    assert notifier.state.fault == ""


def test_a_log_tells_the_fault_once_and_its_end(caplog: pytest.LogCaptureFixture) -> None:
    answers = iter([REFUSED, REFUSED])
    world, queue = World(lambda message: next(answers, Delivery(True))), Queue()
    queue.put(notice(1))
    with caplog.at_level("INFO", "painwatch.notify"), notifying(world, queue, Clock(step_s=1)):
        until(lambda: bool(queue.told))
        until(lambda: len(caplog.messages) == 2)
    assert "vet cannot be told of alarms: the server answers HTTP 500" in caplog.messages[0]
    assert caplog.messages[1] == "vet is told of alarms again"

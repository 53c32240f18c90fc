"""One turn of carrying records: what is taken goes, what is poison is found, and nothing else is ever let go."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fixtures.outboxes import MemoryOutbox
from painwatch.sinks.answers import Answer, Meaning
from painwatch.sinks.delivery import SUSPECTS, WITNESSES_AMONG, Turn

TAKEN = Answer(Meaning.TAKEN)


class Server:
    """Takes lines but those that it finds poison; like 1.x, it keeps the good ones of a batch that it refuses."""

    def __init__(self, *, says_dropped: bool = False, largest: int = 10**9, refuses_all: bool = False) -> None:
        self.stored: set[bytes] = set()
        self.asked: list[int] = []
        self.says_dropped, self.largest, self.refuses_all = says_dropped, largest, refuses_all

    def send(self, body: bytes) -> Answer:
        lines = body.split(b"\n")
        self.asked.append(len(lines))
        if len(body) > self.largest:
            return Answer(Meaning.TOO_LARGE, "413: too large")
        bad = [line for line in lines if self.refuses_all or b"poison" in line]
        self.stored |= set(lines) - set(bad)
        if not bad:
            return TAKEN
        return Answer(Meaning.REFUSED, f"400: {bad[0].decode()}", dropped=len(bad) if self.says_dropped else None)


def turn(outbox: MemoryOutbox, server: Server) -> Answer | None:
    return Turn(outbox, server.send, lambda count: None, lambda: False).take(outbox.head(1000))


def lines_of(poison: list[bool]) -> list[bytes]:
    return [b"m%d,n=%d %s=1 1" % (i % 3, i, b"poison" if bad else b"v") for i, bad in enumerate(poison)]


@given(st.lists(st.booleans(), max_size=60), st.booleans(), st.sampled_from([10**9, 60, 25]))
def test_each_record_ends_where_it_belongs(poison: list[bool], says_dropped: bool, largest: int) -> None:
    lines = lines_of(poison)
    outbox, server = MemoryOutbox(lines), Server(says_dropped=says_dropped, largest=largest)
    answer = turn(outbox, server)
    good, bad = [line for line in lines if b"poison" not in line], [line for line in lines if b"poison" in line]
    assert server.stored == set(good)
    if good or not bad:
        assert answer is None
        assert sorted(outbox.gone) == sorted(good)
        assert sorted(outbox.buried) == sorted(bad)
        assert not outbox.waiting
        assert all(why == f"400: {line.decode()}" or says_dropped for line, why in outbox.buried.items())
    else:
        assert answer is not None
        assert answer.meaning is Meaning.HELD
        assert list(outbox.waiting.values()) == lines
        assert not outbox.buried


@given(st.lists(st.booleans(), max_size=40), st.integers(0, 30), st.sampled_from([Meaning.LATER, Meaning.HELD]))
def test_an_outage_at_any_moment_loses_nothing(poison: list[bool], good_for: int, meaning: Meaning) -> None:
    lines = lines_of(poison)
    outbox, server = MemoryOutbox(lines), Server()

    def send(body: bytes) -> Answer:
        return server.send(body) if len(server.asked) < good_for else Answer(meaning, "away")

    answer = Turn(outbox, send, lambda count: None, lambda: False).take(outbox.head(1000))
    assert set(outbox.gone) <= server.stored
    assert all(b"poison" in line for line in outbox.buried)
    assert sorted([*outbox.gone, *outbox.buried, *outbox.waiting.values()]) == sorted(lines)
    assert answer is not None or not outbox.waiting
    turn(outbox, server)
    assert set(outbox.gone) == server.stored


@pytest.mark.parametrize("says_dropped", [False, True])
def test_a_database_that_refuses_all_gets_no_more_than_a_few(says_dropped: bool) -> None:
    outbox, server = MemoryOutbox(lines_of([False] * 900)), Server(refuses_all=True, says_dropped=says_dropped)
    answer = turn(outbox, server)
    assert answer is not None
    assert answer.meaning is Meaning.HELD
    assert "takes nothing at all" in answer.words
    assert len(outbox.waiting) == 900
    assert not outbox.buried
    assert len(server.asked) < 3 * SUSPECTS


def test_what_is_too_old_for_the_database_does_not_hold_up_what_is_not() -> None:
    old, new = [b"m v=%d,poison=1 1" % i for i in range(1500)], [b"m v=1 2"]
    outbox, server = MemoryOutbox(old + new), Server(says_dropped=True)
    assert turn(outbox, server) is None
    assert outbox.gone == new
    assert len(outbox.buried) == 1000
    assert len(server.asked) == 2


def test_much_that_is_too_old_does_not_hold_up_the_newest_for_ever() -> None:
    old, new = [b"m v=%d,poison=1 1" % i for i in range(WITNESSES_AMONG + 1000)], [b"m v=1 2"]
    outbox, server = MemoryOutbox(old + new), Server(says_dropped=True)
    assert turn(outbox, server) is None
    assert outbox.gone == new
    assert len(outbox.buried) == 1000


def test_one_poisoned_measurement_does_not_hold_up_the_others() -> None:
    outbox = MemoryOutbox([*(b"points poison=%d 1" % i for i in range(30)), b"minutes v=1 1", b"points poison=31 1"])
    server = Server()
    assert turn(outbox, server) is None
    assert outbox.gone == [b"minutes v=1 1"]
    assert len(outbox.buried) == 31


def test_a_lone_poison_line_waits_for_another() -> None:
    outbox, server = MemoryOutbox([b"m poison=1 1"]), Server()
    answer = turn(outbox, server)
    assert answer is not None
    assert json.dumps(answer.words).count("poison") == 1
    assert not outbox.buried
    outbox.put(b"m v=1 1")
    assert turn(outbox, server) is None
    assert list(outbox.buried) == [b"m poison=1 1"]
    assert outbox.gone == [b"m v=1 1"]


def test_nothing_is_sent_once_it_is_to_stop() -> None:
    outbox, server = MemoryOutbox(lines_of([False, True, False])), Server()
    assert Turn(outbox, server.send, lambda count: None, lambda: bool(server.asked)).take(outbox.head(10)) is None
    assert len(server.asked) == 1
    assert len(outbox.waiting) == 3

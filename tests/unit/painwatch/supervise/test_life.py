"""When a dead child is started again, and what is said of it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from painwatch.core.clock import Stamp
from painwatch.core.types import ProcessPhase
from painwatch.supervise import life


def at(seconds: float) -> Stamp:
    return Stamp(wall_ns=10**18 + round(seconds * 1e9), mono_ns=round(seconds * 1e9))


def test_a_child_is_started_at_once() -> None:
    assert life.is_due(life.unborn(at(5)), at(5))


def test_a_started_child_is_not_due_and_settles_after_a_while() -> None:
    up = life.started(life.unborn(at(0)), 42, at(0))
    assert not life.is_due(up, at(100))
    assert life.settled(up, at(1)).phase is ProcessPhase.STARTING
    running = life.settled(up, at(life.SETTLED_AFTER_S))
    assert (running.phase, running.pid, running.since) == (ProcessPhase.RUNNING, 42, at(life.SETTLED_AFTER_S))


def test_the_first_death_is_answered_at_once_and_the_next_ones_ever_later() -> None:
    assert [life.pause_s(n) for n in range(1, 10)] == [0, 0.5, 1, 2, 4, 8, 16, 30, 30]


def test_a_death_is_counted_and_told() -> None:
    dead = life.ended(life.started(life.unborn(at(0)), 42, at(0)), "killed by SIGKILL", at(3))
    assert (dead.phase, dead.pid, dead.deaths, dead.restarts) == (ProcessPhase.RESTARTING, None, 1, 0)
    assert life.is_due(dead, at(3))
    again = life.started(dead, 43, at(3))
    assert (again.phase, again.pid, again.restarts) == (ProcessPhase.RESTARTING, 43, 1)
    assert life.settled(again, at(6)).reason == "killed by SIGKILL"


def test_a_minute_up_is_forgiven() -> None:
    now = life.unborn(at(0))
    for second in range(5):
        now = life.ended(life.started(now, 1, at(second)), "x", at(second))
    assert now.deaths == 5
    assert life.ended(life.started(now, 1, at(100)), "x", at(100 + life.FORGIVEN_AFTER_S)).deaths == 1


def test_what_could_never_be_started_is_paced_too() -> None:
    now = life.unborn(at(1000))
    for _ in range(3):
        now = life.ended(now, "cannot be started", at(1000))
    assert now.deaths == 3
    assert not life.is_due(now, at(1000.9))
    assert life.is_due(now, at(1001))


def test_the_time_of_trouble_starts_with_its_first_death() -> None:
    first = life.ended(life.started(life.unborn(at(0)), 1, at(0)), "x", at(3))
    second = life.ended(life.started(first, 2, at(3)), "x", at(4))
    assert second.since == at(3)


def test_a_stopped_child_is_not_due() -> None:
    done = life.stopped(life.started(life.unborn(at(0)), 1, at(0)), at(9))
    assert (done.phase, done.pid, done.since) == (ProcessPhase.STOPPED, None, at(9))
    assert not life.is_due(done, at(10**6))


@given(st.integers(min_value=1, max_value=10**6))
def test_no_pause_is_longer_than_the_longest(deaths: int) -> None:
    assert 0 <= life.pause_s(deaths) <= life.pause_s(deaths + 1) <= life.LONGEST_PAUSE_S


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (0, "ended by itself"),
        (3, "ended with exit code 3"),
        (-9, "killed by SIGKILL"),
        (-11, "killed by SIGSEGV"),
        (-99, "killed by signal 99"),
    ],
)
def test_an_end_has_words(code: int, words: str) -> None:
    assert life.why_ended(code) == words

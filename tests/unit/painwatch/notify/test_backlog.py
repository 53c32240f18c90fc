"""What waits for a target, whatever becomes of the history: nothing is forgotten, or given out after it arrived."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from hypothesis import given, settings
from hypothesis import strategies as st

from painwatch.core.alarms import Notice, Priority
from painwatch.core.errors import StoreError
from painwatch.core.signals import AlarmKind
from painwatch.notify.backlog import HEAD, UNSTORED_S, Backlog

STORED_NS = 1_795_003_200_000_000_000


@dataclass(frozen=True)
class Queued:
    id: int
    notice: Notice
    time_ns: int = 0
    attempts: int = 0


@dataclass
class History:
    """Keeps each key once, for good; what is put while it is `full` is written as soon as it no longer is."""

    full: bool = False
    rows: list[Queued] = field(default_factory=list)
    told: set[int] = field(default_factory=set)
    unwritten: list[Notice] = field(default_factory=list)

    def put(self, notice: Notice) -> None:
        self.unwritten.append(notice)
        self.write()

    def write(self) -> None:
        while self.unwritten and not self.full:
            notice = self.unwritten.pop(0)
            if notice.key not in {row.notice.key for row in self.rows}:
                self.rows.append(Queued(len(self.rows), notice, STORED_NS))

    def head(self, limit: int) -> tuple[Queued, ...]:
        return tuple(row for row in self.rows if row.id not in self.told)[:limit]

    def done(self, ids: Iterable[int]) -> None:
        self._check()
        self.told.update(ids)

    def failed(self, ids: Iterable[int], why: str) -> None:
        self._check()

    def waiting(self) -> tuple[int, int | None]:
        waits = self.head(10**9)
        return len(waits), STORED_NS if waits else None

    def delivered_ns(self, since_ns: int) -> tuple[int, ...]:
        return ()

    def _check(self) -> None:
        if self.full:
            raise StoreError("the disk is full")


def notice(number: int) -> Notice:
    return Notice("vet", f"k{number}", number, AlarmKind.WELFARE, Priority.LOW, "title", "body")


STEPS = st.lists(
    st.tuples(st.sampled_from(["put", "deliver", "fail", "fill", "empty", "restart", "later"]), st.integers(0, 6)),
    max_size=40,
)


@settings(max_examples=150)
@given(STEPS)
def test_every_notice_arrives_and_twice_only_if_a_restart_met_a_full_disk(steps: list[tuple[str, int]]) -> None:
    history, now_s, put, arrived, excused = History(), 0.0, set(), Counter[str](), set()
    backlog = Backlog(history, lambda: history.full)

    def step(what: str, number: int) -> None:
        nonlocal backlog, now_s
        now_s += 0.1
        if what == "put":
            history.put(notice(number))
            backlog.offer(notice(number), now_s, 0)
            put.add(notice(number).key)
        elif what == "deliver":
            keys = [one.notice.key for one in backlog.waiting(now_s)]
            assert len(keys) == len(set(keys))
            arrived.update(keys)
            backlog.delivered(keys)
            assert backlog.waiting(now_s) == ()
        elif what == "fail":
            backlog.failed([one.notice.key for one in backlog.waiting(now_s)], "refused")
        elif what in ("fill", "empty"):
            history.full = what == "fill"
            history.write()
        elif what == "restart":
            if history.full:
                excused.update(arrived)
            backlog = Backlog(history, lambda: history.full)
            backlog.waiting(now_s)
        else:
            now_s += 2 * UNSTORED_S

    for what, number in steps:
        step(what, number)
        backlog.waiting(now_s)
    for what in ("empty", "deliver"):
        step(what, 0)
    assert set(arrived) == put
    assert all(times == 1 for key, times in arrived.items() if key not in excused)
    assert history.waiting() == (0, None)


def test_a_full_disk_lets_notices_out_after_a_while() -> None:
    history = History(full=True)
    backlog = Backlog(history, lambda: history.full)
    history.put(notice(1))
    backlog.offer(notice(1), 0.0, STORED_NS - 5)
    assert backlog.waiting(UNSTORED_S / 2) == ()
    assert [one.notice.key for one in backlog.waiting(UNSTORED_S)] == ["k1"]
    backlog.delivered(["k1"])
    assert backlog.waiting(100.0) == ()
    history.full = False
    history.write()
    assert backlog.waiting(101.0) == ()
    assert history.waiting() == (0, None)


def test_all_that_wait_are_counted_however_many() -> None:
    history = History()
    backlog = Backlog(history, lambda: False)
    for number in range(HEAD + 50):
        history.put(notice(number))
    assert backlog.count(backlog.waiting(0.0)) == (HEAD + 50, STORED_NS)


def test_a_notice_waits_since_it_was_stored_whatever_the_age_of_what_it_tells() -> None:
    history = History()
    backlog = Backlog(history, lambda: False)
    history.put(notice(1))
    assert backlog.count(backlog.waiting(0.0)) == (1, STORED_NS)


def test_a_notice_that_the_history_takes_late_waits_since_it_was_offered() -> None:
    history = History(full=True)
    backlog = Backlog(history, lambda: history.full)
    history.put(notice(1))
    backlog.offer(notice(1), 0.0, STORED_NS - 5)
    assert backlog.count(backlog.waiting(UNSTORED_S)) == (1, STORED_NS - 5)
    history.full = False
    history.write()
    for now_s in (UNSTORED_S + 1, UNSTORED_S + 2):
        assert backlog.count(backlog.waiting(now_s)) == (1, STORED_NS - 5)

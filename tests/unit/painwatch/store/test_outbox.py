"""What a sink has still to take stays until it is done or buried, in order, and is counted right."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from fixtures.looks import MINUTE, NOON
from fixtures.stored import mark, memory, minute, note, notice, point, transition, write, writer_at
from fixtures.waiting import wait_until
from painwatch.core.alarms import Reading
from painwatch.core.errors import StoreError
from painwatch.core.signals import Of, Signal
from painwatch.core.types import FusedPoint, MinuteSummary
from painwatch.core.vitals import Vitals
from painwatch.store.faults import StoreBlocked
from painwatch.store.history import END_OF_TIME_NS, open_history
from painwatch.store.notices import NoticeQueue
from painwatch.store.outbox import Outbox
from painwatch.store.rows import Record
from painwatch.store.writer import Writer

SINKS = ("near", "far")


def lines(record: Record, sink: str) -> bytes | None:
    if isinstance(record, FusedPoint):
        return None if sink == "far" else f"{sink} point {record.time_ns}".encode()
    if isinstance(record, MinuteSummary):
        return f"{sink} minute {record.start_ns} {record.pain}".encode()
    return None


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "history.sqlite"


@pytest.fixture
def writer(path: Path) -> Iterator[Writer]:
    with contextlib.closing(writer_at(path, sinks=SINKS, lines=lines)) as writer:
        yield writer


@pytest.fixture
def near(path: Path, writer: Writer) -> Iterator[Outbox]:
    with contextlib.closing(Outbox(path, writer, "near")) as outbox:
        yield outbox


def test_each_sink_gets_what_is_new_once_and_in_order(path: Path, writer: Writer, near: Outbox) -> None:
    writer.put(point(NOON), minute(NOON), transition(), mark(), memory(), note(), notice("a"))
    writer.put(minute(NOON + MINUTE))
    writer.put(minute(NOON), minute(NOON, pain=4), point(NOON, 0.1))
    wait_until(lambda: near.state().waiting == 3 and not writer.health.waiting, what="all of it")
    assert near.tail(2) == near.head(10)[1:]
    assert [each.line for each in near.head(10)] == [
        b"near point %d" % NOON,
        b"near minute %d 3" % NOON,
        b"near minute %d 3" % (NOON + MINUTE),
    ]
    assert near.head(1) == near.head(10)[:1]
    with contextlib.closing(Outbox(path, writer, "far")) as far:
        assert [each.line for each in far.head(10)] == [b"far minute %d 3" % at for at in (NOON, NOON + MINUTE)]
        assert far.state().waiting == 2


def test_done_and_buried_lines_leave_it_and_calls_again_do_no_harm(path: Path, writer: Writer, near: Outbox) -> None:
    writer.put(*(minute(NOON + at * MINUTE) for at in range(5)))
    wait_until(lambda: near.state().waiting == 5, what="the minutes")
    first, second, third, *rest = near.head(10)
    assert near.state().oldest_ns == first.time_ns
    with contextlib.closing(Outbox(path, writer, "far")) as far:
        far.done([first.id])
    assert near.head(1) == (first,), "another sink's lines are not touched"
    for _ in range(2):
        near.done([first.id, third.id, 10**6])
        near.bury(second.id, "400: field type conflict")
    near.done([])
    assert near.head(10) == tuple(rest)
    state = near.state()
    assert (state.waiting, state.refused, state.refused_last_hour) == (2, 1, 1)
    with open_history(path) as history:
        (dead,) = history.refused("near")
        assert (dead.kind, dead.line, dead.why) == ("minute", second.line, "400: field type conflict")
        assert history.refused("far") == ()
        assert len(history.minutes("cage", 0, END_OF_TIME_NS)) == 5
    near.done(each.id for each in rest)
    assert (near.state().waiting, near.state().oldest_ns) == (0, None)


def test_of_the_watchs_own_numbers_only_lines_are_kept(path: Path) -> None:
    vitals = Vitals(Of.CAMERA, "left", NOON, "cage", {"frames_per_s": 5.0})
    reading = Reading(Signal.CAMERA_AGE_S, "left", NOON, 5.0)
    with contextlib.closing(writer_at(path, sinks=("near",), lines=lambda record, sink: b"numbers")) as writer:
        writer.put(vitals, reading)
        writer.put(vitals, minute(NOON))
        wait_until(writer.committed, what="the minute")
        with contextlib.closing(Outbox(path, writer, "near")) as outbox:
            assert outbox.state().waiting == len(outbox.head(9)) == 4


def test_a_line_that_cannot_be_made_costs_the_sink_alone(path: Path) -> None:
    def fails(record: Record, sink: str) -> bytes:
        raise ValueError("no line for this")

    writer = write(path, minute(NOON), sinks=("near",), lines=fails)
    assert (writer.health.lost, writer.health.fault) == (0, "")
    with open_history(path) as history:
        assert len(history.minutes("cage", 0, END_OF_TIME_NS)) == 1


def test_an_outbox_outlives_its_writer(path: Path) -> None:
    write(path, minute(NOON), sinks=SINKS, lines=lines)
    with contextlib.closing(writer_at(path, sinks=SINKS, lines=lines)) as writer:
        writer.put(minute(NOON + MINUTE))
        with contextlib.closing(Outbox(path, writer, "far")) as far:
            wait_until(lambda: far.state().waiting == 2, what="both minutes")
            assert [each.line for each in far.head(9)] == [b"far minute %d 3" % at for at in (NOON, NOON + MINUTE)]


def test_what_waits_for_a_sink_that_is_no_more_is_deleted_and_the_audit_log_says_so(path: Path) -> None:
    write(path, minute(NOON), minute(NOON + MINUTE), sinks=SINKS, lines=lines)
    with contextlib.closing(writer_at(path, sinks=("near",), lines=lines)) as writer:
        with contextlib.closing(Outbox(path, writer, "far")) as far:
            wait_until(lambda: far.state().waiting == 0, what="it to be deleted")
            assert far.head(9) == ()
        with contextlib.closing(Outbox(path, writer, "near")) as near:
            assert near.state().waiting == len(near.head(9)) == 2
    write(path, sinks=("near",), lines=lines)
    with open_history(path) as history:
        (entry,) = history.audit()
        assert '"sink":"far"' in entry.body
        assert '"lines":"2"' in entry.body
        assert len(history.minutes("cage", 0, END_OF_TIME_NS)) == 2


def test_notices_for_a_target_that_is_no_more_are_deleted_and_the_audit_log_says_so(path: Path) -> None:
    write(path, notice("a"), notice("b"), notice("a", target="vet"))
    with contextlib.closing(writer_at(path, targets=("duty",))) as writer:
        with contextlib.closing(NoticeQueue(path, writer, "vet")) as vet:
            wait_until(lambda: vet.waiting() == (0, None), what="it to be deleted")
        with contextlib.closing(NoticeQueue(path, writer, "duty")) as duty:
            assert len(duty.head(9)) == 2
    write(path, targets=("duty",))
    with open_history(path) as history:
        (entry,) = history.audit()
        assert '"target":"vet"' in entry.body
        assert '"notices":"1"' in entry.body


def test_before_there_is_a_history_and_after_the_end_the_caller_is_told(path: Path) -> None:
    writer = writer_at(path)
    none_there = Outbox(path.with_name("other.sqlite"), writer, "near")
    with pytest.raises(StoreError, match="no history yet"):
        none_there.head(1)
    writer.close()
    with contextlib.closing(Outbox(path, writer, "near")) as late:
        assert late.head(1) == ()
        with pytest.raises(StoreError, match="being closed") as caught:
            late.done([1])
        assert not isinstance(caught.value, StoreBlocked)


def test_lines_of_a_file_that_was_replaced_are_not_taken_out_of_the_other(path: Path) -> None:
    other = path.with_name("other.sqlite")
    write(other, minute(NOON, pain=1), minute(NOON + MINUTE, pain=1), notice("a"), sinks=SINKS, lines=lines)
    with (
        contextlib.closing(writer_at(path, sinks=SINKS, lines=lines)) as writer,
        contextlib.closing(Outbox(path, writer, "near")) as near,
        contextlib.closing(NoticeQueue(path, writer, "duty")) as queue,
    ):
        writer.put(minute(NOON), minute(NOON + MINUTE), notice("b"))
        wait_until(lambda: writer.committed(), what="the minutes")
        taken, told = [line.id for line in near.head(10)], [one.id for one in queue.head(10)]
        other.replace(path)
        writer.put(note())
        wait_until(lambda: writer.health.fault, what="the fault")
        wait_until(lambda: not writer.health.fault, what="the writer to be on the other file")
        for stale in (
            lambda: near.done(taken),
            lambda: near.bury(taken[0], "no"),
            lambda: near.tail(10),
            lambda: queue.done(told),
            lambda: queue.failed(told, "no"),
            lambda: queue.head(10),
        ):
            with pytest.raises(StoreBlocked, match="replaced"):
                stale()
        waiting = near.head(10)
        assert [line.line for line in waiting] == [f"near minute {at} 1".encode() for at in (NOON, NOON + MINUTE)]
        assert [(one.notice.key, one.attempts) for one in queue.head(10)] == [("a", 0)]
        near.done([line.id for line in waiting])
        queue.done([one.id for one in queue.head(10)])
        assert near.state().waiting == 0
        assert queue.waiting() == (0, None)


def test_a_target_is_told_of_a_key_once(path: Path) -> None:
    with contextlib.closing(writer_at(path)) as writer, contextlib.closing(NoticeQueue(path, writer, "duty")) as queue:
        writer.put(notice("a"), notice("b"), notice("a", target="vet"))
        writer.put(notice("a"), notice("a", title="another title"))
        wait_until(lambda: queue.waiting()[0] == 2 and not writer.health.waiting, what="the notices")
        assert writer.conflicts == 0
        first, second = queue.head(10)
        assert (first.notice, first.attempts, first.why) == (notice("a"), 0, "")
        assert queue.waiting() == (2, first.time_ns)
        queue.failed([first.id], "no route to host")
        queue.failed([first.id, second.id], "timed out")
        assert [(each.notice.key, each.attempts, each.why) for each in queue.head(10)] == [
            ("a", 2, "timed out"),
            ("b", 1, "timed out"),
        ]
        queue.done([first.id])
        queue.done([first.id])
        queue.failed([first.id], "too late")
        assert [each.id for each in queue.head(10)] == [second.id]
        writer.put(notice("a"), minute(NOON))
        wait_until(writer.committed, what="the minute")
        assert queue.waiting() == (1, second.time_ns)
        queue.done([second.id])
        assert queue.waiting() == (0, None)
        with contextlib.closing(NoticeQueue(path, writer, "vet")) as vet:
            assert [each.notice.target for each in vet.head(10)] == ["vet"]


def test_notices_refused_for_good_hide_neither_newer_ones_nor_each_other(path: Path) -> None:
    with contextlib.closing(writer_at(path)) as writer, contextlib.closing(NoticeQueue(path, writer, "duty")) as queue:
        writer.put(*(notice(f"old{n}") for n in range(20)), notice("other", target="vet"))
        wait_until(lambda: queue.waiting()[0] == 20, what="the notices")
        seen = {one.notice.key for one in queue.head(10)}
        assert {"old18", "old19"} <= seen
        while len(seen) < 20:
            before = set(seen)
            queue.failed([one.id for one in queue.head(10)], "refused")
            seen |= {one.notice.key for one in queue.head(10)}
            assert seen > before
        writer.put(notice("new"))
        wait_until(lambda: queue.waiting()[0] == 21, what="the new one")
        head = queue.head(10)
        assert len(head) == 10
        assert head[-1].notice.key == "new"
        assert [one.id for one in head] == sorted(one.id for one in head)


def test_when_messages_were_delivered_is_known_of_the_target_alone(path: Path) -> None:
    with contextlib.closing(writer_at(path)) as writer, contextlib.closing(NoticeQueue(path, writer, "duty")) as queue:
        writer.put(notice("a"), notice("b"), notice("c"), notice("a", target="vet"))
        wait_until(lambda: queue.waiting()[0] == 3, what="the notices")
        a, b, c = queue.head(10)
        assert queue.delivered_ns(0) == ()
        queue.done([a.id, b.id])
        (first_ns,) = queue.delivered_ns(0)
        assert queue.delivered_ns(first_ns) == ()
        queue.done([c.id])
        assert len(queue.delivered_ns(0)) == 2
        with contextlib.closing(NoticeQueue(path, writer, "vet")) as vet:
            assert vet.delivered_ns(0) == ()

"""What waits in memory: order is kept, groups stay whole, and points make room for all else."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from fixtures.looks import NOON
from fixtures.stored import mark, memory, minute, point, transition
from painwatch.core.alarms import Reading
from painwatch.core.signals import SITE, Signal
from painwatch.core.types import FusedPoint
from painwatch.store.pending import Group, Pending

LIMIT = 10


def others(group: Group) -> Group:
    return tuple(record for record in group if not isinstance(record, FusedPoint))


def take_all(pending: Pending) -> list[Group]:
    taken = list(pending.take(10**6))
    pending.written()
    return taken


def test_points_beyond_the_limit_are_lost_and_nothing_else() -> None:
    pending = Pending(LIMIT)
    for at in range(LIMIT + 3):
        pending.add((point(NOON + at),))
    pending.add((minute(NOON), point(NOON + 99)))
    assert (pending.lost, len(pending)) == (4, LIMIT + 1)
    assert take_all(pending) == [*((point(NOON + at),) for at in range(LIMIT)), (minute(NOON),)]


def test_readings_count_as_points() -> None:
    read = tuple(Reading(Signal.DISK_FREE_FRACTION, SITE, NOON + at, 0.5) for at in range(LIMIT + 3))
    pending = Pending(LIMIT)
    pending.add((minute(NOON), *read))
    assert (pending.lost, take_all(pending)) == (3, [(minute(NOON), *read[:LIMIT])])


def test_points_make_room_before_anything_else_is_lost() -> None:
    pending = Pending(LIMIT)
    for at in range(LIMIT):
        pending.add((point(NOON + at),))
    for at in range(2 * LIMIT):
        pending.add((minute(NOON + at), memory(at, subject=str(at))))
    found = take_all(pending)
    assert found == [(minute(NOON + at), memory(at, subject=str(at))) for at in range(LIMIT)]
    assert pending.lost == LIMIT + 2 * LIMIT, "all points, and whole groups"


def test_a_newer_memory_takes_the_place_of_one_that_waits() -> None:
    pending = Pending(LIMIT)
    for at in range(1000):
        pending.add((memory(at, subject="left"),))
        pending.add((memory(at), transition(at) if at == 3 else memory(at, subject="right")))
    pending.add((minute(NOON), memory(1000)))
    assert pending.lost == 0
    assert take_all(pending) == [
        (memory(3), transition(3)),
        (memory(999, subject="left"),),
        (memory(999, subject="right"),),
        (minute(NOON), memory(1000)),
    ], "what a transition rests on stays"
    assert len(pending) == 0


def test_a_memory_in_hand_is_written_though_a_newer_one_came() -> None:
    pending = Pending(LIMIT)
    pending.add((minute(NOON), memory(1)))
    pending.take(100)
    pending.add((memory(2),))
    pending.back()
    pending.add((memory(3),))
    assert take_all(pending) == [(minute(NOON), memory(1)), (memory(3),)]


def test_a_memory_that_finds_no_room_takes_no_place() -> None:
    pending = Pending(LIMIT)
    pending.add((memory(1),))
    for at in range(2 * LIMIT - 1):
        pending.add((mark(at),))
    pending.add((memory(2), mark(NOON), mark(NOON + 1)))
    assert take_all(pending)[0] == (memory(1),)
    assert list(pending.refused) == [(memory(2), mark(NOON), mark(NOON + 1))]


def test_what_is_in_hand_is_neither_dropped_nor_forgotten() -> None:
    pending = Pending(LIMIT)
    points = [(point(NOON + at),) for at in range(LIMIT)]
    for each in points:
        pending.add(each)
    assert list(pending.take(4)) == points[:4]
    for at in range(LIMIT + 3):
        pending.add((minute(NOON + at),))
    pending.back()
    found = take_all(pending)
    assert found[:4] == points[:4]
    assert [group for group in found if others(group)] == [(minute(NOON + at),) for at in range(LIMIT + 3)]
    assert len(pending) == 0


groups = st.lists(
    st.tuples(st.integers(0, 4), st.integers(0, 4)).filter(any),
    max_size=30,
)


@settings(max_examples=100, deadline=None, derandomize=True)
@given(groups, st.lists(st.sampled_from(["written", "back"]), max_size=30), st.integers(1, 12))
def test_nothing_is_lost_without_being_counted(sizes: list[tuple[int, int]], fates: list[str], batch: int) -> None:
    pending, written, given_records, last = Pending(LIMIT), [], 0, 0
    fate = iter(fates)
    put = []
    for points, rest in sizes:
        group: Group = tuple(point(NOON + last + at) for at in range(points))
        group += tuple(minute(NOON + last + at) for at in range(rest))
        last += 10
        given_records += len(group)
        put.append(group)
        pending.add(group)
        assert len(pending) <= 2 * LIMIT
        taken = pending.take(batch)
        if next(fate, "back") == "written":
            written += taken
            pending.written()
        else:
            pending.back()
    written += take_all(pending)
    kept = [record for group in written for record in group]
    assert len(kept) + pending.lost == given_records
    order = [record for group in put for record in group if record in kept]
    assert kept == order
    for group in put:
        assert others(group) == () or sum(others(each) == others(group) for each in written) in (0, 1)
        together = [record in kept for record in others(group)]
        assert all(together) or not any(together), "a group's minutes are kept or lost together"

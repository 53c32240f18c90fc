"""When notices go out: none is dropped, none goes twice, a target is not flooded, and one bad notice holds up none."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from painwatch.notify import pace as pacing
from painwatch.notify.pace import Item, back_off_s, choose, pause_s, start


@dataclass
class World:
    """A target and what became of its notices. `takes`: whether a message with these keys arrives at a time."""

    at_most_per_hour: int
    takes: Callable[[tuple[str, ...], float], bool]
    waiting: list[Item] = field(default_factory=list)
    sent: list[tuple[float, tuple[str, ...]]] = field(default_factory=list)
    tried: list[tuple[float, tuple[str, ...]]] = field(default_factory=list)

    def run(self, arrivals: list[tuple[float, Item]], until_s: float) -> None:
        now_s, pace, arrivals = 0.0, start(self.at_most_per_hour, 0.0), sorted(arrivals, key=lambda one: one[0])
        while now_s < until_s:
            while arrivals and arrivals[0][0] <= now_s:
                self.waiting.append(arrivals.pop(0)[1])
            keys = choose(pace, self.waiting, now_s)
            if not keys:
                waits_s = pause_s(pace, self.waiting, now_s)
                ahead = [one[0] for one in arrivals[:1]] + ([now_s + waits_s] if waits_s is not None else [])
                if not ahead:
                    return
                now_s = min(ahead)
                continue
            self.tried.append((now_s, keys))
            assert set(keys) <= {item.key for item in self.waiting}
            assert len(keys) == len(set(keys)) <= pacing.MOST_IN_ONE
            if self.takes(keys, now_s):
                pace = pacing.delivered(pace, keys, now_s)
                self.sent.append((now_s, keys))
                self.waiting = [item for item in self.waiting if item.key not in keys]
            else:
                pace = pacing.failed(pace, keys, self.waiting, now_s)


def items(count: int, at_s: float = 0.0) -> list[tuple[float, Item]]:
    return [(at_s, Item(f"k{at_s:g}-{n}", n % 3, int(at_s * 1e9) + n)) for n in range(count)]


ARRIVALS = st.lists(st.tuples(st.floats(0, 7200), st.integers(0, 2)), max_size=80)
OUTAGES = st.lists(st.tuples(st.floats(0, 7200), st.floats(1, 7200)), max_size=3)


@settings(max_examples=60, deadline=None)
@given(ARRIVALS, OUTAGES, st.sets(st.integers(0, 79), max_size=2), st.integers(1, 120))
@example([(0.0, 0), (0.0, 0)], [(0.0, 16.0)], {0}, 1)
@example([(0.0, 0), (1.0, 0), (2.0, 0)], [(0.0, 7200.0)], {0, 2}, 1)
@example([(0.0, 0), (100.0, 0), (200.0, 0)], [(0.0, 50.0)], {2}, 1)
def test_every_notice_arrives_once_or_still_waits(
    when: list[tuple[float, int]], outages: list[tuple[float, float]], bad: set[int], at_most: int
) -> None:
    arrivals = [(at_s, Item(f"k{n}", rank, int(at_s * 1e9))) for n, (at_s, rank) in enumerate(when)]
    poison = {f"k{n}" for n in bad if n < len(when)}

    def takes(keys: tuple[str, ...], now_s: float) -> bool:
        return not poison & set(keys) and not any(a <= now_s < a + lasts for a, lasts in outages)

    world = World(at_most, takes)
    world.run(arrivals, until_s=14_400 + 3600.0 * (len(when) + 2))
    arrived = [key for _, keys in world.sent for key in keys]
    assert len(arrived) == len(set(arrived))
    assert {item.key for item in world.waiting} == poison
    assert set(arrived) | poison == {item.key for _, item in arrivals}
    for at_s, _ in world.sent:
        assert sum(at_s <= other < at_s + 3599.9 for other, _ in world.sent) <= at_most


def test_few_go_one_by_one_the_urgent_first() -> None:
    world = World(30, lambda keys, now_s: True)
    world.run(items(4), until_s=10)
    assert [keys for _, keys in world.sent] == [("k0-2",), ("k0-1",), ("k0-0",), ("k0-3",)]


def test_more_than_may_go_are_put_together_in_order_of_time() -> None:
    world = World(30, lambda keys, now_s: True)
    world.run(items(40), until_s=10)
    assert [len(keys) for _, keys in world.sent] == [40]
    assert world.sent[0][1] == tuple(f"k0-{n}" for n in range(40))


def test_waits_grow_to_ten_minutes_and_no_further() -> None:
    assert [back_off_s(n) for n in range(1, 10)] == [5, 10, 20, 40, 80, 160, 320, 600, 600]
    assert back_off_s(10_000) == 600
    world = World(30, lambda keys, now_s: False)
    world.run(items(1), until_s=7200)
    gaps = [b - a for (a, _), (b, _) in zip(world.tried, world.tried[1:], strict=False)]
    assert gaps[:8] == pytest.approx([5, 10, 20, 40, 80, 160, 320, 600], abs=1)
    assert max(gaps) <= 601


def test_a_new_notice_is_tried_at_once_while_older_ones_wait() -> None:
    world = World(30, lambda keys, now_s: now_s >= 3000)
    world.run([*items(1), *items(1, at_s=3000)], until_s=3100)
    assert world.sent[0] == (3000, ("k3000-0",))
    assert [keys for _, keys in world.sent[1:]] == [("k0-0",)]
    assert world.sent[1][0] - 3000 < 1


@pytest.mark.parametrize("count", [2, 5, 60])
def test_one_that_is_never_taken_ends_alone_and_is_still_tried(count: int) -> None:
    bad = "k0-2" if count > 2 else "k0-0"
    world = World(60, lambda keys, now_s: bad not in keys)
    world.run([*items(count), *items(1, at_s=5000)], until_s=9000)
    assert {item.key for item in world.waiting} == {bad}
    late = [at_s for at_s, keys in world.sent if "k5000-0" not in keys]
    assert max(late) < 1200
    (new,) = (at_s for at_s, keys in world.sent if "k5000-0" in keys)
    assert new == 5000
    assert world.tried[-1][1] == (bad,)
    assert world.tried[-1][0] > 8000


def test_after_an_outage_all_of_it_comes_in_few_messages_in_order() -> None:
    world = World(30, lambda keys, now_s: now_s >= 1800)
    world.run(items(40), until_s=3600)
    assert not world.waiting
    assert len(world.sent) <= 8
    assert max(at_s for at_s, _ in world.sent) < 2700


def test_a_pause_is_never_nothing_while_nothing_can_be_sent() -> None:
    pace = start(1, 0.0)
    pace = pacing.delivered(pace, ("a",), 0.0)
    waiting = [Item("b", 0, 0)]
    assert choose(pace, waiting, 1.0) == ()
    assert pause_s(pace, waiting, 1.0) == pytest.approx(3599, abs=1)
    assert pause_s(pace, [], 1.0) is None
    assert pause_s(pace, waiting, 4000.0) == 0.0


def test_a_good_one_among_bad_ones_of_an_outage_comes_as_soon_as_each_had_its_turn() -> None:
    arrivals = [(0.0, Item(f"k{n}", 0, n)) for n in range(5)]
    world = World(30, lambda keys, now_s: keys == ("k2",) and now_s >= 20_000)
    world.run(arrivals, until_s=30_000)
    assert [keys for _, keys in world.sent] == [("k2",)]
    assert world.sent[0][0] <= 20_000 + 9 * 610


def test_one_refused_in_an_outage_is_not_passed_by_for_ever_in_a_storm() -> None:
    world = World(2, lambda keys, now_s: now_s >= 90)
    storm = [(100.0 + 300 * n, Item(f"new{n}", 2, 100 + n)) for n in range(200)]
    world.run([(0.0, Item("old", 0, 0)), *storm], until_s=7 * 3600)
    assert "old" in {key for _, keys in world.sent for key in keys}


def test_one_that_never_arrives_uses_up_none_of_the_hour() -> None:
    world = World(1, lambda keys, now_s: "bad" not in keys)
    world.run([(0.0, Item("bad", 2, 0)), (1800.0, Item("good", 0, 1))], until_s=9000)
    assert world.sent == [(1800.0, ("good",))]
    assert sum(keys == ("bad",) for _, keys in world.tried) > 10


def test_the_hour_before_a_restart_counts() -> None:
    waiting = [Item("a", 2, 0)]
    assert choose(start(10, 5000.0), waiting, 5000.0) == ("a",)
    assert choose(start(10, 5000.0, [4999.0] * 5), waiting, 5000.0) == ()
    assert choose(start(10, 5000.0, [4000.0] * 5), waiting, 5000.0) == ("a",)
    assert start(10, 5000.0, [4999.0] * 20).tokens >= 0


def test_a_view_of_what_waits_that_changes_does_not_shorten_the_waits() -> None:
    pace, now_s, tries = start(30, 0.0), 0.0, 0
    backlog = [Item(f"k{n}", 0, n) for n in range(4)]
    for turn in range(400):
        view = [backlog[turn % 4], backlog[(turn + 1) % 4]]
        if keys := choose(pace, view, now_s):
            tries += 1
            pace = pacing.failed(pace, keys, view, now_s)
        now_s += 5
    assert tries < 15

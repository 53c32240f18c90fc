from __future__ import annotations

from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from painwatch.core.live import SinkLive, StoreLive, TargetLive
from painwatch.core.signals import SITE, Signal
from painwatch.hub.host import HOUR_NS, HostReadings, Within

SECOND = 1_000_000_000
NOW = 1_800_000_000 * SECOND


def values(readings: HostReadings, time_ns: int = NOW, **changes: object) -> dict[tuple[Signal, str], float | None]:
    known = {"store": StoreLive(), "disk_free": 0.5, "sinks": (), "targets": (), "refused": 0}
    return {(one.signal, one.subject): one.value for one in readings.at(time_ns, **known | changes)}  # type: ignore[arg-type]


def test_a_healthy_host_reads_zero_and_its_free_disk() -> None:
    assert values(HostReadings()) == {
        (Signal.STORE_FAULT_S, SITE): 0.0,
        (Signal.DISK_FREE_FRACTION, SITE): 0.5,
        (Signal.HISTORY_PRUNED, SITE): 0.0,
        (Signal.REFUSED_MESSAGES, SITE): 0.0,
    }


def test_a_disk_that_cannot_be_asked_is_unknown_and_not_full() -> None:
    assert values(HostReadings(), disk_free=None)[Signal.DISK_FREE_FRACTION, SITE] is None


def test_a_fault_of_the_store_grows_with_time_and_is_said() -> None:
    store = StoreLive(fault="the disk is full", fault_since_ns=NOW - 90 * SECOND)
    reading = HostReadings().at(NOW, store=store, disk_free=0.0, sinks=(), targets=(), refused=0)[0]
    assert (reading.value, reading.words) == (90.0, "the disk is full")


@pytest.mark.parametrize(("stuck_s", "value", "words"), [(2.0, 0.0, ""), (12.0, 12.0, "answer"), (inf, 1e9, "nobody")])
def test_a_disk_that_does_not_answer_is_a_fault_of_the_store(stuck_s: float, value: float, words: str) -> None:
    asked = HostReadings().at(NOW, store=StoreLive(), stuck_s=stuck_s, disk_free=None, sinks=(), targets=(), refused=0)
    assert asked[0].value == value
    assert words in asked[0].words


def test_what_waits_for_sinks_and_targets_is_read_by_its_age() -> None:
    sinks = (SinkLive("lab", waiting=3, oldest_ns=NOW - 60 * SECOND, refused=7), SinkLive("other"))
    targets = (TargetLive("vet", waiting=1, oldest_ns=NOW - 5 * SECOND),)
    read = values(HostReadings(), sinks=sinks, targets=targets)
    assert read[Signal.SINK_BACKLOG_S, "lab"] == 60.0
    assert read[Signal.SINK_BACKLOG_S, "other"] == 0.0
    assert read[Signal.NOTICE_AGE_S, "vet"] == 5.0
    assert read[Signal.SINK_REFUSED, "lab"] == 0.0, "what was refused before this hub began is old"


def test_lines_that_a_sink_refuses_count_for_an_hour() -> None:
    readings = HostReadings()
    refused = [
        values(readings, NOW + at_s * SECOND, sinks=(SinkLive("lab", refused=count),))[Signal.SINK_REFUSED, "lab"]
        for at_s, count in ((0, 0), (10, 2), (3000, 3), (3620, 3), (7000, 3))
    ]
    assert refused == [0.0, 2.0, 3.0, 1.0, 0.0]


def test_a_clock_that_was_set_back_makes_nothing_grow() -> None:
    within = Within(HOUR_NS)
    assert [within.more(count, at) for count, at in ((5, NOW), (9, NOW + SECOND), (9, NOW - HOUR_NS))] == [0, 4, 0]


@given(st.lists(st.tuples(st.integers(0, 400), st.integers(0, 20)), min_size=1, max_size=40))
def test_growth_is_the_difference_to_the_count_that_stood_a_span_ago(steps: list[tuple[int, int]]) -> None:
    within, time, count, known = Within(100), 0, 0, list[tuple[int, int]]()
    for wait, more in steps:
        time, count = time + wait, count + more
        known.append((time, count))
        before = [had for at, had in known if at <= time - 100]
        assert within.more(count, time) == count - (before[-1] if before else known[0][1])

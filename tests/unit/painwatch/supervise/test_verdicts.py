"""When a child that lives is ended all the same."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from painwatch.config.models import RuntimeConfig
from painwatch.core.clock import Stamp
from painwatch.supervise import verdicts
from painwatch.supervise.roster import Duty
from painwatch.supervise.verdicts import LONGEST_LOOK_S, Limits, Pulse

MIB = 2**20
LIMITS = Limits(still_s=30, start_s=120)


def at(seconds: float) -> Stamp:
    return Stamp(0, round(seconds * 1e9))


def after(*looks: tuple[float, int | None]) -> Pulse:
    pulse = Pulse()
    for seconds, steps in looks:
        pulse = verdicts.looked(pulse, steps, at(seconds))
    return pulse


def test_a_child_that_steps_is_left_alone() -> None:
    assert verdicts.why_still(after(*((2.0 * n, n + 1) for n in range(1000))), LIMITS) == ""


def test_a_counter_that_stands_still_is_told_once_its_time_is_over() -> None:
    looks = [(0.0, 5), *((2.0 * n, 5) for n in range(1, 16))]
    assert verdicts.why_still(after(*looks), LIMITS) == ""
    assert verdicts.why_still(after(*looks, (31.0, 5)), LIMITS) == "made no progress for 31 s"


def test_a_counter_that_vanished_stands_still() -> None:
    looks = [(2.0 * n, None) for n in range(1, 17)]
    assert verdicts.why_still(after((0.0, 5), *looks), LIMITS) == "made no progress for 32 s"


def test_the_start_may_take_longer() -> None:
    looks = [(2.0 * n, None) for n in range(61)]
    assert verdicts.why_still(after(*looks), LIMITS) == ""
    assert verdicts.why_still(after(*looks, (122.0, None)), LIMITS) == "did not get going within 122 s"


@given(st.floats(1, 1e6))
def test_a_supervisor_that_slept_blames_nobody(slept_s: float) -> None:
    pulse = after((0, 5), (2, 5), (2 + slept_s, 5))
    assert pulse.still_s <= 2 + LONGEST_LOOK_S
    assert verdicts.why_still(pulse, LIMITS) == ""


def test_a_ceiling_must_be_passed_twice_in_a_row() -> None:
    ceiling = 1500 * MIB
    pulse = Pulse()
    for mib in (1600, 1400, 1600):
        pulse = verdicts.weighed(pulse, mib * MIB, ceiling)
        assert verdicts.why_over(pulse, mib * MIB, ceiling) == ""
    pulse = verdicts.weighed(pulse, 2104 * MIB, ceiling)
    assert verdicts.why_over(pulse, 2104 * MIB, ceiling) == "used 2104 MiB, more than its ceiling of 1500 MiB"


def test_without_a_ceiling_nothing_is_too_much() -> None:
    pulse = Pulse()
    for _ in range(3):
        pulse = verdicts.weighed(pulse, 10**12, None)
    assert verdicts.why_over(pulse, 10**12, None) == ""


def test_progress_and_memory_do_not_forget_each_other() -> None:
    pulse = verdicts.weighed(after((0, 5), (2, 5)), 200, 100)
    assert (pulse.still_s, pulse.over) == (2.0, 1)
    assert verdicts.looked(pulse, 5, at(4)).over == 1


def test_every_duty_has_its_configured_ceiling() -> None:
    limits = verdicts.limits_of(RuntimeConfig(watchdog_s=300))
    assert limits.still_s == 300
    assert limits.start_s == 300
    assert limits.memory_bytes == {
        Duty.CAPTURE: 1500 * MIB,
        Duty.INFER: 6000 * MIB,
        Duty.HUB: 1500 * MIB,
        Duty.WEB: 1500 * MIB,
    }

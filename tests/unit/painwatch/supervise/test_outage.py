"""How long the hub has been of no use."""

from __future__ import annotations

from painwatch.core.clock import Stamp
from painwatch.supervise import outage
from painwatch.supervise.outage import Outage


def at(seconds: float) -> Stamp:
    return Stamp(0, round(seconds * 1e9))


def test_a_hub_that_is_up_is_no_outage() -> None:
    assert outage.looked(Outage(0), 10.0, at(70)) == Outage()
    assert outage.to_tell_s(Outage(), at(10**6)) is None


def test_a_hub_that_stays_down_is_told_after_a_minute_and_once() -> None:
    state = outage.looked(Outage(), None, at(5))
    state = outage.looked(state, None, at(64))
    assert outage.to_tell_s(state, at(64)) is None
    assert outage.to_tell_s(state, at(65)) == 60.0
    assert outage.to_tell_s(outage.told(state), at(600)) is None


def test_one_that_comes_and_goes_is_down_all_the_while() -> None:
    state = Outage()
    for seconds in range(0, 60, 4):
        state = outage.looked(state, None if seconds % 8 else 3.0, at(seconds))
    assert outage.to_tell_s(state, at(60)) == 60.0


def test_the_next_outage_is_told_again() -> None:
    state = outage.told(outage.looked(Outage(), None, at(0)))
    state = outage.looked(state, 11.0, at(100))
    state = outage.looked(state, None, at(200))
    assert outage.to_tell_s(state, at(260)) == 60.0

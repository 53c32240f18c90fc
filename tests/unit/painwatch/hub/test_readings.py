"""What alarms read is told to databases as they read it: the latest value of each, and none of it twice."""

from __future__ import annotations

import pytest

from fixtures.alarming import NOON, SECOND, config_of
from fixtures.looks import look
from painwatch.alarm.book import AlarmBook
from painwatch.alarm.taken import AlarmInput, Taken
from painwatch.core.alarms import Reading
from painwatch.core.signals import SITE, Signal
from painwatch.core.types import ProcessPhase, ProcessState, Tick
from painwatch.hub.readings import LatestReadings
from painwatch.hub.site import SiteFold


def disk(second: int, free: float | None) -> Reading:
    return Reading(Signal.DISK_FREE_FRACTION, SITE, NOON + second * SECOND, free)


def camera(second: int, age_s: float, name: str = "left") -> Reading:
    return Reading(Signal.CAMERA_AGE_S, name, NOON + second * SECOND, age_s)


def test_the_latest_of_each_is_given_out_once() -> None:
    latest = LatestReadings()
    latest.given((disk(0, 0.5), camera(0, 1.0), camera(0, 2.0, "right")))
    latest.given((disk(1, 0.4), camera(1, 0.0)))
    assert latest.take() == (disk(1, 0.4), camera(1, 0.0), camera(0, 2.0, "right"))
    assert latest.take() == ()
    latest.given((disk(2, 0.3),))
    assert latest.take() == (disk(2, 0.3),)


def test_what_can_no_longer_be_told_is_given_out_as_it_was_told_last_and_with_that_time() -> None:
    latest = LatestReadings()
    latest.given((disk(0, 0.6), disk(1, 0.5)))
    latest.given((disk(14, None),))
    assert latest.take() == (disk(1, 0.5),)
    latest.given((disk(15, None),))
    assert latest.take() == ()
    latest.given((disk(31, None), disk(32, 0.4)))
    assert latest.take() == (disk(32, 0.4),)


def test_one_time_is_given_out_once() -> None:
    latest = LatestReadings()
    latest.given((disk(0, 0.5), camera(0, 1.0)))
    assert latest.take() == (disk(0, 0.5), camera(0, 1.0))
    latest.given((disk(0, 0.4), camera(1, 2.0), disk(1, None)))
    assert latest.take() == (camera(1, 2.0),)
    latest.given((disk(2, 0.4),))
    assert latest.take() == (disk(2, 0.4),)


def test_alarms_were_given_every_reading_that_a_site_tells_and_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[Reading] = []
    take = AlarmBook.take

    def noted(book: AlarmBook, message: AlarmInput) -> Taken:
        if isinstance(message, Reading):
            given.append(message)
        return take(book, message)

    monkeypatch.setattr(AlarmBook, "take", noted)
    site = SiteFold(config_of(cages=("a", "b")))
    inputs = (
        ProcessState("hub", ProcessPhase.RUNNING, NOON, NOON),
        look("a-cam", NOON, 0.9, cage="a"),
        disk(0, 0.2),
        disk(0, None),
        Tick(NOON + SECOND),
        Tick(NOON + 2 * SECOND),
    )
    told = [reading for message in inputs for reading in site.take(message).readings]
    assert told == given
    of = {(reading.signal, reading.subject) for reading in told}
    assert {(Signal.CAMERA_AGE_S, "a-cam"), (Signal.CAGE_AGE_S, "b"), (Signal.PROCESS_DOWN_S, "hub")} <= of
    assert told[:2] == [disk(0, 0.2), disk(0, None)]

"""Messages that the hub must not use."""

from __future__ import annotations

import pytest

from fixtures.looks import NOON, SECOND, look, phase, two_cameras
from painwatch.core.messages import Message
from painwatch.core.types import CameraPhase, ProcessPhase, ProcessState, Tick
from painwatch.hub.door import Door


def test_what_the_configured_cages_say_comes_in() -> None:
    door = Door([two_cameras()])
    for message in (
        look("left", NOON + 4 * SECOND, 0.2),
        look("left", NOON - 86_400 * SECOND, 0.2),
        phase("right", CameraPhase.LIVE),
        ProcessState("web", ProcessPhase.RUNNING, NOON, NOON),
    ):
        assert door.admits(message, NOON)
    assert door.refused == 0


@pytest.mark.parametrize(
    "message",
    [
        look("top", NOON, 0.2),
        look("left", NOON, 0.2, cage="other"),
        phase("top", CameraPhase.LIVE),
        look("left", NOON + 6 * SECOND, 0.2),
        look("left", 0, 0.2),
        phase("left", CameraPhase.LIVE, 2**63),
        Tick(NOON),
    ],
    ids=["unknown camera", "unknown cage", "state of one", "from the future", "no time", "beyond time", "a tick"],
)
def test_all_else_is_counted_and_told_once(message: Message, caplog: pytest.LogCaptureFixture) -> None:
    door = Door([two_cameras()])
    assert not any([door.admits(message, NOON), door.admits(message, NOON)])
    assert door.refused == 2
    assert len(caplog.records) == 1


def test_a_recording_may_be_of_any_time() -> None:
    door = Door([two_cameras(lateness_ns=None)])
    assert door.admits(look("left", NOON + 10**6 * SECOND, 0.2), NOON)
    assert not door.admits(look("left", 2**63, 0.2), NOON)

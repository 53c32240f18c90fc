"""One site from its inputs to its alarms, beyond what each room's own tests hold."""

from __future__ import annotations

from fixtures.alarming import LOOKS, MINUTE, NOON, SECOND, config_of, pain_rule
from painwatch.core.alarms import AlarmPhase
from painwatch.core.types import CameraShare, FusedPoint, MinuteSummary, Status
from painwatch.hub.site import SiteFold


def points(minute: int, count: int = LOOKS) -> list[FusedPoint]:
    share = (CameraShare("a-cam", Status.OK, 0.9),)
    start_ns = NOON + minute * MINUTE
    return [FusedPoint("a", start_ns + s * SECOND, Status.OK, share, 0.9, True) for s in range(count)]


def test_a_minute_that_was_cut_off_by_a_kill_is_judged_where_its_alarm_stood() -> None:
    config = config_of(pain_rule(for_min=2))
    before = SiteFold(config)
    before.resume_cage("a", None, [*points(0), *points(1, 1)])
    first = before.resume_alarms((), (), NOON)
    (stored,) = (judged for judged in first.judged if isinstance(judged.of, MinuteSummary))
    assert [t.after for t in stored.transitions] == [AlarmPhase.PENDING]

    # The points of the second minute, and one of the third, are on the disk; the second minute is not.
    after = SiteFold(config)
    after.resume_cage("a", NOON, [*points(1), *points(2, 1)])
    assert isinstance(stored.of, MinuteSummary)
    outcome = after.resume_alarms(stored.memories, (stored.of,), NOON + 3 * MINUTE)
    raised = outcome.judged[-1]
    assert isinstance(raised.of, MinuteSummary)
    assert raised.of.start_ns == NOON + MINUTE
    assert [(t.before, t.after) for t in raised.transitions] == [(AlarmPhase.PENDING, AlarmPhase.ACTIVE)]

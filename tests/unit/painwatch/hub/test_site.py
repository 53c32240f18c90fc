"""One site from its inputs to its alarms, beyond what each room's own tests hold."""

from __future__ import annotations

from msgspec.structs import replace

from fixtures.alarming import LOOKS, MINUTE, NOON, SECOND, config_of, pain_rule
from painwatch.core.alarms import AlarmPhase, Mark, Request, RequestAction
from painwatch.core.types import CameraShare, FusedPoint, MinuteSummary, Status
from painwatch.hub.site import SiteFold


def points(minute: int, count: int = LOOKS) -> list[FusedPoint]:
    share = (CameraShare("a-cam", Status.OK, 0.9),)
    start_ns = NOON + minute * MINUTE
    return [FusedPoint("a", start_ns + s * SECOND, Status.OK, share, 0.9, True) for s in range(count)]


def test_a_mark_whose_place_is_taken_is_refused_also_after_a_restart() -> None:
    first = Mark("a", "baseline", NOON, NOON + 5 * MINUTE)
    asked = Request("r1", RequestAction.MARK, NOON, "anna", mark=first)
    longer = Request("r2", RequestAction.MARK, NOON, "anna", mark=replace(first, end_ns=NOON + 9 * MINUTE))
    site = SiteFold(config_of(pain_rule(baseline={"marked": True})))
    (judged,) = site.take(asked).judged
    assert "anna has marked 'baseline'" in site.take(longer).refused
    assert site.take(replace(asked, id="r3")).refused == "", "the very same one stands already"

    resumed = SiteFold(config_of(pain_rule(baseline={"marked": True})))
    assert isinstance(judged.of, Mark)
    resumed.resume_alarms(judged.memories, (), NOON, marks=(replace(judged.of, request=""),))
    assert "anna has marked 'baseline'" in resumed.take(longer).refused


def test_a_new_animal_is_not_marked_ahead() -> None:
    site = SiteFold(config_of(pain_rule(baseline={"first_minutes": 5})))
    ahead = Mark("a", "new animal", NOON + 60 * MINUTE)
    assert "when it is there" in site.take(Request("r1", RequestAction.MARK, NOON, "anna", mark=ahead)).refused
    assert not site.take(Request("r2", RequestAction.MARK, NOON, "anna", mark=replace(ahead, time_ns=NOON))).refused


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

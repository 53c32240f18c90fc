"""Many cages as one stream, and what is kept of it."""

from __future__ import annotations

import math
from collections.abc import Iterable

from fixtures.alarming import MINUTE, NOON, at, minute, pain_rule
from painwatch.backtest.reading import DAY_NS, Asked, begin_ns, read_marks, stream
from painwatch.backtest.tracks import Tracks
from painwatch.config.alarms import RuleConfig
from painwatch.core.alarms import Mark
from painwatch.core.minutes import minute_of
from painwatch.core.types import MinuteSummary


class Shelf:
    """A past of a few minutes and marks that notes what it was asked for."""

    def __init__(self, minutes: Iterable[MinuteSummary], marks: Iterable[Mark] = ()) -> None:
        self._minutes, self._marks = tuple(minutes), tuple(marks)
        self.asked: list[tuple[int, int]] = []

    def minutes(self, cage: str, from_ns: int, to_ns: int) -> list[MinuteSummary]:
        self.asked.append((from_ns, to_ns))
        return [m for m in self._minutes if m.cage == cage and from_ns <= m.start_ns < to_ns]

    def marks(self, cage: str, from_ns: int, to_ns: int) -> list[Mark]:
        return [mark for mark in self._marks if mark.cage == cage and from_ns <= mark.time_ns < to_ns]


def test_cages_are_merged_by_time_then_in_the_order_asked_for_a_day_at_a_time() -> None:
    days = range(0, 5 * 1440, 500)
    shelf = Shelf([minute(i, 0.1, cage=cage) for cage in ("a", "b") for i in days])
    found = list(stream(shelf, ("b", "a"), at(0), at(5 * 1440)))
    assert [(m.start_ns, m.cage) for m in found] == [(at(i), cage) for i in days for cage in ("b", "a")]
    assert all(to_ns - from_ns <= DAY_NS for from_ns, to_ns in shelf.asked)
    assert list(stream(shelf, ("a",), at(1), at(500))) == []


def test_marks_come_in_order_of_time_from_ever_before() -> None:
    marks = [Mark("b", "x", at(5)), Mark("a", "y", at(7)), Mark("a", "x", at(5)), Mark("a", "late", at(9))]
    found = read_marks(Shelf([], [*marks, Mark("a", "old", 1)]), ("a", "b"), at(9))
    assert [(mark.cage, mark.name) for mark in found] == [("a", "old"), ("a", "x"), ("b", "x"), ("a", "y")]


def test_as_much_is_read_ahead_as_the_rules_rest_on() -> None:
    asked = Asked(("a",), at(0), at(60))
    plain = RuleConfig.model_validate(pain_rule())
    marked = RuleConfig.model_validate(pain_rule(baseline={"marked": True}))
    first = RuleConfig.model_validate(pain_rule(baseline={"first_minutes": 30}))
    old = (Mark("a", "baseline", at(0) - 9 * DAY_NS, at(0) - 8 * DAY_NS), Mark("a", "surgery", at(0) - 20 * DAY_NS))
    early = at(0) - 30 * DAY_NS
    assert begin_ns(asked, old, [plain], early) == at(0) - DAY_NS
    assert begin_ns(asked, old, [plain, marked], early) == at(0) - 9 * DAY_NS
    assert begin_ns(asked, (), [first], early) == minute_of(early)
    assert begin_ns(asked, (), [first], None) == at(0) - DAY_NS
    assert begin_ns(asked, old, [marked], at(-5)) == at(-5)
    assert begin_ns(asked, old, [marked], at(30)) == at(0)
    assert begin_ns(Asked(("a",), 0, MINUTE), (), [plain], None) == 0


def test_tracks_keep_what_was_seen_and_nothing_for_what_was_not() -> None:
    minutes = [
        minute(-1, 0.3),
        minute(0, 0.5, units={"orbital": 1.0}),
        minute(1, None),
        minute(4, 0.75, units={"ear": 0.5, "orbital": None}),
    ]
    tracks = Tracks(NOON)
    assert list(tracks.through(minutes)) == minutes
    track = tracks.cages["a"]
    assert list(track.starts) == [at(0), at(1), at(4)]
    assert list(track.coverage) == [1.0, 0.0, 1.0]
    assert (track.probability[0], track.probability[2]) == (0.5, 0.75)
    assert math.isnan(track.probability[1])
    assert [list(map(math.isnan, track.units[name])) for name in ("orbital", "ear")] == [
        [False, True, True],
        [True, True, False],
    ]
    assert tracks.models == {"seeker@1": 2}
    assert track.unseen(at(-2), at(6)) == [(at(-2), at(0)), (at(1), at(4)), (at(5), at(6))]
    assert track.unseen(at(0), at(1)) == []

"""What must hold of welfare alarms for any minutes: only what was judged raises and ends them, and it always does."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from fixtures.alarming import MINUTE, NOON, at, config_of, feed, looks, minute, pain_rule, told_minutes
from painwatch.alarm.book import AlarmBook
from painwatch.config.models import Config
from painwatch.core.alarms import AlarmPhase, Cause, Transition
from painwatch.core.types import MinuteSummary, Tick

HIGH, CLEAR, COVERED, GAP = 0.6, 0.4, 0.5, 6


def judged(told: MinuteSummary) -> bool:
    return told.coverage >= COVERED and told.pain_probability is not None


def hurts(told: MinuteSummary) -> bool:
    return judged(told) and (told.pain_probability or 0.0) >= HIGH


def rule(for_min: float, clear_for_min: float = 1, **more: Any) -> Config:
    given = {"for_min": for_min, "clear_for_min": clear_for_min, "longest_gap_min": GAP} | more
    return config_of(pain_rule(**given))


def raised(told: list[Transition]) -> list[Transition]:
    up = (AlarmPhase.ACTIVE, AlarmPhase.ACKNOWLEDGED)
    return [t for t in told if t.after is AlarmPhase.ACTIVE and t.before not in up]


@settings(max_examples=120)
@given(st.lists(looks, max_size=40), st.integers(0, 5))
def test_a_welfare_alarm_rests_on_judged_minutes_alone(seen: list[Any], for_min: int) -> None:
    minutes = told_minutes(seen)
    of_judged = [m.start_ns for m in minutes if judged(m)]
    pain_at = {m.start_ns: m.pain_probability for m in minutes if judged(m)}
    needed = max(1, for_min)
    for transition in raised(feed(AlarmBook(rule(for_min)), minutes)):
        row = transition.evidence.minutes[-needed:]
        last = of_judged.index(row[-1])
        assert row == tuple(of_judged[last - needed + 1 : last + 1])
        assert all((pain_at[start_ns] or 0.0) >= HIGH for start_ns in row)
        assert all(later - earlier <= (GAP + 1) * MINUTE for earlier, later in pairwise(row))


@settings(max_examples=120)
@given(st.lists(looks, max_size=40), st.integers(0, 5))
def test_sustained_pain_always_alarms_in_the_minute_that_completes_it(seen: list[Any], for_min: int) -> None:
    book, row = AlarmBook(rule(for_min)), list[int]()
    for told in told_minutes(seen):
        book.take(told)
        if judged(told):
            if not hurts(told) or (row and told.start_ns - row[-1] > (GAP + 1) * MINUTE):
                row = []
            row += [told.start_ns] if hurts(told) else []
            if len(row) >= max(1, for_min):
                assert [alarm.phase for alarm in book.live()] == [AlarmPhase.ACTIVE]


@settings(max_examples=80)
@given(st.lists(looks, max_size=30), st.integers(0, 4), st.sets(st.integers(0, 29)), st.booleans())
def test_painful_minutes_that_go_missing_never_raise(
    seen: list[Any], for_min: int, missing: set[int], blanked: bool
) -> None:
    """Minutes that do not hurt are another matter: what broke a row is then not known."""
    minutes = told_minutes(seen)
    before = raised(feed(AlarmBook(rule(for_min)), minutes))
    left: list[MinuteSummary] = []
    for index, told in enumerate(minutes):
        if index not in missing or not hurts(told):
            left.append(told)
        elif blanked:
            left.append(minute((told.start_ns - NOON) // MINUTE, None))
    if not before:
        assert raised(feed(AlarmBook(rule(for_min)), left)) == []


@settings(max_examples=80)
@given(st.lists(looks, max_size=40), st.integers(0, 3), st.integers(0, 5), st.booleans())
def test_a_welfare_alarm_ends_by_judged_minutes_alone(
    seen: list[Any], for_min: int, clear_for_min: int, stays: bool
) -> None:
    minutes = told_minutes(seen)
    of_judged = [m for m in minutes if judged(m)]
    told = feed(AlarmBook(rule(for_min, clear_for_min, latched=stays)), [*minutes, Tick(at(500))])
    for transition in told:
        if transition.before is AlarmPhase.ACTIVE and transition.after is not AlarmPhase.ACTIVE:
            assert transition.cause is Cause.CONDITION
            by = [m for m in of_judged if m.start_ns < transition.time_ns][-max(1, clear_for_min) :]
            assert by[-1].start_ns == transition.time_ns - MINUTE
            assert all((m.pain_probability or 0.0) < CLEAR for m in by)

"""Rules over the past: by hand, and beside the alarm book that is live."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fixtures.alarming import MINUTE, SECOND, at, config_of, minute, pain_rule
from painwatch.alarm.backtest import RAISED, RuleResult, backtest
from painwatch.alarm.book import AlarmBook
from painwatch.alarm.events import Window
from painwatch.alarm.rules import rules_of
from painwatch.config.models import Config
from painwatch.core.alarms import Mark
from painwatch.core.types import MinuteSummary, Tick

Look = tuple[float | None, float]


def told(looks: list[Look | None], cage: str = "a", first: int = 0) -> list[MinuteSummary]:
    """A minute for each look; none for None."""
    return [minute(first + i, *look, cage=cage) for i, look in enumerate(looks) if look is not None]


def run(
    config: Config, minutes: list[MinuteSummary], *marks: Mark, begin: int = 0, end: int, window: Window | None = None
) -> RuleResult:
    results = backtest(
        config,
        rules_of(config),
        sorted(minutes, key=lambda m: m.start_ns),
        marks,
        from_ns=at(begin),
        to_ns=at(end),
        window=window,
    )
    return results[0]


CALM, PAIN, DIM = (0.1, 1.0), (0.9, 1.0), (0.9, 0.2)


def test_an_alarm_by_hand() -> None:
    # Raised with the third minute of pain (5, 6, 8; 7 is too dim to judge), ended by the calm one at 11.
    looks = [CALM] * 5 + [PAIN, (0.7, 1.0), DIM, PAIN, DIM, PAIN] + [CALM] * 3
    found = run(config_of(pain_rule()), told(looks), end=20)
    (alarm,) = found.alarms
    assert (alarm.raised_ns, alarm.ended_ns) == (at(9), at(12))
    assert (alarm.subject, alarm.peak, alarm.judged, alarm.unjudged) == ("a", 0.9, 2, 1)
    assert alarm.coverage == pytest.approx((0.2 + 1 + 1) / 3)
    (watched,) = found.watched
    assert (watched.judged_min, watched.unjudged_min, watched.unseen_min) == (12, 2, 6)
    assert found.in_alarm_min == 3
    assert found.judged_days == pytest.approx(12 / 1440)
    assert found.days == pytest.approx(20 / 1440)
    assert found.alarms_per_day == pytest.approx(1440 / 12)
    assert found.held is None


def test_the_peak_of_a_rule_that_looks_downwards_is_the_lowest_value() -> None:
    config = config_of({"name": "dark", "signal": "coverage", "below": 0.5, "for_min": 2})
    looks: list[Look | None] = [(0.1, 1.0), (0.1, 0.3), (0.1, 0.2), (0.1, 0.1), (0.1, 0.9)]
    (alarm,) = run(config, told(looks), end=5).alarms
    assert (alarm.raised_ns, alarm.ended_ns) == (at(3), None)
    assert alarm.peak == pytest.approx(0.1)


def test_what_was_never_recorded_is_not_quiet_time() -> None:
    found = run(config_of(pain_rule()), told([CALM] * 10 + [None] * 50 + [CALM] * 10), end=1440)
    (watched,) = found.watched
    assert (watched.judged_min, watched.unjudged_min, watched.unseen_min) == (20, 0, 1420)
    assert found.alarms_per_day == 0.0
    nothing = run(config_of(pain_rule()), [], end=1440)
    assert nothing.alarms_per_day is None
    assert nothing.watched[0].unseen_min == 1440


def test_an_alarm_that_stood_before_is_kept_apart() -> None:
    looks = [PAIN] * 20 + [CALM] * 5 + [PAIN] * 5
    found = run(config_of(pain_rule()), told(looks), begin=10, end=30)
    (earlier,), (alarm,) = found.earlier, found.alarms
    assert (earlier.raised_ns, earlier.ended_ns) == (at(3), at(21))
    assert (alarm.raised_ns, alarm.ended_ns) == (at(28), None)
    assert found.in_alarm_min == 11 + 2
    assert found.watched[0].judged_min == 20
    gone = run(config_of(pain_rule()), told(looks), begin=25, end=30)
    assert gone.earlier == ()


def test_a_marked_baseline_is_taken_from_the_marks() -> None:
    rule = pain_rule(above=0.3, clear=None, for_min=1, baseline={"marked": True})
    looks: list[Look | None] = [(0.5, 1.0)] * 10 + [(0.7, 1.0)] * 5 + [(0.9, 1.0)] * 5
    baseline = Mark("a", "baseline", at(0), at(10))
    found = run(config_of(rule), told(looks), baseline, end=20)
    (alarm,) = found.alarms
    assert alarm.raised_ns == at(16)
    assert alarm.peak == pytest.approx(0.9 - 0.5)
    # Without the mark nothing could be judged, and the minutes that made it were not judged against it.
    assert found.watched[0].judged_min == 10
    assert run(config_of(rule), told(looks), end=20).watched[0].judged_min == 0


def test_a_group_is_one_subject_whose_days_are_those_of_the_group() -> None:
    config = config_of(pain_rule(scope="group"), cages=("a", "b", "c"), groups={"a": "x", "b": "x", "c": "y"})
    looks = [CALM, *[PAIN] * 5, CALM]
    minutes = told(looks) + told(looks, "b") + told([CALM] * 7, "c")
    treated = Mark("b", "treatment", at(1))
    found = run(config, minutes, treated, end=30, window=Window("treatment", 0, 10 * MINUTE))
    (alarm,) = found.alarms
    assert (alarm.subject, alarm.raised_ns) == ("x", at(4))
    assert [(w.subject.name, w.judged_min, w.unseen_min) for w in found.watched] == [("x", 7, 23), ("y", 7, 23)]
    assert found.held is not None
    assert [(event.subject, event.lag_min) for event in found.held.events] == [("x", 3)]


def test_the_last_minutes_of_a_group_do_not_wait_for_a_cage_that_tells_no_more() -> None:
    config = config_of(pain_rule(scope="all", minimum_coverage=0.4), cages=("a", "b"))
    (alarm,) = run(config, told([PAIN] * 6) + told([PAIN] * 2, "b"), end=10).alarms
    assert (alarm.raised_ns, alarm.judged, alarm.coverage) == (at(3), 3, 0.5)


def test_technical_alarms_have_no_events() -> None:
    rule = {"name": "dark", "signal": "coverage", "below": 0.5}
    found = run(config_of(rule), told([CALM]), Mark("a", "treatment", at(0)), end=1, window=Window("treatment", 0, 60))
    assert found.held is None


def test_the_results_come_in_the_order_of_the_rules_and_share_what_was_seen() -> None:
    config = config_of(
        pain_rule("late", for_min=9), pain_rule("soon", for_min=1), pain_rule("dim", minimum_coverage=0.1)
    )
    minutes = told([PAIN, PAIN, DIM, CALM])
    results = backtest(config, rules_of(config), minutes, (), from_ns=at(0), to_ns=at(4))
    assert [result.rule.config.name for result in results] == ["late", "soon", "dim"]
    assert [len(result.alarms) for result in results] == [0, 1, 1]
    assert [result.watched[0].judged_min for result in results] == [3, 3, 4]


looks = st.one_of(
    st.none(), st.tuples(st.sampled_from([None, 0.0, 0.3, 0.5, 0.7, 1.0]), st.sampled_from([0.2, 0.6, 1.0]))
)
cage = st.lists(looks, min_size=5, max_size=60)
rules = st.fixed_dictionaries(
    {
        "above": st.sampled_from([0.4, 0.6]),
        "clear": st.sampled_from([None, 0.3]),
        "for_min": st.integers(0, 4),
        "clear_for_min": st.integers(0, 3),
        "longest_gap_min": st.integers(1, 8),
        "latched": st.booleans(),
    },
    optional={
        "scope": st.sampled_from(["cage", "group", "all"]),
        "escalation": st.just([{"after_min": 2, "priority": "high"}]),
        "cooldown_min": st.just(5),
    },
)
baselines = st.sampled_from([None, {"first_minutes": 4}, {"marked": True}])


def of(rule: dict[str, Any], baseline: dict[str, Any] | None) -> Config:
    if baseline is not None:
        rule = rule | {"baseline": baseline, "scope": "cage"}
    return config_of(pain_rule(**rule), cages=("a", "b"), groups={"a": "x", "b": "x"})


@settings(max_examples=150)
@given(cage, cage, rules, baselines, st.integers(1, 119))
def test_the_past_gives_the_alarms_that_were_given_live(
    a: list[Any], b: list[Any], rule: dict[str, Any], baseline: dict[str, Any] | None, late_s: int
) -> None:
    """Live, Ticks come between the minutes, later than these, and also while nothing is told."""
    config, end = of(rule, baseline), 70
    minutes = sorted([*told(a), *told(b, "b")], key=lambda m: (m.start_ns, m.cage))
    mark = Mark("a", "baseline", at(2), at(9))
    book, stands, live = AlarmBook(config), dict[str, int](), list[tuple[str, int, int | None]]()
    for index in range(end):
        inputs: list[Any] = [m for m in minutes if m.start_ns == at(index)]
        tick = Tick(at(index + 1) + late_s * SECOND)
        for message in [*([mark] if index == 2 else []), *inputs, tick]:
            for t in book.take(message).transitions:
                if t.after in RAISED and t.before not in RAISED:
                    stands[t.subject] = t.time_ns
                elif t.before in RAISED and t.after not in RAISED:
                    live.append((t.subject, stands.pop(t.subject), t.time_ns))
    live += [(subject, since_ns, None) for subject, since_ns in stands.items()]
    found = run(config, minutes, mark, end=end)
    assert sorted((x.subject, x.raised_ns, x.ended_ns or 0) for x in found.alarms) == sorted(
        (subject, begin, end_ns or 0) for subject, begin, end_ns in live
    )


@settings(max_examples=150)
@given(cage, cage, rules, st.lists(st.integers(0, 65), max_size=4), st.integers(0, 8), st.integers(1, 20), st.data())
def test_nothing_is_counted_twice_or_not_at_all(
    a: list[Any], b: list[Any], rule: dict[str, Any], events: list[int], before: int, after: int, data: st.DataObject
) -> None:
    config, end = of(rule, None), 70
    minutes = [*told(a), *told(b, "b")]
    marks = tuple(Mark("a", "treatment", at(event)) for event in sorted(set(events)))
    window = Window("treatment", before * MINUTE, after * MINUTE)
    found = run(config, minutes, *marks, end=end, window=window)
    assert found.held is not None
    inside, false = found.held.in_windows, found.held.false_alarms
    assert sorted([*inside, *false], key=id) == sorted(found.alarms, key=id)
    assert len(found.held.events) == len(marks)
    for watched in found.watched:
        assert min(watched.judged_min, watched.unjudged_min, watched.unseen_min) >= 0
        assert watched.judged_min + watched.unjudged_min + watched.unseen_min == end
    assert 0 <= found.held.quiet_min <= sum(watched.judged_min for watched in found.watched)
    assert all(alarm.judged >= 0 and alarm.unjudged >= 0 for alarm in found.alarms)
    # Cut in two, the time holds the same alarms, the same judged minutes, and the same time in alarm.
    cut = data.draw(st.integers(1, end - 1))
    parts = [run(config, minutes, *marks, begin=first, end=last) for first, last in ((0, cut), (cut, end))]
    raised = [(alarm.subject, alarm.raised_ns) for part in parts for alarm in part.alarms]
    assert sorted(raised) == sorted((alarm.subject, alarm.raised_ns) for alarm in found.alarms)
    assert sum(part.judged_days for part in parts) == pytest.approx(found.judged_days)
    assert sum(part.in_alarm_min for part in parts) == pytest.approx(found.in_alarm_min)

"""Results in words."""

from __future__ import annotations

import pytest

from fixtures.alarming import MINUTE, at, config_of, minute, pain_rule
from painwatch.alarm.backtest import RuleResult, backtest
from painwatch.alarm.events import Window
from painwatch.alarm.rules import rules_of
from painwatch.backtest import tables
from painwatch.config.alarms import RuleConfig
from painwatch.core.alarms import Mark


def results(*events: int, pains: dict[range, float], end: int = 100) -> tuple[RuleResult, ...]:
    """Minutes of 0.1 but for those in `pains`; each event has a window of 20 minutes."""
    told = [minute(i, next((p for span, p in pains.items() if i in span), 0.1)) for i in range(end)]
    config = config_of(pain_rule())
    marks = [Mark("a", "treatment", at(event)) for event in events]
    window = Window("treatment", 0, 20 * MINUTE) if events else None
    return backtest(config, rules_of(config), told, marks, from_ns=at(0), to_ns=at(end), window=window)


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        (pain_rule(), "pain_probability >= 0.6 for 3 min, ends < 0.4"),
        (pain_rule(clear=None, for_min=0), "pain_probability >= 0.6"),
        ({"name": "x", "signal": "coverage", "below": 0.2, "clear": 0.5}, "coverage < 0.2, ends >= 0.5"),
        (
            {"name": "x", "signal": "action_unit", "unit": "ear", "above": 1, "baseline": {"marked": True}},
            "action_unit ear - baseline >= 1",
        ),
    ],
)
def test_a_rule_in_words(rule: dict[str, object], words: str) -> None:
    assert tables.condition(RuleConfig.model_validate(rule)) == words


def test_each_table_by_hand() -> None:
    found = results(10, 50, pains={range(12, 18): 0.9, range(80, 86): 0.7})
    assert tables.alarms_table(found).rows == (("pain", "2", "0.07", "0.07", "28.80", "8 min"),)
    # 60 of the 100 minutes lie outside of both windows.
    assert tables.events_table(found).rows == (("pain", "1 of 2", "50% [9%, 91%]", "5 min", "1", "24.00"),)
    first, second = tables.each_event(found).rows
    assert first[1:] == ("a", "pain", "detected", "5 min", tables.NONE, "20 of 20 min")
    assert second[1:] == ("a", "pain", "missed", tables.NONE, tables.NONE, "20 of 20 min")
    raised = tables.each_alarm(found, at(0), at(100)).rows
    assert [(row[4], row[5], row[6], row[-1]) for row in raised] == [
        ("4 min", "0.90", "4 of 4 min", "in window"),
        ("4 min", "0.70", "4 of 4 min", "none"),
    ]
    assert tables.watched_table(found).rows == (("pain", "a", "100 min", "0 min", "0 min", "2"),)
    assert all(len(row) == len(table.header) for table in (tables.each_event(found),) for row in table.rows)


def test_alarms_that_began_before_or_have_not_ended_are_told_so() -> None:
    config = config_of(pain_rule())
    told = [minute(i, 0.9 if i < 20 or i > 30 else 0.1) for i in range(40)]
    found = backtest(config, rules_of(config), told, (), from_ns=at(10), to_ns=at(40))
    earlier, last = tables.each_alarm(found, at(10), at(40)).rows
    assert (earlier[3], earlier[4], earlier[-1]) == (tables.moment(at(21)), "18 min", tables.NONE)
    assert (last[3], last[4]) == ("stands", "6 min")


@pytest.mark.parametrize(
    ("events", "told"),
    [
        ((), "No event could be judged"),
        (
            (10,),
            "Only 1 event could be judged: were all of them detected, the sensitivity could still be as low as 21%",
        ),
        (
            (10, 30, 50),
            "Only 3 events could be judged: were all of them detected, the sensitivity could still be as low as 44%",
        ),
        (range(10, 60, 2), ""),
    ],
)
def test_few_events_are_warned_of(events: tuple[int, ...], told: str) -> None:
    (result,) = results(*(events or (90,)), pains={})
    assert result.held is not None
    words = tables.few_events(result.held)
    assert words.startswith(told)
    assert bool(words) is bool(told)


def test_durations_and_rates_in_words() -> None:
    assert [tables.duration(minutes) for minutes in (0, 119.4, 120, 605)] == ["0 min", "119 min", "2 h 00", "10 h 05"]
    assert [tables.rate(per_day) for per_day in (None, 0.0, 12.345)] == [tables.NONE, "0.00", "12.35"]
    assert tables.moment(at(0)) == "2023-11-14 22:14"

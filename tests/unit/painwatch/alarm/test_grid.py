"""One rule by thresholds and durations."""

from __future__ import annotations

import math

import pytest

from fixtures.alarming import MINUTE, at, config_of, minute, pain_rule
from painwatch.alarm.backtest import backtest
from painwatch.alarm.events import Window
from painwatch.alarm.grid import Grid, default_thresholds, grid_of, variants
from painwatch.alarm.rules import rules_of
from painwatch.config.alarms import RuleConfig
from painwatch.core.alarms import Mark

RULE = RuleConfig.model_validate(pain_rule())


def grid_over(pains: list[float], *events: int, thresholds: tuple[float, ...], durations: tuple[float, ...]) -> Grid:
    """The grid over minutes of these values; each event's window is 10 minutes."""
    marks = tuple(Mark("a", "treatment", at(event)) for event in events)
    results = backtest(
        config_of(pain_rule()),
        variants(RULE, thresholds, durations),
        [minute(i, pain) for i, pain in enumerate(pains)],
        marks,
        from_ns=at(0),
        to_ns=at(len(pains)),
        window=Window("treatment", 0, 10 * MINUTE) if events else None,
    )
    return grid_of(RULE, thresholds, durations, results)


def test_variants_differ_in_threshold_and_duration_alone_and_keep_the_hysteresis() -> None:
    made = variants(RULE, (0.5, 0.9), (1, 10))
    assert [(rule.config.above, rule.config.for_min) for rule in made] == [(0.5, 1), (0.5, 10), (0.9, 1), (0.9, 10)]
    # 0.4 is two thirds of 0.6: so it stays.
    assert [rule.config.clear for rule in made] == pytest.approx([1 / 3, 1 / 3, 0.6, 0.6])
    assert len({rule.config.name for rule in made}) == len({rule.hash for rule in made}) == 4
    kept = {"signal", "minimum_coverage", "scope", "longest_gap_min", "priority"}
    assert all(rule.config.model_dump(include=kept) == RULE.model_dump(include=kept) for rule in made)
    down = RuleConfig.model_validate({"name": "dark", "signal": "coverage", "below": 0.2})
    assert [(rule.config.below, rule.config.clear) for rule in variants(down, (0.1,), (1,))] == [(0.1, None)]
    (below,) = variants(down.model_copy(update={"clear": 0.6}), (0.6,), (1,))
    assert below.config.clear == pytest.approx(0.8)


def test_each_cell_says_what_it_finds_and_how_often_in_vain() -> None:
    # An event at 20 is followed by 8 minutes of 0.9; 4 minutes of 0.65 at 40 have no reason.
    pains = [0.1] * 20 + [0.9] * 8 + [0.1] * 12 + [0.65] * 4 + [0.1] * 16
    grid = grid_over(pains, 20, thresholds=(0.6, 0.8), durations=(2, 6, 20))
    found = {(cell.threshold, cell.for_min): cell for cell in grid.cells}
    assert grid.cell(0.8, 6) is found[0.8, 6]
    assert [cell.sensitivity for cell in grid.cells] == [1, 1, 0, 1, 1, 0]
    # 50 of the 60 minutes lie outside of the window.
    assert [cell.false_per_day for cell in grid.cells] == pytest.approx([1440 / 50, 0, 0, 0, 0, 0])
    lags = [cell.result.held.median_lag_min for cell in grid.cells if cell.result.held]
    assert lags == [2, 6, None, 2, 6, None]


def test_no_cell_of_the_frontier_is_beaten_and_every_other_is() -> None:
    pains = [0.1] * 20 + [0.7, 0.7, *[0.9] * 8] + [0.1] * 10 + [0.65] * 4 + [0.1] * 16
    grid = grid_over(pains, 20, thresholds=(0.6, 0.8), durations=(1, 2, 6, 20))
    # Soonest with a false alarm; none without one is sooner than 0.8 for 1 min.
    assert [(cell.threshold, cell.for_min) for cell in grid.frontier] == [(0.8, 1), (0.6, 1)]
    never = grid_over(pains, 20, thresholds=(0.95,), durations=(1, 2))
    assert never.frontier == ()


def test_a_rule_that_finds_only_the_plainest_events_is_not_the_fastest() -> None:
    # Two events: one is told by 0.9 at once, the other by 0.7 after 3 minutes, and never by 0.9.
    pains = [0.1] * 10 + [0.95] * 9 + [0.1] * 21 + [0.1, 0.1, *[0.75] * 7] + [0.1] * 31
    grid = grid_over(pains, 10, 40, thresholds=(0.7, 0.9), durations=(1,))
    low, high = grid.cells
    assert low.result.held is not None
    assert high.result.held is not None
    assert (low.result.held.lags_min, high.result.held.lags_min) == ((1, 3), (1,))
    assert grid.frontier == (low,)


def test_without_events_a_cell_tells_all_its_alarms_and_there_is_no_frontier() -> None:
    grid = grid_over([0.1] * 5 + [0.9] * 5 + [0.1] * 50, thresholds=(0.6,), durations=(1, 10))
    assert [cell.false_per_day for cell in grid.cells] == pytest.approx([1440 / 60, 0])
    assert [cell.sensitivity for cell in grid.cells] == [None, None]
    assert grid.frontier == ()


def test_a_variant_raises_what_the_rule_itself_would_raise() -> None:
    pains = [0.5 + 0.45 * math.sin(i / 7) for i in range(200)]
    minutes = [minute(i, pain) for i, pain in enumerate(pains)]
    config = config_of(pain_rule(above=0.8, clear=0.4 / 0.6 * 0.8, for_min=5))
    given = {"from_ns": at(0), "to_ns": at(200)}
    (own,) = backtest(config, rules_of(config), minutes, (), **given)
    (variant,) = backtest(config, variants(RULE, (0.8,), (5,)), minutes, (), **given)
    assert [(a.raised_ns, a.ended_ns) for a in own.alarms] == [(a.raised_ns, a.ended_ns) for a in variant.alarms]
    assert len(own.alarms) == 5


def test_what_is_usual_depends_on_the_signal_and_on_a_baseline() -> None:
    assert default_thresholds(RULE) == (0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
    assert max(default_thresholds(RuleConfig.model_validate(pain_rule(baseline={"marked": True})))) < 0.7
    strange = RuleConfig.model_validate({"name": "x", "signal": "blind_rules", "above": 1})
    assert default_thresholds(strange) == ()

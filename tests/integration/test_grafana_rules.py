"""The queries of compiled alert rules on a cage's minutes, each asked of a real InfluxDB."""

from __future__ import annotations

import time

import pytest

from fixtures.grafana_asked import MINUTE_S, minute, parts, series, written
from fixtures.grafana_configs import config_of, pain
from servers.influx import InfluxServer


@pytest.fixture
def now_s() -> int:
    """Some seconds after the end of a minute."""
    return int(time.time()) // MINUTE_S * MINUTE_S + 20


TURNS = {1.0: 1.0, -1.0: 0.0, 0.0: None}
"""What the condition makes of it: raised, ended, and nothing at all in between."""


@pytest.mark.parametrize(
    ("percents", "becomes"),
    [
        ([70, 70, 70], 1.0),
        ([60, 60, 60], 1.0),
        ([59, 70, 70], 0.0),
        ([70, 59, 70], 0.0),
        ([70, 70, 59], 0.0),
        ([70, 70], 0.0),
        ([39, 70, 70], -1.0),
        ([40, 40, 40], 0.0),
        ([None, 70, 70, 70], 1.0),
        ([70, None, 70, None, None, 70], 1.0),
        ([None, None, 10, 70, 70], -1.0),
    ],
)
def test_judged_minutes_in_a_row(influx: InfluxServer, now_s: int, percents: list[int | None], becomes: float) -> None:
    """Newest first; minutes of which too little was seen neither count nor break the row."""
    config = config_of(pain(for_min=3))
    written(influx, config, series(now_s, ((ago, "cage-1", p) for ago, p in enumerate(percents, 1))))
    assert parts(influx, config, "pain", now_s) == {"cage-1": becomes}
    assert parts(influx, config, "pain", now_s, "T") == {"cage-1": TURNS[becomes]}


def test_one_minute_is_enough_where_no_time_is_asked_for(influx: InfluxServer, now_s: int) -> None:
    config = config_of(pain())
    minutes = [(1, "cage-1", 60), (2, "cage-1", 0), (1, "cage-2", None), (2, "cage-2", 10)]
    written(influx, config, series(now_s, minutes))
    assert parts(influx, config, "pain", now_s) == {"cage-1": 1.0, "cage-2": -1.0}


def test_the_least_coverage_that_can_be_asked_for(influx: InfluxServer, now_s: int) -> None:
    config = config_of(pain(minimum_coverage=0.00001), pain(name="pool", scope="all", minimum_coverage=0.00001))
    written(influx, config, series(now_s, [(3, "cage-1", None)]))
    assert parts(influx, config, "pain", now_s) == {"cage-1": -1.0}
    assert parts(influx, config, "pool", now_s) == {"North wing": -1.0}


@pytest.mark.parametrize(("gap", "becomes"), [(30, 1.0), (31, 0.0)])
def test_a_row_with_too_long_a_gap_is_none(influx: InfluxServer, now_s: int, gap: int, becomes: float) -> None:
    """So many minutes without a judged one lie between two."""
    config = config_of(pain(for_min=3, longest_gap_min=30))
    agos = (1, 2, 3 + gap)
    written(influx, config, series(now_s, ((ago, "cage-1", 90) for ago in agos)))
    assert parts(influx, config, "pain", now_s) == {"cage-1": becomes}
    assert parts(influx, config, "pain", now_s, "Q") == {"cage-1": 60.0 * (gap + 1)}


@pytest.mark.parametrize(
    ("percents", "becomes"), [([30, 30, 90], -1.0), ([30, 90], 0.0), ([30, None, 30], -1.0), ([30, 40, 30], 0.0)]
)
def test_it_ends_by_a_row_too(influx: InfluxServer, now_s: int, percents: list[int | None], becomes: float) -> None:
    config = config_of(pain(for_min=1, clear_for_min=2))
    written(influx, config, series(now_s, ((ago, "cage-1", p) for ago, p in enumerate(percents, 1))))
    assert parts(influx, config, "pain", now_s) == {"cage-1": becomes}


def test_rules_that_are_raised_below(influx: InfluxServer, now_s: int) -> None:
    config = config_of({"name": "dark", "signal": "coverage", "below": 0.5, "clear": 0.6, "for_min": 2})
    minutes = [(1, "cage-1", None), (2, "cage-1", None), (1, "cage-2", 0), (2, "cage-2", None)]
    written(influx, config, series(now_s, minutes))
    assert parts(influx, config, "dark", now_s) == {"cage-1": 1.0, "cage-2": -1.0}
    assert parts(influx, config, "dark", now_s, "H") == {"cage-1": 0.01, "cage-2": pytest.approx(2 / 3)}


def test_shares_of_looks_and_action_units(influx: InfluxServer, now_s: int) -> None:
    config = config_of(
        {"name": "domain", "signal": "out_of_domain_share", "above": 0.5},
        {"name": "engine", "signal": "engine_error_share", "above": 0.5, "clear": 0.1},
        {"name": "eyes", "signal": "action_unit", "unit": "orbital", "above": 1.5, "clear": 1},
    )
    start_s = now_s // MINUTE_S * MINUTE_S - MINUTE_S
    written(
        influx,
        config,
        [
            minute("cage-1", start_s, 0, 1.5, out_of_domain=150, engine_error=30),
            minute("cage-2", start_s, 0, None, out_of_domain=149),
            minute("cage-2", start_s - MINUTE_S, None, 2.0),
        ],
    )
    assert parts(influx, config, "domain", now_s) == {"cage-1": 1.0, "cage-2": -1.0}
    assert parts(influx, config, "engine", now_s) == {"cage-1": 0.0, "cage-2": -1.0}
    assert parts(influx, config, "eyes", now_s) == {"cage-1": 1.0}

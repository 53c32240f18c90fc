"""Short random sequences of minutes: at every evaluation Grafana's alert is what painwatch's alarm is.

Each sequence is a cage of its own, and all of them lie in one database, so that an evaluation of a rule tries hundreds.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from fixtures.cage_nights import BEGIN_NS, MINUTE_NS
from fixtures.grafana_replay import Database, evaluate
from fixtures.rules_of_every_kind import SINK, config_with_rules, in_a_grafana
from fixtures.troubled_days import SECOND_NS, Happening, TroubledDays, told_minute
from fixtures.watch_replay import replay
from painwatch.core.types import MinuteSummary
from servers.influx import InfluxServer

CAGES = 150
MINUTES = 45

LEVELS = (0.2, 0.39, 0.4, 0.5, 0.59, 0.6, 0.61, 0.9)
"""Below, at, between and above the thresholds of the rules."""

LIMITS: dict[str, Any] = {"signal": "pain_probability", "above": 0.6, "clear": 0.4}
RULES: tuple[dict[str, Any], ...] = (
    LIMITS | {"name": "at-once", "longest_gap_min": 3},
    LIMITS | {"name": "two", "for_min": 2, "clear_for_min": 2, "longest_gap_min": 2},
    LIMITS | {"name": "three-one", "for_min": 2.5, "longest_gap_min": 4},
    LIMITS | {"name": "two-four", "for_min": 2, "clear_for_min": 4, "longest_gap_min": 3},
    LIMITS | {"name": "any-coverage", "for_min": 3, "minimum_coverage": 0.01, "longest_gap_min": 2.5},
    {"name": "same-limits", "signal": "pain_probability", "above": 0.6, "for_min": 2, "longest_gap_min": 3},
    {
        "name": "low",
        "signal": "action_unit",
        "unit": "ear",
        "below": 0.8,
        "clear": 1.0,
        "for_min": 3,
        "clear_for_min": 2,
    },
    {"name": "unseen", "signal": "coverage", "below": 0.5, "clear": 0.6, "for_min": 3, "longest_gap_min": 2},
)


def sequence(random: np.random.Generator, cage: str) -> Iterator[MinuteSummary]:
    """Runs of values of one level or all, of minutes that cannot be judged and of minutes that are not there."""
    left, kind, level = 0, 0.0, 0.0
    for index in range(MINUTES):
        if left == 0:
            left, kind, level = int(random.integers(1, 7)), random.random(), float(random.choice(LEVELS))
        left -= 1
        value = level if kind < 0.6 else float(random.choice(LEVELS))
        coverage = 0.1 * random.random() if 0.7 < kind < 0.85 else float(random.choice((0.5, 0.55, 0.8)))
        if kind < 0.85 or random.random() < 0.2:
            yield told_minute(cage, BEGIN_NS + index * MINUTE_NS, coverage, value)


def test_at_every_evaluation_the_alert_is_what_the_alarm_is(influx: InfluxServer) -> None:
    random = np.random.default_rng(1)
    cages = tuple(f"cage-{number}" for number in range(CAGES))
    heard = [minute for cage in cages for minute in sequence(random, cage)]
    times = [(minute.start_ns + MINUTE_NS + 3 * SECOND_NS, minute) for minute in heard]
    happenings = sorted((Happening(at, at + SECOND_NS, minute) for at, minute in times), key=lambda one: one.at_ns)
    end_ns = BEGIN_NS + (MINUTES + 3) * MINUTE_NS
    days = TroubledDays(cages, BEGIN_NS, end_ns, tuple(happenings), restarts=(), away=())
    config = config_with_rules(cages, RULES, groups=())
    watch = replay(config, days, SINK)
    names = {rule["name"] for rule in RULES}
    rules = [rule for rule in in_a_grafana(config) if rule.labels["rule"] in names]
    assert len(rules) == len(RULES)
    with Database(influx.direct, watch.lines) as database:
        grafana = evaluate(rules, database, BEGIN_NS, end_ns, offset_s=20)
    alerts: dict[tuple[str, str], dict[int, bool]] = {}
    named = {rule.uid: rule.labels["rule"] for rule in rules}
    for (uid, labels), found in grafana.turns.items():
        turned = {turn.at_s * SECOND_NS // MINUTE_NS: turn.firing for turn in found}
        alerts[named[uid], dict(labels)["cage"]] = turned
    for name in sorted(names):
        for cage in cages:
            alarm = {at_ns // MINUTE_NS: present for at_ns, present in watch.turns.get((name, cage), [])}
            told = [(minute.coverage, minute.pain_probability) for minute in heard if minute.cage == cage]
            assert alerts.get((name, cage), {}) == alarm, (name, cage, told)
    assert sum(map(len, alerts.values())) > 3 * CAGES

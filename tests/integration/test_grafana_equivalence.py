"""painwatch's alarms and Grafana's alerts over the same simulated days, on a real InfluxDB.

Everything goes the way it goes in a watch: minutes and readings through the alarm book of the hub, records as the
sink's lines into the database, and Grafana's rules, as its provisioning file has them, evaluated every minute by
Grafana's semantics. The days are shorter here and fuller of trouble; `make grafana-equivalence` takes thirty of them.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace

import pytest

from fixtures.agreement import (
    ABSENT,
    AWAY,
    FAILED,
    NEW_ANIMAL,
    SETTLING,
    SHORT,
    agreement,
    silent_wrongly,
    unfounded_ends,
)
from fixtures.grafana_replay import Database, GrafanaReplay, evaluate
from fixtures.rules_of_every_kind import SINK, config_with_rules, in_a_grafana, pushed
from fixtures.troubled_days import AWAY as DATABASE_AWAY
from fixtures.troubled_days import EVERY_TROUBLE, RESTART, TroubledDays, troubled_days
from fixtures.watch_replay import WatchReplay, replay
from grafana_semantics.provisioned import Rule, Threshold
from grafana_semantics.thresholds import Comparison, Condition
from painwatch.config.models import Config
from servers.influx import InfluxServer

OFFSET_S = 20
"""Minutes are closed 3 to 7 s after their end."""


def one_in(share: int, seed: int) -> Callable[[Rule, int], bool]:
    """An evaluation in so many fails, the same for a seed."""
    return lambda rule, at_s: random.Random(f"{seed} {rule.uid} {at_s}").randrange(share) == 0


def both(
    influx: InfluxServer,
    days: TroubledDays,
    fails: Callable[[Rule, int], bool] = lambda rule, at_s: False,
    changed: Callable[[Rule], Rule] = lambda rule: rule,
) -> tuple[Config, tuple[Rule, ...], WatchReplay, GrafanaReplay]:
    config = config_with_rules(days.cages)
    rules, watch = tuple(map(changed, in_a_grafana(config))), replay(config, days, SINK)
    with Database(influx.direct, watch.lines) as database:
        grafana = evaluate(rules, database, days.begin_ns, days.end_ns, away=days.away, fails=fails, offset_s=OFFSET_S)
    return config, rules, watch, grafana


def test_a_file_and_the_api_make_the_same_rules() -> None:
    config = config_with_rules(("cage-1", "cage-2"))
    assert {rule.uid: rule for rule in in_a_grafana(config)} == {rule.uid: rule for rule in pushed(config)}


def test_all_queries_of_a_rule_ask_for_the_same_time() -> None:
    """A Grafana that sends them together takes that of the first for all."""
    for rule in in_a_grafana(config_with_rules(("cage-1", "cage-2"))):
        assert len({(query.from_s, query.to_s) for query in rule.queries}) == 1, rule.title


@pytest.mark.timeout(600)
def test_they_agree_within_one_evaluation_where_nothing_is_amiss(influx: InfluxServer) -> None:
    """Restarts of the hub are no trouble: it goes on from what it stored."""
    days = troubled_days(3, 4, seed=2, troubles={RESTART}, pace=4)
    config, rules, watch, grafana = both(influx, days)
    found = agreement(config, rules, days, watch, grafana)
    assert days.restarts
    assert sum(found.agreed.values()) > 100
    assert all(found.agreed[name] for name in ("at-once", "slow-end", "orbital", "above-usual", "cannot-see"))
    assert {difference.why for difference in found.differences} <= {SETTLING, ABSENT, SHORT}
    assert not unfounded_ends(config, rules, watch, grafana)
    assert not silent_wrongly(rules, days, watch, grafana)


@pytest.mark.timeout(600)
def test_every_difference_has_a_cause_and_nothing_ends_by_silence(influx: InfluxServer) -> None:
    days = troubled_days(3, 6, seed=7, troubles=EVERY_TROUBLE, pace=4)
    config, rules, watch, grafana = both(influx, days, fails=one_in(100, 1))
    found = agreement(config, rules, days, watch, grafana)
    assert days.away
    assert days.restarts
    assert grafana.failed > 100
    assert found.unexplained == []
    reasons = set(found.by_reason())
    assert {AWAY, FAILED, NEW_ANIMAL} <= reasons <= {AWAY, FAILED, NEW_ANIMAL, SETTLING, ABSENT, SHORT}
    assert sum(found.agreed.values()) > 2 * len(found.differences)
    assert not unfounded_ends(config, rules, watch, grafana)
    assert not silent_wrongly(rules, days, watch, grafana)


def recovering(rule: Rule) -> Rule:
    """The same by a recovery threshold of Grafana's: raised above 0, ended below it, as Z says."""
    if not any(part.ref == "V" for part in rule.parts):
        return rule
    condition = Condition(Comparison("gt", (0.0,)), Comparison("lt", (0.0,)))
    kept = (part for part in rule.parts if part.ref not in ("N", "V", rule.condition))
    return replace(rule, parts=(*kept, Threshold(rule.condition, "Z", condition)))


@pytest.mark.timeout(600)
def test_alerts_would_end_by_failures_with_a_recovery_threshold(influx: InfluxServer) -> None:
    """Why the rules have none; and that an end without a cause is found."""
    days = troubled_days(4, 4, pace=2)
    config, rules, watch, grafana = both(influx, days, fails=one_in(30, 1), changed=recovering)
    assert unfounded_ends(config, rules, watch, grafana)


def test_away_means_that_what_was_missed_comes_afterwards() -> None:
    days = troubled_days(2, 6, seed=7, troubles={DATABASE_AWAY}, pace=4)
    late = [one for one in days.happenings if one.stored_ns > one.at_ns + 60 * 10**9]
    assert late
    assert all(any(begin <= one.at_ns < end < one.stored_ns for begin, end in days.away) for one in late)

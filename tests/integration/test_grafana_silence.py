"""Silence is no comfort: what Grafana's alerts do when a cage, the hub or the database says nothing any more."""

from __future__ import annotations

import json
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterable
from typing import Any

import pytest

from fixtures.rules_of_every_kind import SINK, config_with_rules, in_a_grafana
from fixtures.troubled_days import told_minute
from grafana_semantics.evaluating import evaluations
from grafana_semantics.provisioned import Rule
from grafana_semantics.states import States
from painwatch.config.models import Config
from painwatch.sinks.lines import lines_for
from servers.influx import InfluxServer

MINUTE_S = 60
BEGIN_S = 1_788_285_600
CAGES = ("cage-1", "cage-2")
PAIN = {"name": "pain", "signal": "pain_probability", "above": 0.6, "clear": 0.4, "for_min": 3}


def asking(server: InfluxServer) -> Callable[[str], dict[str, Any]]:
    def ask(query: str) -> dict[str, Any]:
        form = urllib.parse.urlencode({"db": "painwatch", "epoch": "ms", "q": query}).encode()
        with urllib.request.urlopen(f"{server.direct}/query", form, timeout=60) as response:
            answer: dict[str, Any] = json.load(response)
            return answer

    return ask


def write(server: InfluxServer, config: Config, cage: str, minutes: Iterable[int], probability: float) -> None:
    """Minutes of one cage, counted from BEGIN_S."""
    records = [told_minute(cage, (BEGIN_S + n * MINUTE_S) * 10**9, 0.8, probability) for n in minutes]
    server.write("\n".join(line.decode() for r in records if (line := lines_for(config)(r, SINK))))


def rule_of(config: Config, name: str, cage: str | None = None) -> Rule:
    (rule,) = (r for r in in_a_grafana(config) if r.labels["rule"] == name and r.labels.get("cage") == cage)
    return rule


class Grafana:
    """One rule, evaluated 20 s after minutes."""

    def __init__(self, server: InfluxServer, rule: Rule) -> None:
        self._server, self._rule = server, rule
        self._states: States = {}

    def at(self, *minutes: int) -> dict[str, str]:
        """The phase of the alert of each cage after evaluations in these minutes."""
        times = [BEGIN_S + minute * MINUTE_S + 20 for minute in minutes]
        for _, states in evaluations(self._rule, asking(self._server), times, self._states):
            self._states = states
        return {dict(labels)["cage"]: state.phase.value for labels, state in self._states.items()}


@pytest.fixture
def config() -> Config:
    return config_with_rules(CAGES, [PAIN])


def test_an_alert_stays_while_its_cage_says_nothing(influx: InfluxServer, config: Config) -> None:
    pain = Grafana(influx, rule_of(config, "pain"))
    write(influx, config, "cage-1", range(5), 0.9)
    write(influx, config, "cage-2", range(3000), 0.1)
    assert pain.at(5) == {"cage-1": "Alerting", "cage-2": "Normal"}
    assert pain.at(*range(6, 1600)) == {"cage-1": "Alerting", "cage-2": "Normal"}, "for more than a day"
    write(influx, config, "cage-1", range(1600, 1610), 0.5)
    assert pain.at(*range(1601, 1611))["cage-1"] == "Alerting", "back, and in between"
    write(influx, config, "cage-1", range(1610, 1611), 0.3)
    assert pain.at(1611) == {"cage-1": "Normal", "cage-2": "Normal"}


def test_an_alert_stays_while_too_little_is_seen(influx: InfluxServer, config: Config) -> None:
    pain = Grafana(influx, rule_of(config, "pain"))
    write(influx, config, "cage-1", range(5), 0.9)
    assert pain.at(5) == {"cage-1": "Alerting"}
    line_of = lines_for(config)
    unseen = [told_minute("cage-1", (BEGIN_S + n * MINUTE_S) * 10**9, 0.1, 0.0) for n in range(5, 400)]
    influx.write("\n".join((line_of(minute, SINK) or b"").decode() for minute in unseen))
    assert pain.at(*range(6, 400)) == {"cage-1": "Alerting"}


def test_an_alert_stays_while_the_hub_says_nothing_for_days(influx: InfluxServer, config: Config) -> None:
    pain = Grafana(influx, rule_of(config, "pain"))
    write(influx, config, "cage-1", range(5), 0.9)
    write(influx, config, "cage-2", range(5), 0.5)
    assert pain.at(5) == {"cage-1": "Alerting", "cage-2": "Normal"}
    assert pain.at(*range(6, 3000, 10))["cage-1"] == "Alerting"
    write(influx, config, "cage-1", range(3000, 3002), 0.5)
    assert pain.at(3001, 3002)["cage-1"] == "Alerting"


def test_an_alert_stays_while_the_database_is_away_and_comes_back_empty_handed(
    influx: InfluxServer, config: Config
) -> None:
    pain = Grafana(influx, rule_of(config, "pain"))
    write(influx, config, "cage-1", [*range(5)], 0.9)
    assert pain.at(5) == {"cage-1": "Alerting"}
    influx.kill()
    assert pain.at(6, 7, 8) == {"cage-1": "Alerting"}
    influx.start()
    write(influx, config, "cage-1", range(6, 9), 0.5)
    assert pain.at(9, 10) == {"cage-1": "Alerting"}
    influx.query("DROP DATABASE painwatch")
    assert pain.at(11, 12) == {"cage-1": "Alerting"}
    influx.query("CREATE DATABASE painwatch")
    assert pain.at(13, 14) == {"cage-1": "Alerting"}


def test_a_cage_from_which_nothing_arrives_alerts(influx: InfluxServer, config: Config) -> None:
    one, two = (Grafana(influx, rule_of(config, "silent", cage)) for cage in CAGES)
    write(influx, config, "cage-1", range(10), 0.1)
    assert two.at(1, 2) == {"cage-2": "Pending"}
    assert two.at(3) == {"cage-2": "Alerting"}, "it has never written"
    assert one.at(1, 9, 10, 11, 12, 13) == {"cage-1": "Normal"}
    assert one.at(14) == {"cage-1": "Pending"}
    assert one.at(15, 16) == {"cage-1": "Alerting"}
    assert one.at(*range(17, 3000, 30)) == {"cage-1": "Alerting"}, "and goes on, however long ago it was"
    write(influx, config, "cage-1", [3000], 0.1)
    write(influx, config, "cage-2", [3000], 0.1)
    assert one.at(3001) == {"cage-1": "Normal"}
    assert two.at(3001) == {"cage-2": "Normal"}
    influx.kill()
    assert one.at(3002) == {"cage-1": "Pending"}, "it may have been a moment only"
    assert one.at(3003, 3004) == {"cage-1": "Alerting"}, "nor can a database that is away be asked"
    influx.start()
    write(influx, config, "cage-1", range(3001, 3005), 0.1)
    assert one.at(3005) == {"cage-1": "Normal"}

"""Alarm rules as alert rules: what becomes of which, word for word."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings

from fixtures.grafana_configs import config_of, configs, pain
from painwatch.alarm.rules import rules_of
from painwatch.config.builtin_rules import BUILT_IN_NAMES
from painwatch.config.models import Config
from painwatch.core.alarms import Priority
from painwatch.core.signals import AlarmKind
from painwatch.grafana.rules import LONGEST_MISSING, alert_rules
from painwatch.grafana.rules_model import AlertRule, Maths, Query, Reduce, Threshold


def compiled(config: Config, about: str) -> AlertRule:
    (rule,) = [rule for rule in alert_rules(config) if rule.about == about]
    return rule


def bare(*rules: dict[str, object], **more: object) -> Config:
    """Without built-in rules."""
    written = {str(rule["name"]) for rule in rules}
    return config_of(*rules, off=[name for name in BUILT_IN_NAMES if name not in written], **more)


WHERE = """"site" = 'North wing' AND "cage" =~ /^(cage-1|cage-2)$/ AND "coverage" >= 0.5 AND $timeFilter"""
NEWEST = f'SELECT "pain_probability" AS "value" FROM "painwatch_minutes" WHERE {WHERE}'
GAPS = f'SELECT elapsed("pain_probability", 1s) AS "gap" FROM "painwatch_minutes" WHERE {WHERE}'


def test_a_sustained_rule() -> None:
    rule = compiled(bare(pain(for_min=10, clear_for_min=2, longest_gap_min=20, priority="high")), "pain")
    back_s = 86_400 + 600
    assert rule.parts == (
        Query("A", f'{NEWEST} GROUP BY "cage" ORDER BY time DESC LIMIT 10', back_s, ("cage",)),
        Reduce("C", "A", "count"),
        Query("G", f'{GAPS} GROUP BY "cage" ORDER BY time DESC LIMIT 9', back_s, ("cage",)),
        Maths("P", "abs($G)"),
        Reduce("Q", "P", "max"),
        Query("B", f'{NEWEST} GROUP BY "cage" ORDER BY time DESC LIMIT 2', back_s, ("cage",)),
        Reduce("D", "B", "count"),
        Query("K", f'{GAPS} GROUP BY "cage" ORDER BY time DESC LIMIT 1', back_s, ("cage",)),
        Maths("R", "abs($K)"),
        Reduce("S", "R", "max"),
        Reduce("H", "A", "min"),
        Reduce("E", "B", "max"),
        Maths(
            "Z",
            "(($H >= 0.6) && ($C >= 10) && ($Q <= 1260)) - (($E < 0.4) && ($D >= 2) && ($S <= 1260))",
        ),
        Maths("N", "$A * 0 + $Z / abs($Z)"),
        Reduce("V", "N", "max"),
        Threshold("T", "V"),
    )
    assert (rule.no_data, rule.on_error, rule.for_s, rule.keep_firing_for_s) == ("KeepLast", "KeepLast", 0, 0)
    assert rule.missing_evaluations == LONGEST_MISSING
    assert rule.labels == {
        "source": "painwatch",
        "site": "North wing",
        "rule": "pain",
        "kind": "welfare",
        "priority": "high",
        "signal": "pain_probability",
    }
    assert rule.annotations["summary"] == (
        "Please review the animal: cage {{ .Labels.cage }}: pain probability at least 0.6 for 10 min in a row of those "
        'with coverage 0.5 or more{{ with .Values.H }} (nearest to that: {{ printf "%.2f" .Value }}){{ end }}.'
    )
    assert rule.annotations["description"] == (
        "It ends when it is below 0.4 for 2 min. Nothing ends it while nothing is seen: missing data never do. "
        "Acknowledging, silencing and escalation are painwatch's own: see its page. "
        "The model was trained on rendered animals and is not validated on live animals. "
        "painwatch asks a person to look; it does not diagnose."
    )


def test_a_rule_without_duration_asks_once() -> None:
    rule = compiled(bare(pain()), "pain")
    assert rule.parts == (
        Query("A", f'{NEWEST} GROUP BY "cage" ORDER BY time DESC LIMIT 1', 86_460, ("cage",)),
        Reduce("H", "A", "min"),
        Reduce("E", "A", "max"),
        Maths("Z", "($H >= 0.6) - ($E < 0.4)"),
        Maths("N", "$A * 0 + $Z / abs($Z)"),
        Reduce("V", "N", "max"),
        Threshold("T", "V"),
    )


def test_rows_of_the_same_length_are_asked_for_once() -> None:
    rule = compiled(bare(pain(for_min=3, clear_for_min=3)), "pain")
    assert [query.ref for query in rule.queries] == ["A", "G"]
    assert rule.parts[-4] == Maths(
        "Z", "(($H >= 0.6) && ($C >= 3) && ($Q <= 1860)) - (($E < 0.4) && ($C >= 3) && ($Q <= 1860))"
    )


def test_below_is_the_other_way_round() -> None:
    rule = compiled(bare({"name": "dark", "signal": "coverage", "below": 0.5, "clear": 0.6}), "dark")
    assert rule.parts[1:4] == (
        Reduce("H", "A", "max"),
        Reduce("E", "A", "min"),
        Maths("Z", "($H < 0.5) - ($E >= 0.6)"),
    )
    assert "minimum" not in rule.queries[0].influxql
    assert '"coverage" >=' not in rule.queries[0].influxql


def test_a_reading_is_a_row_of_readings() -> None:
    rule = compiled(
        bare({"name": "clock-offset", "signal": "clock_offset_s", "above": 2, "for_min": 1}), "clock-offset"
    )
    (asked, gaps, ended) = rule.queries
    assert asked.influxql == (
        'SELECT "value" AS "value" FROM "painwatch_readings" WHERE "site" = \'North wing\' AND "signal" = '
        "'clock_offset_s' AND \"subject\" =~ /^(cage-1-left|cage-2-left)$/ AND $timeFilter "
        'GROUP BY "cage", "camera" ORDER BY time DESC LIMIT 5'
    )
    assert (asked.tags, asked.from_s) == (("cage", "camera"), 120 + 75 + 1800)
    assert gaps.influxql.endswith("LIMIT 4")
    assert ended.influxql.endswith("LIMIT 1")
    assert rule.parts[-4] == Maths("Z", "(($H >= 2.0) && ($C >= 5) && ($Q <= 1800)) - ($E < 2.0)")


def test_a_pool_is_a_rule_of_its_own() -> None:
    rules = [rule for rule in alert_rules(bare(pain(scope="group"))) if rule.about == "pain"]
    (rule,) = rules
    assert rule.title == "North wing: pain treated"
    assert rule.labels["group"] == "treated"
    assert rule.queries[0].to_s == 60 + 2 + 20
    assert rule.queries[0].influxql == (
        'SELECT "value" AS "value" FROM (SELECT 1.0 * "pain" / ("pain" + "no_pain") AS "value", '
        '1.0 * ("pain" + "no_pain") / 300.0 AS "coverage" '
        'FROM (SELECT sum("pain") AS "pain", sum("no_pain") AS "no_pain" '
        'FROM "painwatch_minutes" WHERE "site" = \'North wing\' AND "cage" =~ /^(cage-1)$/ AND $timeFilter '
        'GROUP BY "site", time(1m) fill(none) ORDER BY time DESC) GROUP BY "site" ORDER BY time DESC) '
        'WHERE "coverage" >= 0.5 GROUP BY "site" ORDER BY time DESC LIMIT 1'
    )
    assert rule.annotations["summary"].startswith("Please review the animals: group treated: pain probability")


@pytest.mark.parametrize(
    "rule",
    [
        pain(baseline={"first_minutes": 30}),
        {"name": "pain", "signal": "blind_rules", "above": 1},
        {"name": "pain", "signal": "judged_share", "below": 0.2},
    ],
)
def test_what_the_database_does_not_hold_is_relayed(rule: dict[str, object]) -> None:
    made = compiled(bare(rule), "pain")
    assert made.relayed
    assert made.queries[0].influxql == (
        'SELECT last("raised") AS "value" FROM "painwatch_alarms" WHERE "site" = \'North wing\' AND "rule" = \'pain\' '
        'AND "subject" =~ /^(cage-1|cage-2)$/ AND $timeFilter GROUP BY "cage"'
    )
    assert made.annotations["description"].startswith("Relayed: painwatch judges this")


def test_a_silent_cage_is_told_of_by_a_rule_of_its_own() -> None:
    rule = next(rule for rule in alert_rules(bare()) if rule.labels.get("cage") == "cage-2")
    assert (rule.about, rule.kind, rule.priority) == ("silent", AlarmKind.TECHNICAL, Priority.HIGH)
    assert (rule.no_data, rule.on_error, rule.missing_evaluations) == ("Alerting", "Alerting", 2)
    assert rule.parts == (
        Query(
            "A",
            'SELECT count("coverage") AS "value" FROM "painwatch_minutes" '
            'WHERE "site" = \'North wing\' AND "cage" = \'cage-2\' AND $timeFilter GROUP BY "cage"',
            300,
            ("cage",),
        ),
        Reduce("C", "A", "max"),
        Maths("Z", "($C < 1) - ($C >= 1)"),
        Threshold("T", "Z"),
    )


def test_recordings_of_another_time_are_left_out() -> None:
    fast = {"name": "old", "source": {"kind": "file", "path": "night.mp4", "pace": "fast"}}
    cages = config_of().model_dump(mode="json")["cages"]
    cages[0]["cameras"] = [fast]
    rules = alert_rules(bare(pain(), pain(name="all", scope="all"), cages=cages))
    assert all("cage-1" not in query.influxql for rule in rules for query in rule.queries)
    assert [rule.labels["cage"] for rule in rules if rule.about == "silent"] == ["cage-2"]
    cages[1]["cameras"] = [fast | {"name": "older"}]
    assert alert_rules(bare(pain(), pain(name="all", scope="all"), cages=cages)) == ()


def test_nothing_to_watch_is_no_rule() -> None:
    assert not [rule for rule in alert_rules(config_of()) if rule.about == "notice-undelivered"]
    targets = [{"name": "vet", "url": {"env": "VET"}}]
    told = compiled(config_of(notify={"targets": targets}), "notice-undelivered")
    assert "/^(vet)$/" in told.queries[0].influxql


def test_links_and_the_shown_panel() -> None:
    linked = compiled(bare(pain(runbook="https://example.org/a"), notify={"page": "https://page.example.org"}), "pain")
    assert linked.annotations["runbook_url"] == "https://example.org/a"
    assert linked.annotations["page"] == "https://page.example.org"
    assert linked.annotations["__panelId__"] == "11"
    assert re.fullmatch(r"painwatch-dashboard-cage-[0-9a-f]{8}", linked.annotations["__dashboardUid__"])
    worded = compiled(bare(pain(runbook="Pay 5 $ to {{ x }}")), "pain")
    assert worded.annotations["runbook"] == 'Pay 5 {{ "\\x24" }} to {{ "\\x7b" }}{{ "\\x7b" }} x }}'
    assert "runbook_url" not in worded.annotations


def test_another_model_is_not_said_to_be_of_rendered_animals() -> None:
    config = bare(pain(), classifier={"model": "models/ours"})
    assert "See the model's card for the animals" in compiled(config, "pain").annotations["description"]


@settings(max_examples=30, deadline=None)
@given(config=configs())
def test_welfare_and_technical_are_never_mixed_and_nothing_is_left_out(config: Config) -> None:
    rules = alert_rules(config)
    by_group: dict[str, set[AlarmKind]] = {}
    for rule in rules:
        by_group.setdefault(rule.group, set()).add(rule.kind)
        assert rule.labels["kind"] == rule.kind.value
        assert rule.condition == "T"
        assert len({(query.from_s, query.to_s) for query in rule.queries}) == 1
    assert all(len(kinds) == 1 for kinds in by_group.values())
    assert len({rule.uid for rule in rules}) == len(rules)
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{1,40}", rule.uid) for rule in rules)
    live = any(cage.keeps_wall_time for cage in config.cages)
    wanted = {rule.config.name for rule in rules_of(config) if rule.config.scope == "cage"}
    told = {rule.about for rule in rules}
    assert not live or {name for name in wanted if name != "notice-undelivered"} <= told | _of_targets(config)


def _of_targets(config: Config) -> set[str]:
    return {rule.config.name for rule in rules_of(config) if rule.config.signal.value == "notice_age_s"}

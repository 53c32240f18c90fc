"""Files for Grafana are what it takes, whatever stands in the configuration."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from hypothesis import HealthCheck, given, settings

from fixtures.grafana_configs import config_of, configs, pain
from grafana_semantics.provisioned import rules_in_file, rules_in_group
from painwatch.config.models import Config
from painwatch.grafana.api_forms import group_form
from painwatch.grafana.names import data_source_uid
from painwatch.grafana.provisioning import POINTS_FILE, POLICIES_FILE, RULES_FILE, alerting_files
from painwatch.grafana.rules import alert_rules
from painwatch.grafana.strict import check_files

HERE = Path("/etc/painwatch")


def texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from texts(inner)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=20, deadline=None)
@given(config=configs())
def test_whatever_loads_becomes_files_that_are_taken(tmp_path: Path, config: Config) -> None:
    files = alerting_files(config, HERE)
    paths = [tmp_path / name for name in files]
    for path in paths:
        path.write_text(files[path.name], encoding="utf-8")
    assert check_files(paths) == ()


@settings(max_examples=20, deadline=None)
@given(config=configs())
def test_nothing_in_a_file_is_a_variable_that_was_not_meant(config: Config) -> None:
    for name, text in alerting_files(config, HERE).items():
        document = yaml.safe_load(text)
        for group in document.get("groups", ()):
            for rule in group["rules"]:
                assert "$" not in "".join(rule.pop("annotations").values())
                rule.pop("data")
        for found in texts(document):
            without = re.sub(r"\$__(env\{HOOK\}|file\{/etc/painwatch/hook(-url)?\})", "", found)
            assert "$" not in without.replace("$$", ""), (name, found)


@settings(max_examples=20, deadline=None)
@given(config=configs())
def test_a_file_holds_the_same_rules_as_the_api(config: Config) -> None:
    by_uid = {rule.uid: rule for rule in rules_in_file(alerting_files(config, HERE)[RULES_FILE])}
    rules, source = alert_rules(config), data_source_uid(config.site)
    assert len(by_uid) == len(rules) == len({rule.title for rule in rules})
    for rule in rules:
        form = group_form(rule.group, [rule], folder_uid="f", data_source_uid=source)
        (sent,) = rules_in_group(json.loads(json.dumps(form)))
        assert by_uid[rule.uid] == sent


def test_where_secrets_are_read_from_stands_in_the_file_and_nothing_else() -> None:
    points = [
        {"name": "a", "kind": "slack", "url": {"env": "SLACK_URL"}},
        {"name": "b", "kind": "webhook", "url": {"file": "hook"}, "cleared": False},
        {"name": "c", "kind": "email", "addresses": ["a@b.org", "c$@d.org"]},
    ]
    files = alerting_files(config_of(grafana={"contact_points": points}), HERE)
    told = yaml.safe_load(files[POINTS_FILE])["contactPoints"]
    assert [point["name"] for point in told] == [f"painwatch North wing: {name}" for name in "abc"]
    receivers = [point["receivers"][0] for point in told]
    assert [receiver["type"] for receiver in receivers] == ["slack", "webhook", "email"]
    assert [receiver["disableResolveMessage"] for receiver in receivers] == [False, True, False]
    assert [receiver["settings"] for receiver in receivers] == [
        {"url": "$__env{SLACK_URL}"},
        {"url": "$__file{/etc/painwatch/hook}"},
        {"addresses": "a@b.org;c$$@d.org", "singleEmail": False},
    ]


def test_the_tree_of_policies_begins_with_the_first_contact_point() -> None:
    points = [{"name": "vet", "kind": "email", "addresses": ["a@b.org"]}]
    config = config_of(site="Room $3", grafana={"contact_points": points})
    (tree,) = yaml.safe_load(alerting_files(config, HERE)[POLICIES_FILE])["policies"]
    assert tree["receiver"] == "painwatch Room $$3: vet"
    (own,) = tree["routes"]
    assert own["object_matchers"] == [["source", "=", "painwatch"], ["site", "=", "Room $$3"]]
    assert "receiver" not in own


def test_without_contact_points_there_are_rules_only() -> None:
    assert list(alerting_files(config_of(pain()), HERE)) == [RULES_FILE]

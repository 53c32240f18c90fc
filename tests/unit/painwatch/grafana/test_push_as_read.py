"""What Grafana gives back is taken for what it was given, and for nothing else."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from painwatch.grafana.as_read import (
    REDACTED,
    contact_point_as_read,
    dashboard_as_read,
    group_as_read,
    policy_as_read,
    rule_as_read,
)
from painwatch.grafana.differences import differ

QUERY = {
    "refId": "A",
    "datasourceUid": "db",
    "relativeTimeRange": {"from": 600, "to": 0},
    "model": {"refId": "A", "query": "SELECT 1", "rawQuery": True},
}
RULE: dict[str, Any] = {
    "uid": "painwatch-rule-x",
    "orgID": 1,
    "folderUID": "f",
    "ruleGroup": "g",
    "title": "x",
    "condition": "A",
    "data": [QUERY],
    "noDataState": "KeepLast",
    "execErrState": "KeepLast",
    "for": "90m",
    "missingSeriesEvalsToResolve": 10,
    "labels": {"source": "painwatch"},
}


def given_back(rule: dict[str, Any]) -> dict[str, Any]:
    """As Grafana adds to a rule what it counts and what it assumes."""
    told = copy.deepcopy(rule) | {
        "id": 4,
        "orgID": 7,
        "updated": "2026-01-01T00:00:00Z",
        "provenance": "api",
        "for": "1h30m",
        "keep_firing_for": "0s",
        "isPaused": False,
        "notification_settings": None,
        "record": None,
        "annotations": {},
    }
    for query in told["data"]:
        query["queryType"] = ""
        query["model"] |= {"intervalMs": 1000, "maxDataPoints": 43_200.0}
    return told


def test_a_rule_that_is_given_back_is_the_same() -> None:
    assert not differ(rule_as_read(RULE), rule_as_read(given_back(RULE)))


@pytest.mark.parametrize(
    "change",
    [
        {"title": "y"},
        {"for": "89m"},
        {"for": "90s"},
        {"noDataState": "OK"},
        {"execErrState": "Error"},
        {"keep_firing_for": "1m"},
        {"missingSeriesEvalsToResolve": 2},
        {"labels": {"source": "painwatch", "added": "by hand"}},
        {"labels": {}},
        {"annotations": {"summary": "x"}},
        {"isPaused": True},
        {"folderUID": "another"},
        {"notification_settings": {"receiver": "x"}},
        {"data": []},
        {"data": [QUERY | {"relativeTimeRange": {"from": 601, "to": 0}}]},
        {"data": [QUERY | {"datasourceUid": "another"}]},
        {"data": [QUERY | {"model": QUERY["model"] | {"query": "SELECT 2"}}]},
        {"data": [QUERY | {"model": QUERY["model"] | {"intervalMs": 5}}]},
    ],
)
def test_every_change_of_a_rule_is_seen(change: dict[str, Any]) -> None:
    assert differ(rule_as_read(RULE), rule_as_read(given_back(RULE) | change))


def test_a_group_is_its_interval_and_its_rules_in_order() -> None:
    group = {
        "title": "g",
        "folderUid": "f",
        "interval": 60,
        "rules": [RULE, RULE | {"uid": "painwatch-rule-y", "title": "y"}],
    }
    assert not differ(group_as_read(group), group_as_read(group | {"rules": list(map(given_back, group["rules"]))}))
    assert differ(group_as_read(group), group_as_read(group | {"interval": 10}))
    assert differ(group_as_read(group), group_as_read(group | {"rules": group["rules"][::-1]}))
    assert differ(group_as_read(group), group_as_read(group | {"rules": group["rules"][:1]}))


def test_a_dashboard_counts_by_all_but_its_numbers() -> None:
    model = {"uid": "a", "title": "b", "panels": [{"id": 1, "opacity": 10.0, "links": [1.5]}]}
    told = {"uid": "a", "id": 9, "version": 4, "title": "b", "panels": [{"id": 1, "opacity": 10, "links": [1.5]}]}
    assert not differ(dashboard_as_read(model, "f"), dashboard_as_read(told, "f"))
    assert differ(dashboard_as_read(model, "f"), dashboard_as_read(told, ""))
    assert differ(dashboard_as_read(model, "f"), dashboard_as_read(told | {"refresh": "1m"}, "f"))
    assert differ(dashboard_as_read(model, "f"), dashboard_as_read(told | {"panels": []}, "f"))


@pytest.mark.parametrize(
    ("theirs", "same"), [(REDACTED, True), ("https://a/s3cret", True), ("https://a/0ther", False), (None, False)]
)
def test_secrets_of_contact_points_are_compared_where_that_can_be_and_never_shown(
    theirs: str | None, same: bool
) -> None:
    form = {"uid": "u", "name": "n", "type": "slack", "settings": {"url": "https://a/s3cret", "x": False}}
    told = form | {"settings": {"url": theirs} if theirs else {}, "provenance": "api", "disableResolveMessage": False}
    before = contact_point_as_read(told, ("url",))
    after = contact_point_as_read(form, ("url",), told["settings"])
    assert differ(before, after) is not same
    assert "s3cret" not in f"{before}{after}"
    assert "0ther" not in f"{before}{after}"


def test_contact_points_differ_by_their_other_settings() -> None:
    form: dict[str, Any] = {"uid": "u", "name": "n", "type": "email", "settings": {"addresses": "a@b"}}
    assert not differ(
        contact_point_as_read(form, ()), contact_point_as_read(form | {"disableResolveMessage": False}, ())
    )
    for change in ({"settings": {"addresses": "a@c"}}, {"disableResolveMessage": True}, {"name": "m"}, {"type": "x"}):
        assert differ(contact_point_as_read(form, ()), contact_point_as_read(form | change, ()))


def test_policies_are_the_same_however_grafana_writes_them() -> None:
    route = {"receiver": "a", "routes": [{"object_matchers": [["b", "=", "2"], ["a", "=", '"1"']], "continue": False}]}
    told = {"receiver": "a", "routes": [{"object_matchers": [["a", "=", "1"], ["b", "=", "2"]]}], "provenance": "api"}
    assert not differ(policy_as_read(route), policy_as_read(told))
    assert differ(policy_as_read(route), policy_as_read(told | {"routes": []}))
    assert differ(policy_as_read(route), policy_as_read(told | {"group_wait": "1m"}))

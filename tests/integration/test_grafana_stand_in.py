"""The stand-in for Grafana refuses what Grafana's API does not have: else what passes it would say nothing."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from servers.grafana_stand_in import TOKEN, GrafanaStandIn

QUERY = {"refId": "A", "datasourceUid": "db", "relativeTimeRange": {"from": 600, "to": 0}, "model": {"refId": "A"}}
RULE: dict[str, Any] = {
    "uid": "rule-1",
    "orgID": 1,
    "folderUID": "f",
    "ruleGroup": "g",
    "title": "one",
    "condition": "A",
    "data": [QUERY],
    "noDataState": "KeepLast",
    "execErrState": "KeepLast",
    "for": "0s",
}
GROUP = {"title": "g", "folderUid": "f", "interval": 60, "rules": [RULE]}
POINT = {"uid": "p", "name": "n", "type": "slack", "settings": {"url": "https://x"}}
FOLDER, SOURCE = {"uid": "f", "title": "F"}, {"uid": "db", "name": "db", "type": "influxdb", "access": "proxy"}


@pytest.fixture
def grafana() -> Iterator[GrafanaStandIn]:
    with GrafanaStandIn() as server:
        assert ask(server, "POST", "folders", FOLDER).status_code == 200
        assert ask(server, "POST", "datasources", SOURCE).status_code == 200
        yield server


def ask(grafana: GrafanaStandIn, method: str, path: str, body: Any = None, **headers: str) -> requests.Response:
    with requests.Session() as session:
        all_of_them = {"Authorization": f"Bearer {TOKEN}"} | headers
        return session.request(method, f"{grafana.url}/api/{path}", json=body, headers=all_of_them, timeout=10)


def rule_with(**change: Any) -> dict[str, Any]:
    rule = copy.deepcopy(RULE) | change
    return GROUP | {"rules": [{key: value for key, value in rule.items() if value is not None}]}


PATH = "v1/provisioning/folder/f/rule-groups/g"


def test_a_group_is_kept_with_grafanas_defaults(grafana: GrafanaStandIn) -> None:
    assert ask(grafana, "GET", PATH).status_code == 404
    assert ask(grafana, "PUT", PATH, rule_with(**{"for": "90m"})).status_code == 200
    (rule,) = ask(grafana, "GET", PATH).json()["rules"]
    assert (rule["for"], rule["keep_firing_for"], rule["provenance"]) == ("1h30m", "0s", "api")
    assert rule["data"][0]["model"] == {"refId": "A", "intervalMs": 1000, "maxDataPoints": 43_200}
    assert grafana.complaints == []


@pytest.mark.parametrize(
    "body",
    [
        GROUP | {"interval": 15},
        GROUP | {"interval": "1m"},
        GROUP | {"another": 1},
        GROUP | {"rules": [RULE, RULE | {"uid": "rule-2"}]},
        GROUP | {"rules": [RULE, RULE | {"title": "two"}]},
        rule_with(title=None),
        rule_with(title="x" * 191),
        rule_with(uid="x" * 41),
        rule_with(uid="a b"),
        rule_with(keepFiringFor="1m"),
        rule_with(missing_series_evals_to_resolve=3),
        rule_with(missingSeriesEvalsToResolve=0),
        rule_with(noDataState="keepLast"),
        rule_with(condition="Z"),
        rule_with(labels={"a": 1}),
        rule_with(**{"for": "ten minutes"}),
        rule_with(data=[QUERY | {"relativeTimeRange": {"from": 0, "to": 0}}]),
        rule_with(data=[QUERY | {"datasourceUid": "missing"}]),
        rule_with(data=[]),
    ],
)
def test_a_wrong_group_is_refused_and_kept_in_mind(grafana: GrafanaStandIn, body: dict[str, Any]) -> None:
    assert ask(grafana, "PUT", PATH, body).status_code == 400
    assert len(grafana.complaints) == 1
    assert grafana.alerting.rules == {}


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", "folders", FOLDER, 409),
        ("POST", "folders", {"title": "G", "colour": "red"}, 400),
        ("PUT", "folders/f", {"title": "G"}, 412),
        ("POST", "datasources", SOURCE | {"uid": "b"}, 409),
        ("POST", "datasources", SOURCE | {"uid": "b", "name": "b", "password": "x"}, 400),
        ("PUT", "datasources/uid/db", SOURCE | {"version": 7}, 409),
        ("POST", "dashboards/db", {"dashboard": {"title": "x"}, "folderUid": "missing"}, 400),
        ("POST", "dashboards/db", {"dashboard": {"title": ""}}, 400),
        ("POST", "dashboards/db", {"dashboard": {"title": "x"}, "folder": "f"}, 400),
        ("POST", "v1/provisioning/contact-points", POINT | {"settings": {}}, 400),
        ("POST", "v1/provisioning/contact-points", POINT | {"type": "pigeon"}, 400),
        ("PUT", "v1/provisioning/contact-points/p", POINT, 404),
        ("PUT", "v1/provisioning/policies", {"receiver": "nobody"}, 400),
        ("PUT", "v1/provisioning/policies", {"routes": []}, 400),
        ("PUT", "v1/provisioning/policies", {"receiver": "grafana-default-email", "matchers": ["a=b"]}, 400),
        ("PUT", "v1/provisioning/policies", {"receiver": "grafana-default-email", "routes": [{"to": "x"}]}, 400),
        ("GET", "v1/provisioning/silences", None, 404),
        ("DELETE", "folders/f", None, 404),
    ],
)
def test_each_wrong_request_has_the_answer_of_grafana(
    grafana: GrafanaStandIn, method: str, path: str, body: Any, status: int
) -> None:
    assert ask(grafana, method, path, body).status_code == status


def test_a_contact_point_that_a_policy_uses_stays(grafana: GrafanaStandIn) -> None:
    assert ask(grafana, "POST", "v1/provisioning/contact-points", POINT).json()["settings"] == {"url": "[REDACTED]"}
    tree = {"receiver": "grafana-default-email", "routes": [{"receiver": "n", "object_matchers": [["a", "=", "b"]]}]}
    assert ask(grafana, "PUT", "v1/provisioning/policies", tree).status_code == 202
    assert ask(grafana, "DELETE", "v1/provisioning/contact-points/p").status_code == 409
    # By then the tree is of the API, and cannot become one that is edited by hand.
    edited = ask(grafana, "PUT", "v1/provisioning/policies", tree, **{"X-Disable-Provenance": "true"})
    assert edited.status_code == 409


def test_who_asks_must_be_known(grafana: GrafanaStandIn) -> None:
    assert ask(grafana, "GET", "folders/f", Authorization="Bearer another").status_code == 401
    grafana.permissions = {"folders:read"}
    assert ask(grafana, "GET", "folders/f").status_code == 200
    assert ask(grafana, "GET", "v1/provisioning/policies").status_code == 403

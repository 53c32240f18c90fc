"""Whom Grafana tells, and of what."""

from __future__ import annotations

import pytest

from fixtures.grafana_configs import config_of
from painwatch.config.models import Config
from painwatch.config.sources import Secret
from painwatch.core.errors import PainwatchError
from painwatch.grafana.api_forms import contact_point_form, group_form, route_form, rule_form, tree_with
from painwatch.grafana.contact import Route, contact_points, policy_route
from painwatch.grafana.rules import alert_rules

POINTS = [
    {"name": "vet", "kind": "email", "addresses": ["a@b.org", "c@d.org"], "minimum_priority": "medium"},
    {"name": "room", "kind": "slack", "url": {"env": "SLACK"}, "kinds": ["technical"], "cleared": False},
]
OURS = (("source", "=", "painwatch"), ("site", "=", "North wing"))


def config(*points: dict[str, object], site: str = "North wing") -> Config:
    return config_of(site=site, grafana={"contact_points": list(points)})


def test_contact_points_with_their_settings() -> None:
    vet, room = contact_points(config(*POINTS))
    assert (vet.name, vet.type, vet.told_of_ends) == ("painwatch North wing: vet", "email", True)
    assert vet.settings == {"addresses": "a@b.org;c@d.org", "singleEmail": False}
    assert (room.type, room.settings, room.secret_settings) == ("slack", {}, {"url": Secret(env="SLACK")})
    assert not room.told_of_ends
    assert len({vet.uid, room.uid, contact_points(config(*POINTS, site="South"))[0].uid}) == 3


def test_each_is_told_what_it_takes_and_welfare_apart_from_the_watch() -> None:
    assert policy_route(config(*POINTS)) == Route(
        "",
        OURS,
        ("rule", "cage", "group"),
        routes=(
            Route(
                "painwatch North wing: vet",
                (("kind", "=", "welfare"), ("priority", "=~", "medium|high")),
                ("rule", "cage", "group"),
                goes_on=True,
            ),
            Route(
                "painwatch North wing: vet",
                (("kind", "=", "technical"), ("priority", "=~", "medium|high")),
                ("rule",),
                goes_on=True,
            ),
            Route("painwatch North wing: room", (("kind", "=", "technical"),), ("rule",), goes_on=True),
        ),
    )
    assert policy_route(config()) is None


def test_a_secret_is_read_when_it_is_sent() -> None:
    _, room = contact_points(config(*POINTS))
    form = contact_point_form(room, {Secret(env="SLACK"): "https://hooks.example.org/x"}.__getitem__)
    assert form == {
        "uid": room.uid,
        "name": "painwatch North wing: room",
        "type": "slack",
        "settings": {"url": "https://hooks.example.org/x"},
        "disableResolveMessage": True,
    }

    def none(secret: Secret) -> str:
        raise PainwatchError("is not set", where=f"${secret.env}")

    with pytest.raises(PainwatchError, match="is not set"):
        contact_point_form(room, none)


def test_a_policy_as_grafana_has_it() -> None:
    route = policy_route(config(POINTS[1]))
    assert route is not None
    assert route_form(route) == {
        "object_matchers": [["source", "=", "painwatch"], ["site", "=", "North wing"]],
        "group_by": ["rule", "cage", "group"],
        "routes": [
            {
                "receiver": "painwatch North wing: room",
                "object_matchers": [["kind", "=", "technical"]],
                "group_by": ["rule"],
                "continue": True,
            }
        ],
    }


def test_our_policy_takes_its_place_among_those_of_others() -> None:
    settings = config(POINTS[1])
    route = policy_route(settings)
    assert route is not None
    theirs = {"receiver": "ops", "object_matchers": [["team", "=", "ops"]]}
    narrower = {"receiver": "ops", "object_matchers": [*map(list, OURS), ["rule", "=", "pain"]]}
    other_site = {"receiver": "ops", "object_matchers": [["source", "=", "painwatch"], ["site", "=", "South"]]}
    stale = {"receiver": "gone", "object_matchers": [["site", "=", '"North wing"'], ["source", "=", "painwatch"]]}
    tree = {"receiver": "default", "group_by": ["x"], "routes": [theirs, stale, narrower, other_site]}
    planted = tree_with(tree, route, settings)
    assert planted == {
        "receiver": "default",
        "group_by": ["x"],
        "routes": [route_form(route), theirs, narrower, other_site],
    }
    assert tree_with(planted, route, settings) == planted
    assert tree_with(planted, None, settings)["routes"] == [theirs, narrower, other_site]
    assert tree_with({"receiver": "default"}, None, settings) == {"receiver": "default"}
    behind = {"receiver": "default", "routes": [other_site, stale, theirs]}
    assert tree_with(behind, route, settings)["routes"] == [other_site, route_form(route), theirs]
    taken = {"receiver": "default", "routes": [other_site, theirs, stale]}
    assert tree_with(taken, route, settings)["routes"] == [route_form(route), other_site, theirs]
    assert tree_with({"receiver": "default"}, route, settings)["routes"] == [route_form(route)]


def test_a_rule_and_its_group_as_the_api_has_them() -> None:
    rule = next(rule for rule in alert_rules(config()) if rule.about == "silent")
    form = rule_form(rule, folder_uid="f", data_source_uid="d")
    model = {"intervalMs": 1000, "maxDataPoints": 43_200}
    lone = {"relativeTimeRange": {"from": 0, "to": 0}, "datasourceUid": "__expr__", "queryType": ""}
    source = {"datasource": {"type": "__expr__", "uid": "__expr__"}}
    assert form.pop("data") == [
        {
            "refId": "A",
            "queryType": "",
            "relativeTimeRange": {"from": 300, "to": 0},
            "datasourceUid": "d",
            "model": {
                "refId": "A",
                **model,
                "datasource": {"type": "influxdb", "uid": "d"},
                "rawQuery": True,
                "resultFormat": "time_series",
                "query": rule.queries[0].influxql,
            },
        },
        {
            "refId": "C",
            **lone,
            "model": {"refId": "C", **model, **source}
            | {"type": "reduce", "expression": "A", "reducer": "max", "settings": {"mode": "dropNN"}},
        },
        {
            "refId": "Z",
            **lone,
            "model": {"refId": "Z", **model, **source, "type": "math", "expression": "($C < 1) - ($C >= 1)"},
        },
        {
            "refId": "T",
            **lone,
            "model": {"refId": "T", **model, **source}
            | {"type": "threshold", "expression": "Z", "conditions": [{"evaluator": {"type": "gt", "params": [0]}}]},
        },
    ]
    assert form == {
        "uid": rule.uid,
        "orgID": 1,
        "folderUID": "f",
        "ruleGroup": rule.group,
        "title": "North wing: silent cage-1",
        "condition": "T",
        "for": "120s",
        "keep_firing_for": "0s",
        "missingSeriesEvalsToResolve": 2,
        "noDataState": "Alerting",
        "execErrState": "Alerting",
        "labels": rule.labels,
        "annotations": rule.annotations,
        "isPaused": False,
    }
    group = group_form("g", [rule], folder_uid="f", data_source_uid="d")
    assert (group["title"], group["folderUid"], group["interval"]) == ("g", "f", 60)
    assert group["rules"] == [rule_form(rule, folder_uid="f", data_source_uid="d")]

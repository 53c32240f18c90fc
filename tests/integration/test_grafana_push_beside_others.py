"""What `painwatch grafana push` leaves alone, and what it takes back, in a Grafana that others work in."""

from __future__ import annotations

import copy
from pathlib import Path

import pytest

from fixtures.grafana_push import HOOK, MAIL, SLACK, Site, site_in
from painwatch.grafana.names import folder_uid
from servers.grafana_stand_in import GrafanaStandIn

OTHERS = {
    "receiver": "grafana-default-email",
    "group_by": ["alertname"],
    "group_wait": "30s",
    "routes": [
        {"receiver": "ops", "object_matchers": [["team", "=", "ops"]], "continue": True, "repeat_interval": "1w"},
        {"receiver": "ops", "matchers": ['severity="page"'], "mute_time_intervals": ["night"]},
        {"receiver": "ops", "object_matchers": [["source", "=", "painwatch"], ["site", "=", "another"]]},
    ],
}


def test_what_is_no_longer_asked_for_is_removed_and_nothing_else(site: Site, grafana: GrafanaStandIn) -> None:
    grafana.alerting.points["ops-uid"] = grafana.alerting.points[""] | {"uid": "ops-uid", "name": "ops"}
    grafana.alerting.tree = copy.deepcopy(OTHERS)
    site.push()
    folder = folder_uid("Lab $1")
    ours = next(rule for rule in grafana.alerting.rules.values() if rule["labels"]["rule"] == "some-pain")
    theirs = {
        "theirs": ours | {"uid": "theirs", "title": "theirs", "ruleGroup": "another", "labels": {}},
        "painwatch-x": ours | {"uid": "painwatch-x", "folderUID": "other", "title": "x"},
        "painwatch-y": ours | {"uid": "painwatch-y", "ruleGroup": "b", "labels": ours["labels"] | {"site": "Lab $2"}},
    }
    old = {"painwatch-z": ours | {"uid": "painwatch-z", "ruleGroup": "gone", "title": "gone"}}
    grafana.alerting.rules |= theirs | old
    grafana.alerting.intervals |= {(folder, "another"): 60, (folder, "gone"): 60}
    site.change(lambda settings: settings["alarms"]["rules"].pop())
    site.change(lambda settings: settings["grafana"].update(contact_points=[MAIL]))
    said = site.push()
    assert 'removed alert rule "gone"' in said
    assert 'removed contact point "painwatch Lab $1: night"' in said
    assert ours["uid"] not in grafana.alerting.rules
    assert theirs.keys() <= grafana.alerting.rules.keys()
    assert old.keys().isdisjoint(grafana.alerting.rules)
    assert {point["name"] for point in grafana.alerting.points.values()} == {
        "grafana-default-email",
        "ops",
        "painwatch Lab $1: vets",
    }
    site.push()
    assert site.wrote == []


def test_a_rule_of_somebody_else_in_our_group_is_not_lost(site: Site, grafana: GrafanaStandIn) -> None:
    site.push()
    ours = next(iter(grafana.alerting.rules.values()))
    grafana.alerting.rules["theirs"] = ours | {"uid": "theirs", "title": "of the vet", "labels": {}, "provenance": ""}
    said = site.refused()
    assert 'alert rule "of the vet"' in said
    assert "would be lost" in said
    assert site.wrote == []


@pytest.mark.parametrize(("provenance", "sent"), [("", True), ("api", False)])
def test_policies_of_others_stay_as_they_are(site: Site, grafana: GrafanaStandIn, provenance: str, sent: bool) -> None:
    grafana.alerting.points["ops-uid"] = grafana.alerting.points[""] | {"uid": "ops-uid", "name": "ops"}
    grafana.alerting.tree, grafana.alerting.tree_provenance = copy.deepcopy(OTHERS), provenance
    site.push()
    (written,) = [one for one in grafana.writes if one.path.endswith("policies")]
    assert written.body["routes"][1:] == OTHERS["routes"]
    assert {key: value for key, value in written.body.items() if key != "routes"} == {
        key: value for key, value in OTHERS.items() if key != "routes"
    }
    assert ("x-disable-provenance" in written.headers) is sent
    assert grafana.alerting.tree_provenance == provenance
    site.change(lambda settings: settings["grafana"].update(contact_points=[]))
    said = site.push()
    assert "changed notification policy" in said
    assert grafana.alerting.tree["routes"] == [
        {**route, **({"object_matchers": sorted(route["object_matchers"])} if "object_matchers" in route else {})}
        for route in OTHERS["routes"]
    ]


def test_what_comes_from_a_file_is_left_to_the_file(site: Site, grafana: GrafanaStandIn) -> None:
    grafana.alerting.tree_provenance = "file"
    assert "notification policies: comes from a provisioning file" in site.refused()
    assert site.wrote == []
    grafana.alerting.tree_provenance = ""
    site.push()
    (source,) = grafana.things.data_sources.values()
    source["readOnly"] = True
    site.push()
    site.change(lambda settings: settings["sinks"][0].update(bucket="mice"))
    assert 'data source "painwatch Lab $1": comes from a provisioning file' in site.refused()
    assert site.wrote == []


def test_rules_that_files_made_in_another_folder_are_left_to_the_files(site: Site, grafana: GrafanaStandIn) -> None:
    site.push()
    for rule in grafana.alerting.rules.values():
        rule |= {"folderUID": "made-by-a-file", "provenance": "file"}
    assert "comes from a provisioning file" in site.refused()
    assert site.wrote == []


@pytest.mark.parametrize("name", ["{{ .x }}", 'It\'s "a" $HOME {{'])
def test_rules_of_a_site_with_an_awkward_name_are_its_own(
    tmp_path: Path, grafana: GrafanaStandIn, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    site = site_in(tmp_path, grafana, monkeypatch, site=name)
    site.push()
    there = len(grafana.alerting.rules)
    site.change(lambda settings: settings["alarms"].update(off=["cannot-judge"]))
    site.push()
    assert len(grafana.alerting.rules) == there - 1


def test_a_dashboard_changed_by_hand_is_put_right(site: Site, grafana: GrafanaStandIn) -> None:
    site.push()
    board = grafana.things.dashboards["painwatch-board-cage"]
    board |= {"panels": [], "version": 7}
    assert 'changed dashboard "cage"' in site.push()
    assert len(grafana.things.dashboards["painwatch-board-cage"]["panels"]) == 1
    grafana.things.metas["painwatch-board-cage"]["folderUid"] = ""
    assert 'changed dashboard "cage"' in site.push()


def test_a_dashboard_that_is_changed_meanwhile_is_not_written_over(site: Site, grafana: GrafanaStandIn) -> None:
    site.push()
    grafana.things.dashboards["painwatch-board-cage"]["panels"] = []
    stale = {"status": "version-mismatch", "message": "The dashboard has been changed by someone else"}
    grafana.fail("POST", "dashboards/db", status=412, body=stale, times=1)
    said = site.refused()
    assert "was changed by somebody meanwhile" in said
    assert "--overwrite" in said
    assert grafana.things.dashboards["painwatch-board-cage"]["panels"] == []
    assert 'changed dashboard "cage"' in site.push("--overwrite")
    assert [one.body["overwrite"] for one in grafana.writes] == [True]


def test_another_ones_settings_of_the_data_source_stay(site: Site, grafana: GrafanaStandIn) -> None:
    site.push()
    (source,) = grafana.things.data_sources.values()
    source["jsonData"] |= {"tlsSkipVerify": True, "httpMode": "GET"}
    source["isDefault"] = True
    assert "changed data source" in site.push()
    (source,) = grafana.things.data_sources.values()
    assert source["isDefault"]
    assert source["jsonData"]["tlsSkipVerify"]
    assert source["jsonData"]["httpMode"] == "POST"


def test_two_sites_share_a_grafana(
    site: Site, grafana: GrafanaStandIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.push()
    before = copy.deepcopy((grafana.alerting.rules, grafana.alerting.points, grafana.alerting.tree["routes"]))
    (tmp_path / "b").mkdir()
    other = site_in(tmp_path / "b", grafana, monkeypatch, site="Lab 2", folder="Lab 2", contact_points=[SLACK, HOOK])
    with monkeypatch.context() as patched:
        patched.setattr("painwatch.grafana.wanted.dashboards", lambda *_: ())
        other.push()
        assert before[0].items() <= grafana.alerting.rules.items()
        assert before[1].items() <= grafana.alerting.points.items()
        assert all(route in grafana.alerting.tree["routes"] for route in before[2])
    site.push()
    assert site.wrote == []


def test_the_folder_of_another_site_is_never_to_be_deleted(
    site: Site, grafana: GrafanaStandIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.push()
    (tmp_path / "b").mkdir()
    said = site_in(tmp_path / "b", grafana, monkeypatch, site="Lab 2").refused()
    assert "a folder with the same name" in said
    assert "give `folder` of `grafana` another title" in said
    assert "delete" not in said


def test_without_contact_points_the_policies_are_not_touched(
    tmp_path: Path, grafana: GrafanaStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = site_in(tmp_path, grafana, monkeypatch, contact_points=[])
    said = site.push()
    assert "polic" not in said
    assert not [path for _, path in site.wrote if path.endswith("policies")]

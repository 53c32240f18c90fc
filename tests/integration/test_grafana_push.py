"""`painwatch grafana push`: what a Grafana holds afterwards, and what it was asked for on the way."""

from __future__ import annotations

import copy
from collections.abc import Iterator
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


@pytest.fixture
def grafana() -> Iterator[GrafanaStandIn]:
    with GrafanaStandIn() as server:
        yield server


@pytest.fixture
def site(tmp_path: Path, grafana: GrafanaStandIn, monkeypatch: pytest.MonkeyPatch) -> Site:
    return site_in(tmp_path, grafana, monkeypatch)


def test_a_push_makes_everything_and_the_next_one_writes_nothing(site: Site, grafana: GrafanaStandIn) -> None:
    said = site.push()
    assert 'made folder "painwatch"' in said
    assert 'made data source "painwatch Lab $1"' in said
    assert said.count("made rule group") == 3
    assert said.count("made contact point") == 3
    assert said.count("made dashboard") == 2
    assert "changed notification policy" in said
    assert {one["folderUID"] for one in grafana.alerting.rules.values()} == {folder_uid("Lab $1")}
    assert {one["provenance"] for one in grafana.alerting.rules.values()} == {"api"}
    again = site.push()
    assert site.wrote == []
    assert "nothing to change" in again


def test_what_is_made_works_together(site: Site, grafana: GrafanaStandIn) -> None:
    site.push()
    (source,) = grafana.things.data_sources.values()
    assert (source["type"], source["url"], source["jsonData"]["dbName"]) == ("influxdb", "http://db:8086", "rats")
    assert source["jsonData"]["version"] == "InfluxQL"
    assert grafana.things.secrets[source["uid"]] == {"httpHeaderValue1": "Token 1nflux-s3cret"}
    asked = {query["datasourceUid"] for rule in grafana.alerting.rules.values() for query in rule["data"]}
    assert asked == {source["uid"], "__expr__"}
    told = {route["receiver"] for route in grafana.alerting.tree["routes"][0]["routes"]}
    assert told == {point["name"] for uid, point in grafana.alerting.points.items() if uid}


def test_a_dry_run_reads_and_shows_the_difference(site: Site, grafana: GrafanaStandIn) -> None:
    code, output = site.ask("push", "--dry-run")
    assert (code, site.wrote) == (3, [])
    assert 'would make folder "painwatch"' in output
    site.push()
    assert site.ask("push", "--dry-run")[0] == 0
    site.change(lambda settings: settings["grafana"].update(folder="Rats"))
    site.change(lambda settings: settings["alarms"]["rules"][0].update(above=0.7))
    code, output = site.ask("push", "--dry-run")
    assert (code, site.wrote) == (3, [])
    assert 'would change folder "Rats"' in output
    assert '-  "title": "painwatch"' in output
    assert '+  "title": "Rats"' in output
    assert "0.7" in output
    assert "would change rule group" in output
    assert output.count("would ") == 2


def test_only_what_differs_is_written(site: Site, grafana: GrafanaStandIn) -> None:
    site.push()
    site.change(lambda settings: settings["alarms"]["rules"][0].update(above=0.7))
    site.push()
    ((method, path),) = site.wrote
    assert (method, path.split("/")[:3]) == ("PUT", ["v1", "provisioning", "folder"])
    assert "welfare" in path


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


def test_secrets_are_sent_again_when_asked_for_and_never_shown(
    site: Site, grafana: GrafanaStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.push()
    monkeypatch.setenv("SLACK_URL", "https://hooks.slack.example/services/an0ther")
    said = site.push()
    assert "--renew-secrets" in said
    assert site.wrote == []
    said = site.push("--renew-secrets")
    assert "sent its secrets again: contact point" in said
    assert {path.split("/")[0] for _, path in site.wrote} == {"datasources", "v1"}
    assert len(site.wrote) == 3
    urls = {point["name"]: point["settings"].get("url") for point in grafana.alerting.points.values()}
    assert urls["painwatch Lab $1: night"] == "https://hooks.slack.example/services/an0ther"
    # A web hook's address is none to Grafana, so that a change of it can be seen.
    monkeypatch.setenv("HOOK_URL", "https://hook.example/an0ther")
    code, output = site.ask("push", "--dry-run")
    assert code == 3
    assert "*** (another)" in output
    assert "an0ther" not in output
    assert 'changed contact point "painwatch Lab $1: pager"' in site.push()


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
    assert not [path for _, path in site.wrote if not path.endswith("policies")]


def test_a_grafana_below_a_folder_of_its_host_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with GrafanaStandIn(prefix="/monitoring/grafana") as grafana:
        site = site_in(tmp_path, grafana, monkeypatch)
        site.push()
        site.push()
        assert site.wrote == []
        site.change(lambda settings: settings["grafana"].update(url=grafana.url + "/"))
        site.push()


@pytest.mark.parametrize(
    ("version", "said"),
    [("11.4.0", "does not know `missingSeriesEvalsToResolve`"), ("12.0.1", "12.0.3 does not"), ("", "")],
)
def test_an_older_grafana_is_told_what_it_knows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: str, said: str
) -> None:
    with GrafanaStandIn(version=version) as grafana:
        site = site_in(tmp_path, grafana, monkeypatch)
        assert said in site.push()
        assert "nothing to change" in site.push()
        assert site.wrote == []


def test_a_grafana_that_is_too_old_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with GrafanaStandIn(version="10.4.1") as grafana:
        site = site_in(tmp_path, grafana, monkeypatch)
        assert "is Grafana 10.4.1; painwatch needs 11.0 or later" in site.refused()
        assert [one.path for one in grafana.asked] == ["health"]


def test_a_setting_that_grafana_drops_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with GrafanaStandIn(version="11.4.0") as grafana:
        grafana.version = ""
        site = site_in(tmp_path, grafana, monkeypatch)
        assert "does not know `missingSeriesEvalsToResolve`" in site.push()


def test_without_contact_points_the_policies_are_not_touched(
    tmp_path: Path, grafana: GrafanaStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = site_in(tmp_path, grafana, monkeypatch, contact_points=[])
    said = site.push()
    assert "polic" not in said
    assert not [path for _, path in site.wrote if path.endswith("policies")]


@pytest.mark.parametrize(
    "fails_at", ["folders", "datasources", "v1/provisioning/contact", "dashboards", "v1/provisioning/policies"]
)
def test_a_push_that_fails_halfway_is_gone_on_with(site: Site, grafana: GrafanaStandIn, fails_at: str) -> None:
    for method in ("POST", "PUT"):
        grafana.fail(method, fails_at, status=500, body={"message": "database is locked"})
    said = site.refused()
    assert "has a fault of its own (500: database is locked)" in said
    assert "Done: " in said
    assert "Not done: " in said
    made = site.wrote[:-1]
    grafana.mend()
    site.push()
    assert not set(made) & set(site.wrote)
    assert "nothing to change" in site.push()
    assert site.wrote == []

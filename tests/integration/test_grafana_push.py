"""`painwatch grafana push`: what a Grafana holds afterwards, and what it was asked for on the way."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from fixtures.grafana_push import Site, site_in
from painwatch.cli import app
from painwatch.grafana.dashboards.places import Board, uid_of_board
from painwatch.grafana.names import folder_uid
from servers.grafana_stand_in import TOKEN, GrafanaStandIn

SHIPPED = Path(__file__).parents[2] / "config.yaml"


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
    assert f"overview: {grafana.url}/d/{uid_of_board('Lab $1', Board.OVERVIEW)}" in again


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


def test_whose_alerts_begin_anew_is_told_before(site: Site) -> None:
    assert "judges them anew" not in site.push()
    site.change(lambda settings: settings["alarms"]["rules"][0].update(runbook="Look at it."))
    assert "judges them anew" not in site.push()
    site.change(lambda settings: settings["alarms"]["rules"][0].update(above=0.7))
    code, output = site.ask("push", "--dry-run")
    assert (code, "judges them anew (Lab $1: sustained-pain)" in output) == (3, True)
    site.push()
    # Grafana goes by the place in the group, too.
    site.change(lambda settings: settings["alarms"]["rules"].reverse())
    assert "judges them anew (Lab $1: sustained-pain, Lab $1: some-pain)" in site.push()
    site.change(lambda settings: settings["grafana"].update(folder="Rats"))
    assert re.search(r"judges them anew \(.* and \d+ more\)", site.push())


def test_only_what_differs_is_written(site: Site, grafana: GrafanaStandIn) -> None:
    site.push()
    site.change(lambda settings: settings["alarms"]["rules"][0].update(above=0.7))
    site.push()
    ((method, path),) = site.wrote
    assert (method, path.split("/")[:3]) == ("PUT", ["v1", "provisioning", "folder"])
    assert "welfare" in path


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
        told = site.push()
        assert said in told
        # It is 0 in all rules.
        assert "keep_firing_for" not in told
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


def test_the_shipped_configuration_with_its_real_dashboards(
    tmp_path: Path, grafana: GrafanaStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = yaml.safe_load(SHIPPED.read_text())
    settings |= {"sinks": [{"url": "http://db:8086"}], "grafana": {"url": grafana.url, "token": {"env": "TOKEN"}}}
    (tmp_path / "config.yaml").write_text(yaml.safe_dump(settings))
    monkeypatch.setenv("TOKEN", TOKEN)
    site = Site(tmp_path / "config.yaml", grafana)
    assert site.push().count("made dashboard") == 4
    links = {rule["annotations"].get("__dashboardUid__") for rule in grafana.alerting.rules.values()}
    assert links <= grafana.things.dashboards.keys()
    assert "nothing to change" in site.push()
    assert site.wrote == []


def test_exported_files_are_what_check_lets_through(site: Site, tmp_path: Path) -> None:
    folder = tmp_path / "provisioning"
    assert site.ask("export", str(folder))[0] == 0
    files = sorted(map(str, (folder / "alerting").iterdir()))
    assert CliRunner().invoke(app, ["grafana", "check", *files]).exit_code == 0
    rules = folder / "alerting" / "painwatch-rules.yaml"
    rules.write_text(rules.read_text().replace("noDataState: KeepLast", "noDataState: KeepAll", 1))
    result = CliRunner().invoke(app, ["grafana", "check", str(rules)])
    assert result.exit_code == 1
    assert result.output.startswith(f"{rules}:")
    assert "KeepAll" in result.output

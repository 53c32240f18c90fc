"""Whatever goes wrong between painwatch and a Grafana, a person is told what, where and how to mend it."""

from __future__ import annotations

import socket
import threading
from pathlib import Path
from typing import Any

import pytest

from fixtures.certificates import make_certificate
from fixtures.grafana_push import SLACK, Site, site_in
from fixtures.waiting import wait_until
from painwatch.config.grafana import GrafanaConfig
from painwatch.core.errors import PainwatchError
from painwatch.grafana.client import Grafana
from painwatch.grafana.faults import GrafanaFault
from servers.grafana_stand_in import TOKEN, GrafanaStandIn


@pytest.mark.parametrize(
    ("path", "fault", "told", "mend"),
    [
        ("folders", {"status": 401, "body": {"message": "Expired API key"}}, "does not know the token", "new token"),
        ("folders", {"status": 403, "body": {"message": "Access denied"}}, "refuses (403: Access denied)", "Admin"),
        (
            "v1/provisioning/contact",
            {"status": 403, "body": {"message": "Permissions needed: any of a:read, b:read"}},
            "lacks any of a:read, b:read",
            "that permission",
        ),
        ("v1/provisioning/alert-rules", {"status": 404, "body": {"message": "Not found"}}, "(404: Not found)", "11.0"),
        ("folders", {"status": 409, "body": {"message": "a folder with the same name"}}, "in the way", "rename"),
        ("folders", {"status": 412, "body": {"status": "version-mismatch"}}, "changed by somebody", "--dry-run"),
        (
            "folders",
            {"status": 412, "body": {"status": "name-exists", "message": "y"}},
            "another by that name",
            "rename",
        ),
        ("dashboards", {"status": 422, "body": {"message": "alert validation"}}, "does not take it (422", "version"),
        ("folders", {"status": 429, "body": {"message": "slow down"}}, "asked too often", "later"),
        ("folders", {"status": 413, "kind": "html"}, "a web page", "larger bodies"),
        ("folders", {"status": 500, "body": {"message": "locked"}}, "fault of its own (500: locked)", "its log"),
        ("folders", {"status": 502, "kind": "html"}, 'a web page, "Sign in - proxy"', "its log"),
        ("health", {"status": 200, "kind": "html"}, "this is not Grafana's API", "start page"),
        ("health", {"status": 404, "kind": "html"}, "this is not Grafana's API", "start page"),
        ("health", {"status": 200, "body": {"status": "pass"}}, "this is not Grafana's API", "start page"),
        ("v1/provisioning/policies", {"status": 200, "body": [1]}, "this is not Grafana's API", "start page"),
        ("v1/provisioning/alert-rules", {"status": 200, "body": {"a": 1}}, "this is not Grafana's API", "start page"),
        (
            "health",
            {"status": 302, "kind": "moved", "body": "https://g.example/"},
            "(302, to https://g.example/)",
            "url",
        ),
        ("folders", {"status": 500, "body": 17}, "fault of its own (500: 17)", "its log"),
        ("folders", {"status": 200, "kind": "cut"}, "breaks off the connection", "it goes on"),
        ("folders", {"status": 500, "body": {"message": f"of {TOKEN}"}}, "(500: of ***)", "its log"),
    ],
)
def test_each_fault_is_told_with_its_mend(
    site: Site, grafana: GrafanaStandIn, path: str, fault: dict[str, Any], told: str, mend: str
) -> None:
    grafana.fail("ANY", path, **fault)
    said = site.refused()
    assert said.startswith(f"{grafana.url}, ")
    assert told in said
    assert mend in said
    assert site.wrote == []


def test_what_redirects_is_not_followed(site: Site, grafana: GrafanaStandIn) -> None:
    # A POST that is followed becomes a GET, which would seem to have succeeded.
    grafana.fail("POST", "folders", status=301, kind="moved", body=f"{grafana.url}/api/folders")
    assert "leads elsewhere (301" in site.refused()
    assert [one.method for one in grafana.asked if one.path == "folders"] == []


def test_what_answers_late_is_not_waited_for(site: Site, grafana: GrafanaStandIn) -> None:
    site.change(lambda settings: settings["grafana"].update(timeout_s=0.2))
    grafana.fail("GET", "folders", kind="hang")
    assert "does not answer in time" in site.refused()


PERMISSIONS = frozenset(
    {
        *("folders:read", "folders:create", "datasources:read", "datasources:create"),
        *("dashboards:read", "dashboards:write", "alert.provisioning:read", "alert.provisioning:write"),
    }
)


@pytest.mark.parametrize("missing", sorted(PERMISSIONS))
def test_a_missing_permission_is_named(site: Site, grafana: GrafanaStandIn, missing: str) -> None:
    grafana.permissions = set(PERMISSIONS - {missing})
    assert f"the token's service account lacks {missing};" in site.refused()


def test_these_permissions_are_enough(site: Site, grafana: GrafanaStandIn) -> None:
    grafana.permissions = set(PERMISSIONS)
    site.push()


def test_a_database_that_grafana_does_not_reach_is_told(site: Site, grafana: GrafanaStandIn) -> None:
    site.push()
    body = {"status": "ERROR", "message": "dial tcp: connection refused"}
    uid = next(iter(grafana.things.data_sources))
    grafana.fail("GET", f"datasources/uid/{uid}/health", status=400, body=body)
    assert "! Grafana does not reach the database at http://db:8086: dial tcp: connection refused" in site.push()
    grafana.mend()
    grafana.fail("GET", f"datasources/uid/{uid}/health", status=403)
    assert "does not reach" not in site.push()


def test_a_token_that_is_none_is_not_sent(site: Site, grafana: GrafanaStandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    for token in ("", "a b", "a\nb", "schlüssel"):
        monkeypatch.setenv("GRAFANA_TOKEN", token)
        said = site.refused()
        assert "`token` of `grafana`" in said
        assert not token or token not in said
        assert grafana.asked == []
    monkeypatch.setenv("GRAFANA_TOKEN", "glsa_another")
    assert "does not know the token (401: Invalid API key)" in site.refused()
    monkeypatch.delenv("GRAFANA_TOKEN")
    assert "$GRAFANA_TOKEN: is not set; set it to the token of Grafana" in site.refused()
    site.change(lambda settings: settings["grafana"].pop("token"))
    assert "there is no `token` under `grafana`" in site.refused()


@pytest.mark.parametrize("address", ["", "hooks.example/s3cret", "https://hooks.example/s3 cret", "ftp://s3cret"])
def test_what_is_no_address_is_neither_sent_nor_shown(
    site: Site, grafana: GrafanaStandIn, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    monkeypatch.setenv("SLACK_URL", address)
    said = site.refused()
    assert 'what is read for contact point "painwatch Lab $1: night": is no address' in said
    assert "cret" not in said
    assert grafana.asked == []


def test_an_address_that_grafana_does_not_take_is_not_repeated(
    site: Site, grafana: GrafanaStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = "https://hooks.example/%zz?a=1&b=s3cret"
    # A file that was made on Windows ends in two characters.
    monkeypatch.setenv("SLACK_URL", f"{address}\r\n")
    site.change(lambda settings: settings["grafana"].update(contact_points=[SLACK]))
    grafana.fail("POST", "v1/provisioning/contact", status=400, body={"message": f'invalid URL "{address}"'})
    said = site.refused()
    assert 'invalid URL "***"' in said
    assert "s3cret" not in said


def test_without_a_sink_there_is_nothing_to_read(site: Site) -> None:
    site.change(lambda settings: settings.pop("sinks"))
    assert "docs/influxdb.md" in site.refused()


def test_nothing_listens_or_nobody_knows_the_name(site: Site) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    site.change(lambda settings: settings["grafana"].update(url=f"http://127.0.0.1:{port}"))
    assert "nothing listens at its address; start it" in site.refused()
    site.change(lambda settings: settings["grafana"].update(url="http://grafana.invalid"))
    assert "the name of the host is not known" in site.refused()


def test_a_certificate_must_be_trusted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    certificate = make_certificate(tmp_path, name="grafana")
    with GrafanaStandIn(certificate=certificate) as grafana:
        site = site_in(tmp_path, grafana, monkeypatch)
        said = site.refused()
        assert "gives no safe connection" in said
        assert "REQUESTS_CA_BUNDLE" in said
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate[0]))
        site.push()


def test_a_request_is_broken_off_from_another_thread(grafana: GrafanaStandIn) -> None:
    grafana.fail("GET", "folders", kind="hang")
    faults: list[PainwatchError] = []
    with Grafana(GrafanaConfig(url=grafana.url, timeout_s=60), TOKEN) as client:

        def ask() -> None:
            try:
                client.folder("x")
            except GrafanaFault as fault:
                faults.append(fault)

        thread = threading.Thread(target=ask, name="http-asking")
        thread.start()
        wait_until(lambda: grafana.hanging > 0, what="a request that hangs")
        client.break_off()
        thread.join(30)
        assert [fault.what for fault in faults] == ["breaks off the connection"]
        with pytest.raises(GrafanaFault, match="was broken off"):
            client.folder("x")

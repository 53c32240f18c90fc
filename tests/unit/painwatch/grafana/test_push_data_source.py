"""The data source of a site: what Grafana is told of its InfluxDB, and what of it is a secret."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from fixtures.grafana_push import settings_for
from painwatch.config.models import Config
from painwatch.config.sources import Secret
from painwatch.core.errors import PainwatchError
from painwatch.grafana.data_source import data_source_as_read, data_source_file, data_source_form, merged
from painwatch.grafana.differences import differ


def config_with(**grafana: Any) -> Config:
    settings = settings_for("http://g:3000", **grafana)
    settings["sinks"].append({"name": "second", "url": "http://second:8086", "bucket": "mice"})
    return Config.model_validate(settings)


def read(secret: Secret) -> str:
    return f"s3cret {secret.env}"


LOGINS: list[tuple[dict[str, Any] | None, dict[str, str]]] = [
    (None, {}),
    ({"token": {"env": "T"}}, {"httpHeaderValue1": "Token s3cret T"}),
    ({"username": "reader", "password": {"env": "P"}}, {"basicAuthPassword": "s3cret P"}),
]


@pytest.mark.parametrize(("login", "secret"), LOGINS)
def test_each_login_goes_where_grafana_hides_it(login: dict[str, Any] | None, secret: dict[str, str]) -> None:
    form = data_source_form(config_with(database_login=login), read)
    assert form["secureJsonData"] == secret
    assert "s3cret" not in str({key: value for key, value in form.items() if key != "secureJsonData"})
    assert form["basicAuth"] is ("basicAuthPassword" in secret)
    assert form["basicAuthUser"] == ("reader" if form["basicAuth"] else "")
    assert ("httpHeaderName1" in form["jsonData"]) is ("httpHeaderValue1" in secret)


def test_it_is_the_chosen_sink_as_grafana_reaches_it() -> None:
    first = data_source_form(config_with(), read)
    assert (first["url"], first["jsonData"]["dbName"]) == ("http://db:8086", "rats")
    second = data_source_form(config_with(sink="second", database_url="http://from-there:8086"), read)
    assert (second["url"], second["jsonData"]["dbName"]) == ("http://from-there:8086", "mice")
    assert first["uid"] == second["uid"]


def test_a_file_names_where_secrets_are_and_holds_none(tmp_path: Path) -> None:
    by_env = data_source_file(config_with(), tmp_path)["datasources"][0]
    assert by_env["secureJsonData"] == {"httpHeaderValue1": "Token $__env{INFLUX_TOKEN}"}
    assert by_env["name"] == "painwatch Lab $$1"
    assert not by_env["editable"]
    by_file = data_source_file(config_with(database_login={"token": {"file": "t"}}), tmp_path)["datasources"][0]
    assert by_file["secureJsonData"] == {"httpHeaderValue1": f"Token $__file{{{tmp_path / 't'}}}"}
    assert "secureJsonData" not in data_source_file(config_with(database_login=None), tmp_path)["datasources"][0]


@pytest.mark.parametrize(("login", "secret"), LOGINS)
def test_what_grafana_gives_back_is_the_same(login: dict[str, Any] | None, secret: dict[str, str]) -> None:
    form = data_source_form(config_with(database_login=login), read)
    told = {key: value for key, value in form.items() if key != "secureJsonData"}
    told |= {"id": 3, "version": 2, "readOnly": False, "database": "", "user": "", "isDefault": True}
    told |= {"secureJsonFields": dict.fromkeys(secret, True), "jsonData": form["jsonData"] | {"tlsSkipVerify": True}}
    wanted = data_source_as_read(form, secret)
    assert not differ(wanted, data_source_as_read(told, secret))
    assert "s3cret" not in str(wanted)
    for change in ({"url": "http://x"}, {"name": "x"}, {"access": "direct"}, {"jsonData": {}}, {"user": "x"}):
        assert differ(wanted, data_source_as_read(told | change, secret))
    assert differ(wanted, data_source_as_read(told | {"secureJsonFields": {}}, secret)) is bool(secret)


def test_a_change_keeps_what_is_not_ours() -> None:
    form = data_source_form(config_with(database_login=None), read)
    found = form | {"version": 5, "isDefault": True, "jsonData": {"httpHeaderName1": "Authorization", "maxSeries": 9}}
    change = merged(form, found)
    assert (change["version"], change["isDefault"]) == (5, True)
    assert change["jsonData"] == form["jsonData"] | {"maxSeries": 9}


def test_without_a_sink_it_says_what_to_add() -> None:
    settings = settings_for("http://g:3000") | {"sinks": []}
    with pytest.raises(PainwatchError, match=r"docs/influxdb\.md"):
        data_source_form(Config.model_validate(settings), read)

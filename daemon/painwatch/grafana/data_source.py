"""The data source that a site's dashboards and rules ask: its InfluxDB, in InfluxQL, whatever its version. Pure."""

from __future__ import annotations

import functools
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any

from painwatch.config.delivery import InfluxConfig
from painwatch.config.models import Config
from painwatch.config.sources import Secret
from painwatch.core.errors import PainwatchError
from painwatch.grafana.as_read import HIDDEN
from painwatch.grafana.file_values import literal, pointed_to
from painwatch.grafana.names import data_source_uid

TYPE = "influxdb"

_OURS = ("version", "dbName", "httpMode", "httpHeaderName1")
"""What painwatch sets in `jsonData`; what else stands there is somebody's own setting, and stays."""

_COMPARED = ("name", "type", "access", "url", "database", "user", "basicAuthUser")


def data_source_name(site: str) -> str:
    """What people see it called."""
    return f"painwatch {site}"


def sink_of(config: Config) -> InfluxConfig:
    """The sink that Grafana reads. Raises PainwatchError if there is none."""
    found, wanted = config.grafana_sink, config.grafana.sink
    if found is None:
        what = "there are no `sinks`" if wanted is None else f'there is no sink "{wanted}"'
        mend = "add the InfluxDB that Grafana is to read: see docs/influxdb.md"
        raise PainwatchError(what, where="`sink` of `grafana`", mend=mend)
    return found


def data_source_form(config: Config, read: Callable[[Secret], str]) -> dict[str, Any]:
    """The body of POST /api/datasources, and of PUT /api/datasources/uid/{uid}.

    Args:
        read: gives what is behind a Secret; raises PainwatchError if there is none.
    """
    sink, login = sink_of(config), config.grafana.database_login
    own: dict[str, str] = {"version": "InfluxQL", "dbName": sink.bucket, "httpMode": "POST"}
    secret: dict[str, str] = {}
    if login is not None and login.token is not None:
        own["httpHeaderName1"] = "Authorization"
        secret["httpHeaderValue1"] = f"Token {read(login.token).strip()}"
    elif login is not None and login.password is not None:
        secret["basicAuthPassword"] = read(login.password)
    return {
        "uid": data_source_uid(config.site),
        "name": data_source_name(config.site),
        "type": TYPE,
        "access": "proxy",
        "url": config.grafana.database_url or sink.url,
        "basicAuth": login is not None and login.username is not None,
        "basicAuthUser": (login.username if login is not None else None) or "",
        "jsonData": own,
        "secureJsonData": secret,
    }


def data_source_file(config: Config, config_dir: Path) -> dict[str, Any]:
    """The same for a file of Grafana's folder provisioning/datasources: Grafana itself reads what is secret."""
    form = data_source_form(config, functools.partial(pointed_to, config_dir=config_dir))
    hidden = form.pop("secureJsonData")
    entry = literal(form) | ({"secureJsonData": hidden} if hidden else {}) | {"editable": False}
    return {"apiVersion": 1, "datasources": [entry]}


def data_source_as_read(form: Mapping[str, Any], secret: Collection[str]) -> dict[str, Any]:
    """What counts of a data source: of a form, or of what Grafana gives.

    Args:
        secret: names of what is to be secret in it; of that, only whether it is there can be known.
    """
    there = [name for name, it in (form.get("secureJsonFields") or form.get("secureJsonData") or {}).items() if it]
    kept = {key: form.get(key) or "" for key in _COMPARED}
    json_data = {key: value for key, value in (form.get("jsonData") or {}).items() if key in _OURS}
    secrets = {name: HIDDEN for name in secret if name in there}
    return {**kept, "basicAuth": bool(form.get("basicAuth")), "jsonData": json_data, "secureJsonData": secrets}


def merged(form: Mapping[str, Any], found: Mapping[str, Any]) -> dict[str, Any]:
    """The form that changes `found` into what is wanted, and leaves all that is not painwatch's as it is there."""
    others = {key: value for key, value in (found.get("jsonData") or {}).items() if key not in _OURS}
    kept = {key: found[key] for key in ("isDefault", "withCredentials", "version") if key in found}
    return {**kept, **form, "jsonData": others | form["jsonData"]}

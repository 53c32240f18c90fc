"""What is asked of a Grafana: its HTTP API, as far as painwatch uses it.

grafana-api 1.0.3 knows folders and dashboards; data sources by uid, alerting and annotations it does not.
"""

from __future__ import annotations

import re
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote, urlencode

from painwatch.config.grafana import GrafanaConfig
from painwatch.grafana.session import Session

EDITABLE = {"X-Disable-Provenance": "true"}
"""Leaves what is written to be edited in Grafana by hand, too."""

_PROVISIONING = "/v1/provisioning"


class Grafana:
    """One Grafana, as a context. For one thread, but for `break_off`. All calls raise GrafanaFault."""

    def __init__(self, settings: GrafanaConfig, token: str) -> None:
        """Connects to nothing yet. Raises PainwatchError for what cannot be a token."""
        self._session = Session(settings, token)
        self._ask, self._face, self._api = self._session.ask, self._session.face, self._session.api

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Lets the connections go."""
        self._session.close()

    def break_off(self) -> None:
        """Ends a request that is in flight, from another thread, and lets no more begin."""
        self._session.break_off()

    def version(self) -> tuple[int, ...]:
        """Such as (12, 1, 0); empty if it does not say. Needs no token."""
        told = self._ask("asking who it is", lambda: self._api.GET("/health"))
        if not isinstance(told, dict) or "database" not in told:
            raise self._session.misread("asking who it is", told)
        numbers = re.match(r"(\d+)\.(\d+)(?:\.(\d+))?", str(told.get("version") or ""))
        return tuple(int(number) for number in numbers.groups(default="0")) if numbers else ()

    def folder(self, uid: str) -> Any | None:
        return self._ask("reading the folder", lambda: self._face.folder.get_folder(uid), may_lack=True)

    def make_folder(self, uid: str, title: str) -> None:
        self._ask(f'making the folder "{title}"', lambda: self._face.folder.create_folder(title, uid))

    def rename_folder(self, uid: str, title: str, version: int | None) -> None:
        """`version`: of the folder that is renamed."""
        self._ask(f'renaming the folder "{title}"', lambda: self._face.folder.update_folder(uid, title, version))

    def data_source(self, uid: str) -> Any | None:
        return self._ask("reading the data source", lambda: self._api.GET(f"/datasources/uid/{uid}"), may_lack=True)

    def make_data_source(self, form: dict[str, Any]) -> None:
        self._ask("making the data source", lambda: self._face.datasource.create_datasource(form))

    def change_data_source(self, uid: str, form: dict[str, Any]) -> None:
        """`version` in the form: of the one that is changed; another one since then is refused with 409."""
        self._ask("changing the data source", lambda: self._api.PUT(f"/datasources/uid/{uid}", json=form))

    def try_data_source(self, uid: str) -> None:
        """Lets Grafana ask the database. Raises GrafanaFault with status 400 if it is not answered."""
        self._ask("trying the data source", lambda: self._api.GET(f"/datasources/uid/{uid}/health"))

    def dashboard(self, uid: str) -> Any | None:
        """With its `meta` beside it."""
        return self._ask("reading a dashboard", lambda: self._face.dashboard.get_dashboard(uid), may_lack=True)

    def save_dashboard(self, form: dict[str, Any]) -> None:
        """`version` in the form's `dashboard`: of the one that it replaces; another one is refused with 412."""
        what = f'saving the dashboard "{form["dashboard"].get("title")}"'
        self._ask(what, lambda: self._face.dashboard.update_dashboard(form))

    def rules(self) -> list[Any]:
        """All alert rules that the token may see, of all folders."""
        return self._listed("reading the alert rules", "/alert-rules")

    def rule_group(self, folder_uid: str, name: str) -> Any | None:
        path = _group_path(folder_uid, name)
        return self._ask(f'reading the rule group "{name}"', lambda: self._api.GET(path), may_lack=True)

    def put_rule_group(self, folder_uid: str, name: str, form: dict[str, Any]) -> Any:
        """Gives the group as Grafana understood it. Rules of the group that are not in the form are deleted."""
        path = _group_path(folder_uid, name)
        return self._ask(f'saving the rule group "{name}"', lambda: self._api.PUT(path, json=form))

    def delete_rule(self, uid: str) -> None:
        path = f"{_PROVISIONING}/alert-rules/{uid}"
        self._ask(f"deleting the alert rule {uid}", lambda: self._api.DELETE(path), may_lack=True)

    def contact_points(self) -> list[Any]:
        """All of them, what is secret in them as `[REDACTED]`."""
        return self._listed("reading the contact points", "/contact-points")

    def make_contact_point(self, form: dict[str, Any]) -> None:
        path = f"{_PROVISIONING}/contact-points"
        doing = f'making the contact point "{form["name"]}"'
        self._ask(doing, lambda: self._api.POST(path, json=form), hidden=_address(form))

    def change_contact_point(self, uid: str, form: dict[str, Any]) -> None:
        path = f"{_PROVISIONING}/contact-points/{uid}"
        doing = f'changing the contact point "{form["name"]}"'
        self._ask(doing, lambda: self._api.PUT(path, json=form), hidden=_address(form))

    def delete_contact_point(self, uid: str) -> None:
        path = f"{_PROVISIONING}/contact-points/{uid}"
        self._ask(f"deleting the contact point {uid}", lambda: self._api.DELETE(path), may_lack=True)

    def policies(self) -> dict[str, Any]:
        """The whole tree of notification policies, with the `provenance` that it has."""
        doing = "reading the notification policies"
        told = self._ask(doing, lambda: self._api.GET(f"{_PROVISIONING}/policies"))
        if not isinstance(told, dict):
            raise self._session.misread(doing, told)
        return told

    def put_policies(self, tree: dict[str, Any], *, editable: bool) -> None:
        """Replaces the whole tree. `editable`: it stays one that is edited by hand in Grafana."""
        headers = EDITABLE if editable else None
        path = f"{_PROVISIONING}/policies"
        self._ask("saving the notification policies", lambda: self._api.PUT(path, json=tree, headers=headers))

    def annotations(
        self, tags: tuple[str, ...], *, begin_ms: int | None = None, end_ms: int | None = None
    ) -> list[Any]:
        """Those that bear all of `tags`, the latest first, 100 at most; within a time, if one is given."""
        asked: list[tuple[str, str | int]] = [("type", "annotation"), *(("tags", tag) for tag in tags)]
        asked += [(name, at) for name, at in (("from", begin_ms), ("to", end_ms)) if at is not None]
        doing = "reading annotations"
        told = self._ask(doing, lambda: self._api.GET(f"/annotations?{urlencode(asked)}"))
        if not isinstance(told, list | None):
            raise self._session.misread(doing, told)
        return told or []

    def annotate(self, form: dict[str, Any]) -> None:
        """`form`: `time` and `timeEnd` in ms, `tags`, `text`; `dashboardUID` and `panelId` for those of one panel."""
        doing = "writing an annotation"
        told = self._ask(doing, lambda: self._api.POST("/annotations", json=form))
        # What else answers 200 to anything has not taken it.
        if not isinstance(told, dict) or "id" not in told:
            raise self._session.misread(doing, told)

    def _listed(self, doing: str, path: str) -> list[Any]:
        told = self._ask(doing, lambda: self._api.GET(f"{_PROVISIONING}{path}"))
        if not isinstance(told, list):
            raise self._session.misread(doing, told)
        return told


def _group_path(folder_uid: str, name: str) -> str:
    return f"{_PROVISIONING}/folder/{folder_uid}/rule-groups/{quote(name, safe='')}"


def _address(form: dict[str, Any]) -> str:
    """That of a contact point, which is a secret; Grafana repeats one that it does not take."""
    return str(form["settings"].get("url", ""))

"""The seam to grafana-api: nothing else imports it.

grafana-api 1.0.3 knows nothing of data sources by uid nor of alerting, takes every answer for JSON (a 204 is none),
follows redirections (which makes a GET of a POST) and trips over JSON that is no object. So its session keeps each
answer as it came, follows nothing, and what the answer means is judged here.
"""

from __future__ import annotations

import contextlib
import json
import re
import socket
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote, urlencode, urlsplit

import requests
from grafana_api.grafana_api import GrafanaException
from grafana_api.grafana_face import GrafanaFace
from urllib3 import exceptions as faults

from painwatch.config.grafana import GrafanaConfig
from painwatch.core.errors import PainwatchError
from painwatch.grafana.faults import GrafanaFault, no_answer, refusal, without

CONNECT_S = 5.0
"""The longest a connection may take to be made."""

EDITABLE = {"X-Disable-Provenance": "true"}
"""Leaves what is written to be edited in Grafana by hand, too."""

_PROVISIONING = "/v1/provisioning"


class Grafana:
    """One Grafana, as a context. For one thread, but for `break_off`. All calls raise GrafanaFault."""

    def __init__(self, settings: GrafanaConfig, token: str) -> None:
        """Connects to nothing yet. Raises PainwatchError for what cannot be a token."""
        self._url, self._token = settings.url, _usable(token)
        parts = urlsplit(settings.url)
        host, prefix = parts.hostname or "", parts.path.strip("/")
        self._face = GrafanaFace(
            auth=self._token,
            host=f"[{host}]" if ":" in host else host,
            port=parts.port,
            url_path_prefix=f"{prefix}/" if prefix else "",
            protocol=parts.scheme,
            timeout=(min(settings.timeout_s, CONNECT_S), settings.timeout_s),
        )
        self._api, self._broken = self._face.api, False
        self._api.s.hooks["response"].append(self._keep)
        self._api.s.max_redirects = 0
        self._answers: list[requests.Response] = []
        self._connections: list[Any] = []
        self._note_connections()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Lets the connections go. The session itself would leave that to the garbage collector."""
        for connection in self._connections:
            connection.close()
        self._connections.clear()
        self._api.s.close()

    def break_off(self) -> None:
        """Ends a request that is in flight, from another thread, and lets no more begin."""
        self._broken = True
        for connection in tuple(self._connections):
            under = getattr(connection, "sock", None)
            if isinstance(under, socket.socket):
                # The bare socket's shutdown: that of TLS would take apart what the other thread still uses.
                with contextlib.suppress(OSError):
                    socket.socket.shutdown(under, socket.SHUT_RDWR)

    def version(self) -> tuple[int, ...]:
        """Such as (12, 1, 0); empty if it does not say. Needs no token."""
        told = self._ask("asking who it is", lambda: self._api.GET("/health"))
        if not isinstance(told, dict) or "database" not in told:
            raise refusal(200, None, str(told), where=self._where("asking who it is"))
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
            raise refusal(200, None, str(told), where=self._where(doing))
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
            raise refusal(200, None, str(told), where=self._where(doing))
        return told or []

    def annotate(self, form: dict[str, Any]) -> None:
        """`form`: `time` and `timeEnd` in ms, `tags`, `text`; `dashboardUID` and `panelId` for those of one panel."""
        doing = "writing an annotation"
        told = self._ask(doing, lambda: self._api.POST("/annotations", json=form))
        # What else answers 200 to anything has not taken it.
        if not isinstance(told, dict) or "id" not in told:
            raise refusal(200, None, str(told), where=self._where(doing))

    def _listed(self, doing: str, path: str) -> list[Any]:
        told = self._ask(doing, lambda: self._api.GET(f"{_PROVISIONING}{path}"))
        if not isinstance(told, list):
            raise refusal(200, None, str(told), where=self._where(doing))
        return told

    def _ask(self, doing: str, call: Callable[[], Any], *, may_lack: bool = False, hidden: str = "") -> Any:
        """What the answer to `call` says as JSON; None if it is empty, or is 404 and it `may_lack` it.

        `hidden` is repeated in no fault, whatever the answer says.
        """
        where = self._where(doing)
        if self._broken:
            raise GrafanaFault("was broken off", where=where, mend="")
        self._answers.clear()
        try:
            call()
        except (GrafanaException, requests.RequestException, faults.HTTPError, OSError, ValueError, TypeError) as error:
            if not self._answers:
                raise no_answer(error, where=where) from None
        answer = self._answers[-1]
        text = answer.text.replace(self._token, "***")
        told = _json(text)
        if answer.status_code == 404 and may_lack and "<html" not in text.lower():
            return None
        if answer.status_code // 100 == 2 and (told is not None or text.strip() in ("", "null")):
            return told
        leads_to = answer.headers.get("Location", "").replace(self._token, "***")
        fault = refusal(answer.status_code, told, text, where=where, leads_to=leads_to)
        raise without(fault, hidden) if hidden else fault

    def _where(self, doing: str) -> str:
        return f"{self._url}, {doing}"

    def _keep(self, response: requests.Response, **_: object) -> None:
        # Read whole here, so that an answer that breaks off is none.
        if response.content is not None:
            self._answers.append(response)

    def _note_connections(self) -> None:
        # Which pool a request takes depends on certificates and the environment: every one of them is told to.
        pools = self._api.s.get_adapter(self._api.url).poolmanager
        pools.pool_classes_by_scheme = {
            scheme: self._noting(make_pool) for scheme, make_pool in pools.pool_classes_by_scheme.items()
        }

    def _noting(self, make_pool: Callable[..., Any]) -> Callable[..., Any]:
        def made(*args: Any, **kwargs: Any) -> Any:
            pool = make_pool(*args, **kwargs)
            connect = pool.ConnectionCls

            def connected(*args: Any, **kwargs: Any) -> Any:
                self._connections[:] = [connect(*args, **kwargs)]
                return self._connections[0]

            pool.ConnectionCls = connected
            return pool

        return made


def _group_path(folder_uid: str, name: str) -> str:
    return f"{_PROVISIONING}/folder/{folder_uid}/rule-groups/{quote(name, safe='')}"


def _address(form: dict[str, Any]) -> str:
    """That of a contact point, which is a secret; Grafana repeats one that it does not take."""
    return str(form["settings"].get("url", ""))


def _usable(token: str) -> str:
    if not re.fullmatch(r"[!-~]+", token):
        mend = "put the token of a service account there, and nothing else"
        raise PainwatchError(
            "is empty, or holds what no token of Grafana holds", where="`token` of `grafana`", mend=mend
        )
    return token


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None

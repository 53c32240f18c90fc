"""One Grafana's answers as they come, by grafana-api: nothing else imports it.

grafana-api 1.0.3 takes every answer for JSON (a 204 is none), follows redirections (which makes a GET of a POST) and
trips over JSON that is no object. So its session keeps each answer as it came, follows nothing, and what the answer
means is judged here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import requests
from grafana_api.grafana_api import GrafanaException
from grafana_api.grafana_face import GrafanaFace
from urllib3 import exceptions as faults

from painwatch.config.grafana import GrafanaConfig
from painwatch.core.errors import PainwatchError
from painwatch.grafana.faults import GrafanaFault, no_answer, refusal, without
from painwatch.sinks.connections import Connections

CONNECT_S = 5.0
"""The longest a connection may take to be made."""


class Session:
    """One Grafana, asked one thing after the other. For one thread, but for `break_off`.

    `face` and `api` are grafana-api's: what they raise and give counts for nothing, and is called within `ask` only.
    """

    def __init__(self, settings: GrafanaConfig, token: str) -> None:
        """Connects to nothing yet. Raises PainwatchError for what cannot be a token."""
        self._url, self._token = settings.url, _usable(token)
        parts = urlsplit(settings.url)
        host, prefix = parts.hostname or "", parts.path.strip("/")
        self.face = GrafanaFace(
            auth=self._token,
            host=f"[{host}]" if ":" in host else host,
            port=parts.port,
            url_path_prefix=f"{prefix}/" if prefix else "",
            protocol=parts.scheme,
            timeout=(min(settings.timeout_s, CONNECT_S), settings.timeout_s),
        )
        self.api = self.face.api
        self.api.s.hooks["response"].append(self._keep)
        self.api.s.max_redirects = 0
        self._answers: list[requests.Response] = []
        self._connections = Connections()
        self._note_connections()

    def close(self) -> None:
        """Lets the connections go."""
        self._connections.close()
        self.api.s.close()

    def break_off(self) -> None:
        """Ends a request that is in flight, from another thread, and lets no more begin."""
        self._connections.break_off()

    def ask(self, doing: str, call: Callable[[], Any], *, may_lack: bool = False, hidden: str = "") -> Any:
        """What the answer to `call` says as JSON; None if it is empty, or is 404 and it `may_lack` it.

        `hidden` is repeated in no fault, whatever the answer says. Raises GrafanaFault.
        """
        where = self._where(doing)
        if self._connections.broken:
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

    def misread(self, doing: str, told: object) -> GrafanaFault:
        """What is raised for an answer that no Grafana gives."""
        return refusal(200, None, str(told), where=self._where(doing))

    def _where(self, doing: str) -> str:
        return f"{self._url}, {doing}"

    def _keep(self, response: requests.Response, **_: object) -> None:
        # Read whole here, so that an answer that breaks off is none.
        if response.content is not None:
            self._answers.append(response)

    def _note_connections(self) -> None:
        # Which pool a request takes depends on certificates and the environment: every one of them is told to.
        pools = self.api.s.get_adapter(self.api.url).poolmanager
        pools.pool_classes_by_scheme = {
            scheme: self._noting(make_pool) for scheme, make_pool in pools.pool_classes_by_scheme.items()
        }

    def _noting(self, make_pool: Callable[..., Any]) -> Callable[..., Any]:
        def made(*args: Any, **kwargs: Any) -> Any:
            pool = make_pool(*args, **kwargs)
            self._connections.note(pool)
            return pool

        return made


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

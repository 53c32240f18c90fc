"""Questions to an InfluxDB besides writing: who it is, InfluxQL, and the administration of 3. Any version."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import urllib3

from painwatch.config.delivery import InfluxConfig
from painwatch.core.errors import PainwatchError
from painwatch.sinks.answers import hidden_of


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer over HTTP. `told`: what the body says as JSON, None if it is none."""

    status: int
    headers: dict[str, str]
    body: str
    told: Any

    @property
    def words(self) -> str:
        """What went wrong, in the server's words."""
        told = self.told if isinstance(self.told, dict) else {}
        results = told.get("results") or [{}]
        error = results[0].get("error") if isinstance(results, list) and isinstance(results[0], dict) else None
        return " ".join(str(error or told.get("error") or told.get("message") or self.body or "").split())[:300]


@dataclass(frozen=True, slots=True)
class Inquiry:
    """Asks the InfluxDB of `sink`; `secret` is the token, or `username:password`, or empty."""

    sink: InfluxConfig
    secret: str

    def version(self) -> str:
        """What it says it is, such as 1.8.10, 2.7.4 or 3.1.0; empty if it does not say.

        Raises:
            PainwatchError: nothing answers, or something that is no InfluxDB.
        """
        reply = self.ask("GET", "/ping")
        told = reply.told.get("version") if isinstance(reply.told, dict) else None
        version = reply.headers.get("x-influxdb-version") or told
        if version:
            return str(version).removeprefix("v")
        if reply.status in (200, 204, 401, 403):
            return ""
        raise self.fault(f"answers {reply.status} to /ping: this is no InfluxDB", "check `url`")

    def influxql(self, statement: str, *, database: str = "", policy: str = "") -> Reply:
        """Asks in InfluxQL; by POST, since some statements change something."""
        fields = {"q": statement} | ({"db": database} if database else {}) | ({"rp": policy} if policy else {})
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        return self.ask("POST", "/query", body=urlencode(fields).encode(), headers=headers)

    def ask(self, method: str, path: str, *, body: bytes = b"", headers: dict[str, str] | None = None) -> Reply:
        """One request.

        Raises:
            PainwatchError: nothing answers.
        """
        timeout = urllib3.Timeout(connect=self.sink.timeout_s, read=self.sink.timeout_s)
        url = f"{self.sink.url.rstrip('/')}{path}"
        try:
            with urllib3.PoolManager(retries=False, timeout=timeout) as pool:
                answer = pool.request(method, url, body=body or None, headers=self._login() | (headers or {}))
        except (urllib3.exceptions.HTTPError, OSError, ValueError) as error:
            reason = " ".join(str(getattr(error, "reason", "") or type(error).__name__).split())[:200]
            raise self.fault(f"does not answer ({reason})", "start it, or correct `url`") from None
        text = self._without_secret(answer.data.decode("utf-8", "replace"))
        return Reply(answer.status, {k.lower(): v for k, v in answer.headers.items()}, text, _json(text))

    def fault(self, what: str, mend: str) -> PainwatchError:
        """A fault of this sink."""
        return PainwatchError(what, where=f"{self.sink.name} ({self.sink.url})", mend=mend)

    def _without_secret(self, text: str) -> str:
        for hidden in (hidden_of(self.secret, self.sink.username), base64.b64encode(self.secret.encode()).decode()):
            text = text.replace(hidden, "***") if hidden else text
        return text

    def _login(self) -> dict[str, str]:
        if not self.secret:
            return {}
        if self.sink.username is not None:
            return urllib3.make_headers(basic_auth=self.secret)
        return {"Authorization": f"Token {self.secret}"}


def major_of(version: str) -> int | None:
    """1, 2 or 3; None if the version does not say."""
    first = version.partition(".")[0]
    return int(first) if first.isascii() and first.isdigit() else None


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None

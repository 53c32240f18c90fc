"""A stand-in for Grafana's HTTP API, which cannot be had here: strict on requests, keeps state, answers as Grafana.

In a test: `with GrafanaStandIn() as grafana: Grafana(GrafanaConfig(url=grafana.url), TOKEN)`. What it would refuse as
malformed is also kept in `complaints`. `fail(...)` lets answers go wrong.
"""

from __future__ import annotations

import http.server
import json
import re
import ssl
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Self
from urllib.parse import unquote, urlsplit

from servers.grafana_alerting import Alerting
from servers.grafana_things import NOT_FOUND, Answered, Things
from servers.listening import Listening

TOKEN = "glsa_5tandIn0000000000000000000000000_00000000"

Kind = Literal["status", "html", "hang", "cut", "moved", "json"]

_HTML = b"<!DOCTYPE html><html><head><title>Sign in - proxy</title></head><body>x</body></html>"

_PERMISSIONS = (
    ("GET", r"folders/", "folders:read"),
    ("POST", r"folders$", "folders:create"),
    ("PUT", r"folders/", "folders:write"),
    ("GET", r"datasources/", "datasources:read"),
    ("POST", r"datasources$", "datasources:create"),
    ("PUT", r"datasources/", "datasources:write"),
    ("GET", r"dashboards/", "dashboards:read"),
    ("POST", r"dashboards/db", "dashboards:write"),
    ("GET", r"v1/provisioning/", "alert.provisioning:read"),
    ("(PUT|POST|DELETE)", r"v1/provisioning/", "alert.provisioning:write"),
)


@dataclass(frozen=True)
class Asked:
    """A request that was read in whole; `path` without the prefix and /api/."""

    method: str
    path: str
    headers: dict[str, str]
    body: Any


@dataclass
class _Fault:
    method: str
    path: str
    kind: Kind
    status: int
    body: Any
    times: int


@dataclass
class GrafanaStandIn:
    """Listens on a free port of 127.0.0.1 while it is entered.

    `prefix`: the folder it is served under. `version`: what it says it is; empty: it does not say. `permissions`: what
    the token may do; None: all. `certificate`: with its key, for https.
    """

    prefix: str = ""
    version: str = "12.1.0"
    permissions: set[str] | None = None
    certificate: tuple[Path, Path] | None = None
    asked: list[Asked] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.things = Things()
        self.alerting = Alerting(self.things, self.version)
        self._faults: list[_Fault] = []
        self.ends, self.hanging = threading.Event(), 0

    def __enter__(self) -> Self:
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._listening = Listening(server, "grafana", self.certificate)
        self._listening.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.ends.set()
        self._listening.stop()

    @property
    def url(self) -> str:
        return f"{self._listening.url}{self.prefix}"

    @property
    def writes(self) -> list[Asked]:
        """The requests that would have changed something."""
        return [one for one in self.asked if one.method != "GET"]

    def fail(
        self, method: str, path: str, *, status: int = 500, body: Any = None, kind: Kind = "status", times: int = 10**6
    ) -> None:
        """Lets `times` requests of this method fail whose path begins with `path`."""
        self._faults.append(_Fault(method, path, kind, status, body, times))

    def mend(self) -> None:
        """Lets nothing fail any more."""
        self._faults.clear()

    def fault_for(self, method: str, path: str) -> _Fault | None:
        for fault in self._faults:
            if fault.times > 0 and fault.method in (method, "ANY") and path.startswith(fault.path):
                fault.times -= 1
                return fault
        return None

    def answer(self, method: str, path: str, headers: dict[str, str], body: Any) -> Answered:
        self.asked.append(Asked(method, path, headers, body))
        if (method, path) == ("GET", "health"):
            return 200, {"database": "ok", "version": self.version, "commit": "0000000000"}
        if headers.get("authorization") != f"Bearer {TOKEN}":
            return 401, {"message": "Invalid API key", "messageId": "api-key.invalid", "statusCode": 401}
        if method in ("POST", "PUT") and headers.get("content-type") != "application/json":
            return self._complain(f"{method} {path} without JSON")
        needed = next(
            (name for verb, begin, name in _PERMISSIONS if re.fullmatch(verb, method) and re.match(begin, path)), ""
        )
        if self.permissions is not None and needed not in self.permissions:
            words = f"You'll need additional permissions to perform this action. Permissions needed: {needed}"
            return 403, {"title": "Access denied", "message": words, "accessErrorId": "ACE0000000000"}
        parts = [unquote(part) for part in path.split("/")]
        if parts[:2] == ["v1", "provisioning"]:
            editable = "x-disable-provenance" in headers
            answered = self.alerting.answer(method, parts[2:], body, editable=editable)
        elif "x-disable-provenance" in headers:
            return self._complain(f"{method} {path} with X-Disable-Provenance")
        else:
            answered = self.things.answer(method, parts, body)
        if answered is None:
            return NOT_FOUND
        if answered[0] == 400:
            self.complaints.append(f"{method} {path}: {answered[1]}")
        return answered

    def _complain(self, words: str) -> Answered:
        self.complaints.append(words)
        return 400, {"message": words}


def _handler(stand_in: GrafanaStandIn) -> type[http.server.BaseHTTPRequestHandler]:
    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1
        timeout = 30

        def do_GET(self) -> None:
            self._answer("GET")

        def do_POST(self) -> None:
            self._answer("POST")

        def do_PUT(self) -> None:
            self._answer("PUT")

        def do_DELETE(self) -> None:
            self._answer("DELETE")

        def _answer(self, method: str) -> None:
            # One request a connection, so that none is left waiting when the server ends.
            self.close_connection = True
            parts = urlsplit(self.path)
            text = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            api = f"{stand_in.prefix}/api/"
            path = parts.path.removeprefix(api)
            fault = stand_in.fault_for(method, path)
            if fault is not None:
                self._fail(fault)
                return
            if not parts.path.startswith(api):
                self._send(200, _HTML, "text/html; charset=UTF-8")
                return
            headers = {name.lower(): value for name, value in self.headers.items()}
            body = json.loads(text) if text else None
            status, told = stand_in.answer(method, path, headers, body)
            self._send(status, b"" if told is None else json.dumps(told).encode(), "application/json")

        def _fail(self, fault: _Fault) -> None:
            match fault.kind:
                case "html":
                    self._send(fault.status, _HTML, "text/html; charset=UTF-8")
                case "hang":
                    stand_in.hanging += 1
                    stand_in.ends.wait()
                case "moved":
                    self._send(fault.status, b"", "text/plain", {"Location": str(fault.body)})
                case "json" | "status":
                    self._send(
                        fault.status,
                        json.dumps({"message": "x"} if fault.body is None else fault.body).encode(),
                        "application/json",
                    )

        def _send(self, status: int, body: bytes, kind: str, more: dict[str, str] | None = None) -> None:
            self.send_response(status)
            for name, value in (more or {}).items():
                self.send_header(name, value)
            if status != 204:
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
            self.send_header("Connection", "close")
            self.end_headers()
            self.wfile.write(body)

        def handle(self) -> None:
            try:
                super().handle()
            except (ConnectionError, ssl.SSLError, TimeoutError):
                self.close_connection = True

        def log_message(self, format: str, *args: Any) -> None:
            """Quiet: tests look at `asked`."""

    return Handler

"""Stand-ins for InfluxDB 2.x and 3, which no Debian package brings: strict on requests, answers as documented.

https://docs.influxdata.com/influxdb/v2/api/ and https://docs.influxdata.com/influxdb3/core/api/: only what
`painwatch influx` and a sink ask for. What is not in there is answered 400 and kept in `complaints`.
"""

from __future__ import annotations

import gzip
import http.server
import json
import re
from typing import Any, ClassVar, Self
from urllib.parse import parse_qs, urlsplit

from servers.listening import Listening

TOKEN, ORG, ORG_ID = "0p3r4t0r==", "lab", "00000000000000aa"
Answered = tuple[int, Any]


class _StandIn:
    """A server as a context; `lines`: what was written, by bucket or database."""

    version_header: ClassVar[dict[str, str]]

    def __init__(self) -> None:
        self.lines: dict[str, list[bytes]] = {}
        self.complaints: list[str] = []
        self._listening = Listening(_Server(self), "influx")

    @property
    def url(self) -> str:
        return self._listening.url

    def __enter__(self) -> Self:
        self._listening.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listening.stop()

    def answer(self, method: str, path: str, asked: dict[str, str], headers: dict[str, str], body: bytes) -> Answered:
        if (method, path) == ("GET", "/ping"):
            return self.ping(headers)
        if headers.get("authorization") not in (f"Token {TOKEN}", f"Bearer {TOKEN}"):
            return 401, {"code": "unauthorized", "message": "unauthorized access"}
        if (method, path) == ("POST", "/api/v2/write"):
            return self.write(asked, gzip.decompress(body) if headers.get("content-encoding") == "gzip" else body)
        if (method, path) == ("POST", "/query"):
            fields = {name: values[0] for name, values in parse_qs(body.decode()).items()}
            return self.query(fields)
        return self.administer(method, path, asked, json.loads(body) if body else {})

    def complain(self, what: str) -> Answered:
        self.complaints.append(what)
        return 400, {"code": "invalid", "message": what, "error": what}

    def ping(self, headers: dict[str, str]) -> Answered:
        raise NotImplementedError

    def write(self, asked: dict[str, str], body: bytes) -> Answered:
        raise NotImplementedError

    def query(self, fields: dict[str, str]) -> Answered:
        raise NotImplementedError

    def administer(self, method: str, path: str, asked: dict[str, str], body: dict[str, Any]) -> Answered:
        raise NotImplementedError


class Influx2(_StandIn):
    """2.x. `virtual`: whether it maps each bucket by itself, as later ones do."""

    version_header: ClassVar = {"X-Influxdb-Version": "v2.7.4", "X-Influxdb-Build": "OSS"}

    def __init__(self, *, virtual: bool = False) -> None:
        self.buckets: dict[str, dict[str, Any]] = {}
        self.mappings: list[dict[str, Any]] = []
        self._virtual = virtual
        super().__init__()

    def ping(self, headers: dict[str, str]) -> Answered:
        return 204, None

    def write(self, asked: dict[str, str], body: bytes) -> Answered:
        if set(asked) != {"org", "bucket", "precision"} or asked["precision"] not in ("ns", "us", "ms", "s"):
            return self.complain(f"write with {asked}")
        if asked["org"] not in (ORG, ORG_ID):
            return 404, {"code": "not found", "message": f'organization name "{asked["org"]}" not found'}
        if asked["bucket"] not in self.buckets:
            return 404, {"code": "not found", "message": f'bucket "{asked["bucket"]}" not found'}
        self.lines.setdefault(asked["bucket"], []).extend(body.split(b"\n"))
        return 204, None

    def query(self, fields: dict[str, str]) -> Answered:
        known = {mapping["database"] for mapping in self.mappings} | (set(self.buckets) if self._virtual else set())
        if fields.get("db") not in known:
            return 404, {"code": "not found", "message": f"no dbrp mapping found for database {fields.get('db')}"}
        return 200, {"results": [{"statement_id": 0}]}

    def administer(self, method: str, path: str, asked: dict[str, str], body: dict[str, Any]) -> Answered:
        match method, path:
            case "GET", "/api/v2/orgs":
                return 200, {"orgs": [{"id": ORG_ID, "name": ORG}] if asked.get("org") == ORG else []}
            case "GET", "/api/v2/buckets":
                if asked.get("org") != ORG or asked.get("name") not in self.buckets:
                    return 404, {"code": "not found", "message": f'bucket "{asked.get("name")}" not found'}
                return 200, {"buckets": [self.buckets[asked["name"]]]}
            case "POST", "/api/v2/buckets":
                rules = body.get("retentionRules", [])
                if (
                    body.get("orgID") != ORG_ID
                    or not body.get("name")
                    or any(rule.get("type") != "expire" or not rule.get("everySeconds") for rule in rules)
                ):
                    return self.complain(f"bucket {body}")
                bucket = {"id": f"{len(self.buckets) + 1:016x}", "retentionRules": rules} | body
                self.buckets[body["name"]] = bucket
                return 201, bucket
            case "GET", "/api/v2/dbrps":
                if asked.get("org") != ORG:
                    return self.complain(f"mappings of {asked}")
                own = [
                    {
                        "id": "v",
                        "database": name,
                        "bucketID": bucket["id"],
                        "virtual": True,
                        "default": True,
                        "retention_policy": "autogen",
                        "orgID": ORG_ID,
                    }
                    for name, bucket in self.buckets.items()
                ]
                all_of_them = self.mappings + (own if self._virtual else [])
                return 200, {"content": [m for m in all_of_them if m["database"] == asked.get("db", m["database"])]}
            case "POST", "/api/v2/dbrps":
                if body.get("org") != ORG or {"bucketID", "database", "retention_policy"} - set(body):
                    return self.complain(f"mapping {body}")
                self.mappings.append(body | {"id": f"{len(self.mappings) + 1:016x}", "orgID": ORG_ID})
                return 201, self.mappings[-1]
        return self.complain(f"{method} {path}")


class Influx3(_StandIn):
    """3 Core with tokens: even /ping wants one; a database that is written to makes itself."""

    version_header: ClassVar = {"x-influxdb-version": "3.1.0", "x-influxdb-build": "Core"}

    def __init__(self) -> None:
        self.databases: dict[str, str | None] = {}
        super().__init__()

    def ping(self, headers: dict[str, str]) -> Answered:
        if "authorization" not in headers:
            return 401, {"error": "the request was not authenticated"}
        return 200, {"version": "3.1.0", "revision": "0", "process_id": "0"}

    def write(self, asked: dict[str, str], body: bytes) -> Answered:
        if "bucket" not in asked or asked.get("precision", "ns") not in ("ns", "us", "ms", "s"):
            return self.complain(f"write with {asked}")
        self.databases.setdefault(asked["bucket"], None)
        self.lines.setdefault(asked["bucket"], []).extend(body.split(b"\n"))
        return 204, None

    def query(self, fields: dict[str, str]) -> Answered:
        if fields.get("db") not in self.databases:
            return 404, {"error": "database not found"}
        return 200, {"results": [{"statement_id": 0}]}

    def administer(self, method: str, path: str, asked: dict[str, str], body: dict[str, Any]) -> Answered:
        if (method, path) != ("POST", "/api/v3/configure/database"):
            return self.complain(f"{method} {path}")
        kept = body.get("retention_period")
        if set(body) - {"db", "retention_period"} or not re.fullmatch(
            r"[A-Za-z0-9][A-Za-z0-9_/-]*", body.get("db", "")
        ):
            return self.complain(f"database {body}")
        if kept is not None and not re.fullmatch(r"\d+[dhmw]", kept):
            return self.complain(f"retention period {kept}")
        if body["db"] in self.databases:
            return 409, {"error": "attempted to create a resource that already exists"}
        self.databases[body["db"]] = kept
        return 200, {}


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = False

    def __init__(self, stand_in: _StandIn) -> None:
        self.stand_in = stand_in
        super().__init__(("127.0.0.1", 0), _Handler)


class _Handler(http.server.BaseHTTPRequestHandler):
    server: _Server
    wbufsize = -1

    def do_GET(self) -> None:
        self._answer("GET")

    def do_POST(self) -> None:
        self._answer("POST")

    def _answer(self, method: str) -> None:
        stand_in, parts = self.server.stand_in, urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        asked = {name: values[0] for name, values in parse_qs(parts.query, keep_blank_values=True).items()}
        headers = {name.lower(): value for name, value in self.headers.items()}
        status, told = stand_in.answer(method, parts.path, asked, headers, body)
        self.send_response(status)
        for name, value in stand_in.version_header.items():
            if status != 401:
                self.send_header(name, value)
        text = b"" if told is None else json.dumps(told).encode()
        if status != 204:
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""

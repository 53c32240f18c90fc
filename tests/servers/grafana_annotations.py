"""The annotations of a Grafana's HTTP API, with what its own code does to them, and faults on request.

    with GrafanaOfAnnotations(token="glsa_x") as grafana:
        grafana.url, grafana.annotations.kept, grafana.asked
        grafana.faults["POST"].append(Fault(status=503))             the next POST; then all is well again
        Fault(close=True, takes=True)       it takes the annotation, and breaks off in place of an answer
        Fault(hangs=True, takes=True)       it takes it once `grafana.released` is set, and answers then

`Annotations` is that part by itself, for a larger stand-in: `answer` gives status and body of a request to
/api/annotations. What the API's documentation does not allow is answered 418 and kept in `complaints`.
"""

from __future__ import annotations

import http.server
import json
import threading
from collections import defaultdict, deque
from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

from servers.listening import Listening

TAGS_MAX_BYTES = 500
TAG_MAX_CHARS = 100
FORM = {"dashboardUID", "panelId", "time", "timeEnd", "tags", "text", "data"}
QUERY = {"from", "to", "tags", "type", "limit", "matchAny", "dashboardUID", "panelId"}


class Annotations:
    """What Grafana keeps of annotations. `kept`: in order of their ids, as a GET gives them."""

    def __init__(self) -> None:
        self.kept: list[dict[str, Any]] = []
        self.complaints: list[str] = []
        self._lock = threading.Lock()

    def answer(self, method: str, query: dict[str, list[str]], body: bytes) -> tuple[int, Any]:
        """Status and body of the answer; the body as JSON."""
        match method:
            case "GET":
                return self._find(query)
            case "POST":
                return self._add(body)
            case _:
                return self._complain(f"{method} of all annotations")

    def bearing(self, tag: str) -> list[dict[str, Any]]:
        return [one for one in self.kept if tag in one["tags"]]

    def _find(self, query: dict[str, list[str]]) -> tuple[int, Any]:
        if set(query) - QUERY:
            return self._complain(f"query {query}")
        begin, end = (int(query.get(name, ["0"])[0]) for name in ("from", "to"))
        wanted = set(_as_kept(query.get("tags", [])))
        with self._lock:
            found = [
                one
                for one in self.kept
                if wanted <= set(one["tags"])
                and not (begin > 0 and end > 0 and (one["time"] > end or one["timeEnd"] < begin))
            ]
        found.sort(key=lambda one: (one["timeEnd"], one["time"]), reverse=True)
        return 200, found[: int(query.get("limit", ["100"])[0]) or 100]

    def _add(self, body: bytes) -> tuple[int, Any]:
        form = json.loads(body)
        if not isinstance(form, dict) or set(form) - FORM or not isinstance(form.get("time"), int):
            return self._complain(f"form {form}")
        if not form.get("text"):
            return 400, {"message": "Failed to save annotation"}
        tags = _as_kept(form.get("tags", []))
        longest = max((len(part) for tag in tags for part in tag.split(":")), default=0)
        if 2 + sum(len(tag.encode()) + 3 for tag in tags) - 1 > TAGS_MAX_BYTES or longest > TAG_MAX_CHARS:
            return 500, {"message": "Failed to save annotation"}
        begin, end = form["time"], form.get("timeEnd") or form["time"]
        with self._lock:
            one = {"id": len(self.kept) + 1, "time": min(begin, end), "timeEnd": max(begin, end), "text": form["text"]}
            self.kept.append(one | {"tags": tags})
            return 200, {"message": "Annotation added", "id": one["id"]}

    def _complain(self, what: str) -> tuple[int, Any]:
        self.complaints.append(what)
        return 418, {"message": what}


def _as_kept(tags: list[str]) -> list[str]:
    """Key and value, without what follows a second colon, each once."""
    pairs = [[part.strip(" ") for part in tag.split(":")[:2]] for tag in tags]
    return list(dict.fromkeys(":".join(part for part in pair if part) for pair in pairs if pair[0]))


@dataclass(frozen=True)
class Fault:
    """What one request meets. `takes`: what was asked for is done all the same."""

    status: int = 0
    body: str = ""
    takes: bool = False
    close: bool = False
    hangs: bool = False


class GrafanaOfAnnotations:
    """The server as a context. `asked`: methods of all requests that came with the right token; `waiting`: how many
    of them hang now.
    """

    def __init__(self, token: str = "glsa_s3cr3t") -> None:
        self.token, self.annotations = token, Annotations()
        self.faults: dict[str, deque[Fault]] = defaultdict(deque)
        self.always: Fault | None = None
        self.asked: list[str] = []
        self.waiting = 0
        self.released = threading.Event()
        self._listening = Listening(_Server(self), "grafana")

    @property
    def url(self) -> str:
        return self._listening.url

    def __enter__(self) -> Self:
        self._listening.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.released.set()
        self._listening.stop()


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = False

    def __init__(self, grafana: GrafanaOfAnnotations) -> None:
        self.grafana = grafana
        super().__init__(("127.0.0.1", 0), _Handler)

    def handle_error(self, request: object, client_address: object) -> None:
        """Clients that go away are no news."""


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1
    server: _Server

    def do_GET(self) -> None:
        self._meet()

    def do_POST(self) -> None:
        self._meet()

    def _meet(self) -> None:
        grafana, parts = self.server.grafana, urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.headers.get("Authorization") != f"Bearer {grafana.token}":
            self._answer(401, json.dumps({"message": "Invalid API key"}))
            return
        if parts.path != "/api/annotations":
            self._answer(404, json.dumps({"message": "Not found"}))
            return
        grafana.asked.append(self.command)
        waiting = grafana.faults[self.command]
        fault = grafana.always or (waiting.popleft() if waiting else Fault(takes=True))
        if fault.hangs:
            grafana.waiting += 1
            grafana.released.wait(600)
            grafana.waiting -= 1
        status, told = 0, None
        if fault.takes:
            status, told = grafana.annotations.answer(self.command, parse_qs(parts.query), body)
        if fault.close:
            self.close_connection = True
            return
        self._answer(fault.status or status, fault.body or json.dumps(told))

    def _answer(self, status: int, text: str) -> None:
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def finish(self) -> None:
        try:
            super().finish()
        except OSError:
            # What could not be sent to a client that went away must not keep its socket open.
            self.rfile.close()

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""

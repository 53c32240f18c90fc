"""An InfluxDB's write API with answers as scripted, and strict on what it is sent.

    with FaultyInflux(Reply(503, {"Retry-After": "1"}), Reply(hang_s=30)) as server:   then 204 to all
        server.url, server.requests, server.lines

A request that the v2 write API's documentation does not allow is answered 418 and kept in `server.complaints`.
"""

from __future__ import annotations

import gzip
import http.server
import re
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self
from urllib.parse import parse_qs, urlsplit

from servers.listening import Listening

LINE = re.compile(rb"[^,# \n][^\n]*? [^ \n][^\n]*=.* -?\d+", re.DOTALL)


@dataclass(frozen=True)
class Reply:
    """`hang_s`: how long it says nothing first. `close`: it breaks off the connection in place of an answer."""

    status: int = 204
    headers: dict[str, str] = field(default_factory=dict)
    body: str = ""
    hang_s: float = 0.0
    close: bool = False


@dataclass(frozen=True)
class Request:
    """A write as it came. `query`: the parameters; `lines`: the body, unpacked."""

    query: dict[str, str]
    headers: dict[str, str]
    lines: tuple[bytes, ...]


class FaultyInflux:
    """The server as a context.

    Args:
        replies: given in turn, then `judge` decides.
        judge: what to answer to the lines of a request; by default 204.
        certificate: it speaks TLS with this certificate and key.
    """

    def __init__(
        self,
        *replies: Reply,
        judge: Callable[[tuple[bytes, ...]], Reply] | None = None,
        certificate: tuple[Path, Path] | None = None,
    ) -> None:
        self.script: deque[Reply] = deque(replies)
        self.judge = judge or (lambda lines: Reply())
        self.requests: list[Request] = []
        self.lines: list[bytes] = []
        self.complaints: list[str] = []
        self.released = threading.Event()
        self._listening = Listening(_Server(self), "faulty", certificate)

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

    def __init__(self, faulty: FaultyInflux) -> None:
        self.faulty = faulty
        super().__init__(("127.0.0.1", 0), _Handler)

    def handle_error(self, request: object, client_address: object) -> None:
        """Clients that go away are no news."""


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1
    server: _Server

    def do_POST(self) -> None:
        faulty = self.server.faulty
        body = self.rfile.read(int(self.headers["Content-Length"]))
        complaint = self._complaint(body)
        if complaint:
            faulty.complaints.append(complaint)
            self._answer(Reply(418, body=complaint))
            return
        lines = tuple(gzip.decompress(body).split(b"\n"))
        query = {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}
        faulty.requests.append(Request(query, {k.lower(): v for k, v in self.headers.items()}, lines))
        reply = faulty.script.popleft() if faulty.script else faulty.judge(lines)
        if reply.hang_s:
            faulty.released.wait(reply.hang_s)
        if reply.close:
            self.close_connection = True
            return
        if reply.status == 204:
            faulty.lines += lines
        self._answer(reply)

    def _complaint(self, body: bytes) -> str:
        asked = parse_qs(urlsplit(self.path).query, keep_blank_values=True)
        if urlsplit(self.path).path != "/api/v2/write":
            return f"path {self.path}"
        if set(asked) != {"org", "bucket", "precision"} or asked["precision"] != ["ns"] or not asked["org"][0]:
            return f"query {asked}"
        if not self.headers.get("Content-Type", "").startswith("text/plain"):
            return f"content type {self.headers.get('Content-Type')}"
        if self.headers.get("Content-Encoding") != "gzip":
            return "not compressed"
        text = gzip.decompress(body)
        return "" if all(LINE.fullmatch(line) for line in text.split(b"\n")) else f"not line protocol: {text[:200]!r}"

    def _answer(self, reply: Reply) -> None:
        self.send_response(reply.status)
        body = reply.body.encode()
        for name, value in reply.headers.items():
            self.send_header(name, value)
        if reply.status != 204:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if reply.status != 204:
            self.wfile.write(body)

    def finish(self) -> None:
        try:
            super().finish()
        except OSError:
            # What could not be sent to a client that went away must not keep its socket open.
            self.rfile.close()

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""

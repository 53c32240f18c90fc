"""What stands before InfluxDB: hands every request on, until it is told to answer otherwise."""

from __future__ import annotations

import contextlib
import gzip
import http.client
import threading
import time
from collections import Counter
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

POISON = b"chaos-poison"
"""A line with this in it is refused for good, as a database refuses a line whose fields have another type."""


class FaultyFront(ThreadingHTTPServer):
    """A proxy for the InfluxDB at `upstream` (a URL). `fault` is one of chaos_plan.FAULTS, or empty."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, upstream: str) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.upstream = urlsplit(upstream).netloc
        self.fault = ""
        self.answered: Counter[str] = Counter()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def handle_error(self, *_: object) -> None:
        """A client that went away is what these runs are about."""


@contextlib.contextmanager
def faulty_front(upstream: str) -> Iterator[FaultyFront]:
    server = FaultyFront(upstream)
    thread = threading.Thread(target=server.serve_forever, name="front")
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: FaultyFront

    def do_GET(self) -> None:
        self._hand_on(b"")

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        plain = gzip.decompress(body) if self.headers.get("Content-Encoding") == "gzip" else body
        match self.server.fault:
            case "503":
                self._answer(503, b'{"code":"unavailable","message":"down for repair"}', {"Retry-After": "1"})
            case "401":
                self._answer(401, b'{"code":"unauthorized","message":"unauthorized access"}')
            case "400":
                self._answer(400, b'{"code":"invalid","message":"bad timestamp"}')
            case "hang":
                time.sleep(15)
                self.close_connection = True
            case "cut":
                self.close_connection = True
            case "partial" if plain.count(b"\n") >= 2:
                # Some lines are stored, and the answer is that not all were.
                lines = plain.split(b"\n")
                self._upstream(b"\n".join(lines[::2]))
                self._answer(400, b'{"code":"invalid","message":"partial write: some points dropped"}')
            case _:
                self._write(plain)

    def _write(self, plain: bytes) -> None:
        lines = plain.split(b"\n")
        good = [line for line in lines if POISON not in line]
        if len(good) == len(lines):
            self._hand_on(plain)
            return
        if good:
            self._upstream(b"\n".join(good))
        self._answer(400, b'{"code":"invalid","message":"partial write: field type conflict dropped=1"}')

    def _hand_on(self, body: bytes) -> None:
        try:
            status, answer = self._upstream(body)
        except (OSError, http.client.HTTPException):
            self._answer(502, b"nobody there")
            return
        self._answer(status, answer)

    def _upstream(self, body: bytes) -> tuple[int, bytes]:
        with contextlib.closing(http.client.HTTPConnection(self.server.upstream, timeout=10)) as connection:
            connection.request(self.command, self.path, body or None)
            answer = connection.getresponse()
            return answer.status, answer.read()

    def _answer(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.server.answered[f"{status}"] += 1
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        if status != 204:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if status != 204:
            self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Silent."""

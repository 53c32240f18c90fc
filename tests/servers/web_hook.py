"""A web server that takes messages by POST and heartbeats by GET, from the standard library, with faults on request.

In a test: `with WebHook() as hook: hook.address("json")`. The path says what it does:
    /…           takes it
    /status/N/…  answers with that HTTP status
    /hang/…      takes the request in and never answers
    /drip/…      answers a byte at a time, for ever
    /cut/…       takes the request in and breaks the connection off
    /moved/…     points to the same place without /moved
"""

from __future__ import annotations

import http.server
import json
import threading
from dataclasses import dataclass, field
from typing import Any, Self

from servers.listening import Listening


@dataclass(frozen=True)
class Taken:
    """A request that was read in whole."""

    method: str
    path: str
    message: dict[str, Any]


@dataclass
class WebHook:
    """Listens on a free port of 127.0.0.1 while it is entered. `taken`: what was accepted; `asked`: all requests."""

    fault: str = ""
    taken: list[Taken] = field(default_factory=list)
    asked: list[Taken] = field(default_factory=list)

    def __enter__(self) -> Self:
        self._ends = threading.Event()
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _handler(self, self._ends))
        self._listening = Listening(server, "hook")
        self._listening.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ends.set()
        self._listening.stop()

    @property
    def port(self) -> int:
        return self._listening.port

    def address(self, kind: str = "json", path: str = "", login: str = "") -> str:
        """An Apprise address, or a plain one with `kind` http."""
        return f"{kind}://{login}127.0.0.1:{self.port}/{path}"


def _handler(hook: WebHook, ends: threading.Event) -> type[http.server.BaseHTTPRequestHandler]:
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._take()

        def do_POST(self) -> None:
            self._take()

        def _take(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length) or b"{}")
            path = f"/{hook.fault}{self.path}" if hook.fault else self.path
            hook.asked.append(Taken(self.command, self.path, body))
            match path.split("/")[1:]:
                case ["status", code, *_]:
                    self._answer(int(code))
                case ["hang", *_]:
                    ends.wait()
                case ["drip", *_]:
                    self.send_response(200)
                    self.send_header("Content-Length", "100000")
                    self.end_headers()
                    while not ends.wait(0.2):
                        self.wfile.write(b".")
                case ["cut", *_]:
                    self.close_connection = True
                case ["moved", *rest]:
                    self.send_response(301)
                    self.send_header("Location", "/" + "/".join(rest))
                    self.send_header("Content-Length", "0")
                    self.end_headers()
                case _:
                    hook.taken.append(Taken(self.command, self.path, body))
                    self._answer(200)

        def _answer(self, status: int) -> None:
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def handle(self) -> None:
            try:
                super().handle()
            except (ConnectionError, BrokenPipeError):
                self.close_connection = True

        def log_message(self, format: str, *args: Any) -> None:
            """Tests look at what was taken."""

    return Handler

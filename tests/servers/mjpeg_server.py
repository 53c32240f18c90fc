"""A network camera that sends JPEG pictures over HTTP, from the standard library, with faults on request.

In a test: `with MjpegServer() as server: server.url("stream", fps=30)`. By hand, to have a camera to look at:
`python tests/servers/mjpeg_server.py [PORT]`.

Faults stand in the URL's query, so one server serves every test:
    frames=N         after N pictures do what `then` says
    then=close|hang|garbage
    garbage_every=K  every K-th part is not a picture
    open=hang        accept the connection and never answer
    still=1          the same picture for ever
    auth=1           only for USER and PASSWORD (Basic)
    fps=F  width=W  height=H
Any path but /stream is not found.

A stream that runs can be broken too: `server.fault = "hang" | "still" | "garbage" | "login"`, and mended: `= ""`.
"""

from __future__ import annotations

import base64
import http.server
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import parse_qsl, urlencode, urlsplit

import cv2
import numpy as np

USER, PASSWORD = "vet", "s3cr:t/@ p%ss"
GARBAGE = b"\xff\xd8 this is no picture \xff\xd9"


def jpeg(number: int, width: int, height: int) -> bytes:
    """Picture `number`: a ball at a place of its own, and the number written."""
    image = np.full((height, width, 3), 40, np.uint8)
    cv2.circle(image, (20 + number * 8 % max(1, width - 40), height // 2), 15, (0, 200, 255), -1)
    cv2.putText(image, f"{number:06d}", (5, 20), cv2.FONT_HERSHEY_SIMPLEX, 0.6, (255, 255, 255), 1)
    return bytes(cv2.imencode(".jpg", image)[1])


class MjpegServer:
    """The server as a context; `stop` and `start` make the camera go away and come back at the same port.

    `pictures`: JPEG files to send over and over in place of the drawn ones.
    """

    def __init__(self, port: int = 0, pictures: Sequence[bytes] = ()) -> None:
        self.port = port
        self.pictures = pictures
        self.connections = 0
        self.fault = ""
        self._server: _Server | None = None
        self._thread: threading.Thread | None = None

    def url(self, path: str = "stream", **faults: object) -> str:
        """The URL of one stream, with `faults` in its query."""
        return f"http://127.0.0.1:{self.port}/{path}?{urlencode(faults)}"

    def start(self) -> Self:
        self._server = _Server(self, self.port)
        self.port = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05})
        self._thread.start()
        return self

    def stop(self) -> None:
        """Ends every connection and stops listening."""
        if self._server is None or self._thread is None:
            return
        self._server.stopping.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
        self._server = self._thread = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = False
    block_on_close = True

    def __init__(self, owner: MjpegServer, port: int) -> None:
        self.owner = owner
        self.stopping = threading.Event()
        super().__init__(("127.0.0.1", port), _Handler)


class _Handler(http.server.BaseHTTPRequestHandler):
    server: _Server

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        asked = dict(parse_qsl(url.query))
        self.server.owner.connections += 1
        if asked.get("open") == "hang":
            self.server.stopping.wait()
        elif url.path != "/stream":
            self.send_error(404)
        elif self.server.owner.fault == "login" or (asked.get("auth") and not self._may_enter()):
            self.send_response(401)
            self.send_header("WWW-Authenticate", 'Basic realm="cage"')
            self.end_headers()
        else:
            try:
                self._stream(asked)
            except (BrokenPipeError, ConnectionResetError):
                self.close_connection = True

    def _may_enter(self) -> bool:
        wanted = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
        return self.headers.get("Authorization") == f"Basic {wanted}"

    def _stream(self, asked: dict[str, str]) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=frame")
        self.end_headers()
        width, height = int(asked.get("width", 160)), int(asked.get("height", 120))
        limit, every = int(asked.get("frames", 0)), int(asked.get("garbage_every", 0))
        period_s, due, number = 1 / float(asked.get("fps", 30)), time.monotonic(), 0
        while not self.server.stopping.is_set():
            fault = self.server.owner.fault
            if fault == "login":
                return
            if fault == "hang":
                self.server.stopping.wait(0.1)
                continue
            number += fault != "still"
            spent = bool(limit) and number > limit
            if spent and asked.get("then") == "close":
                return
            if spent and asked.get("then") == "hang":
                self.server.stopping.wait()
                return
            garbage = spent or fault == "garbage" or (every and number % every == 0)
            shown = 0 if asked.get("still") else number
            pictures = self.server.owner.pictures
            picture = pictures[shown % len(pictures)] if pictures else jpeg(shown, width, height)
            body = GARBAGE if garbage else picture
            head = f"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: {len(body)}\r\n\r\n"
            self.wfile.write(head.encode() + body + b"\r\n")
            due += period_s
            self.server.stopping.wait(max(0.0, due - time.monotonic()))

    def log_message(self, *_: object) -> None:
        """Keeps the tests' output to themselves."""


if __name__ == "__main__":
    with MjpegServer(int(sys.argv[1]) if len(sys.argv) > 1 else 0) as served:
        sys.stdout.write(f"{served.url()}  (Ctrl-C ends it; faults: see {Path(__file__).name})\n")
        sys.stdout.flush()
        threading.Event().wait()

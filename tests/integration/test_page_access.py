"""Reaching the page of a real `painwatch web`: over TLS, with tokens, and with every secret kept."""

from __future__ import annotations

import http.client
import json
import signal
import ssl
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest
import yaml
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from fixtures.certificates import make_certificate

TOKENS = {"anna": "anna-very-secret-token-0123", "wall": "wall-very-secret-token-0123"}
PASSWORD = "camera-password-hunter2"
SOCKET = "_nicegui_ws/socket.io/?EIO=4&transport=websocket"


@dataclass
class Served:
    """A running page. `log`: what it has said so far, whole once it has ended."""

    address: str
    process: subprocess.Popen[str]
    log: list[str] = field(default_factory=list)

    def get(self, path: str, *, context: ssl.SSLContext | None = None, **headers: str) -> tuple[int, Any, bytes]:
        return self.ask(urllib.request.Request(self.address + path.lstrip("/"), headers=headers), context)

    def ask(self, request: urllib.request.Request, context: ssl.SSLContext | None = None) -> tuple[int, Any, bytes]:
        opener = urllib.request.build_opener(_Stay, urllib.request.HTTPSHandler(context=context))
        try:
            with opener.open(request, timeout=60) as answer:
                return answer.status, answer.headers, answer.read()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.headers, error.read()


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: object) -> None:
        return None


def bearer(name: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {TOKENS[name]}"}


@contextmanager
def served(folder: Path, page: dict[str, object]) -> Iterator[Served]:
    for name, token in TOKENS.items():
        (folder / f"{name}.token").write_text(f"{token}\n")
    (folder / "camera.password").write_text(PASSWORD)
    rtsp = {"kind": "rtsp", "url": "rtsp://127.0.0.1:1/x", "username": "u", "password": {"file": "camera.password"}}
    cage = {"name": "cage-1", "species": "rat", "strain": "rendered", "coat": "white"}
    users = [
        {"name": "anna", "role": "administer", "token": {"file": "anna.token"}},
        {"name": "wall", "token": {"file": "wall.token"}},
    ]
    settings = {
        "version": 1,
        "site": "Room",
        "cages": [{**cage, "cameras": [{"name": "left", "source": rtsp}]}],
        "page": {"port": 0, "users": users, **page},
        "runtime": {"run_dir": str(folder / "run"), "data_dir": str(folder / "data")},
    }
    (folder / "config.yaml").write_text(yaml.safe_dump(settings))
    (folder / "run").mkdir(mode=0o700)
    command = [sys.executable, "-m", "painwatch", "web", "--config", str(folder / "config.yaml")]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        made = Served("", process)
        for line in process.stderr:
            made.log.append(line)
            if "the page is at " in line:
                made.address = line.rpartition(" ")[2].strip()
                break
        rest = threading.Thread(target=lambda: made.log.extend(process.stderr or ()))
        rest.start()
        try:
            assert made.address, "".join(made.log)
            yield made
        finally:
            process.send_signal(signal.SIGTERM)
            code = process.wait(60)
            rest.join()
        assert code == 0, "".join(made.log)


def test_over_tls_with_tokens(tmp_path: Path) -> None:
    certificate, key = make_certificate(tmp_path)
    tls = {"certificate": certificate.name, "key": key.name}
    trusting = ssl.create_default_context(cafile=str(certificate))
    with served(tmp_path, {"host": "0.0.0.0", "names": ["lab.example"], "tls": tls}) as page:
        port = urlsplit(page.address).port
        assert page.address == f"https://0.0.0.0:{port}/"
        page.address = f"https://127.0.0.1:{port}/"

        assert page.get("", context=trusting)[0] == 401
        status, headers, body = page.get("api/person", context=trusting, **bearer("anna"))
        assert (status, json.loads(body)) == (200, {"name": "anna", "role": "administer"})
        named = page.get("login", context=trusting, Host=f"lab.example:{port}")[1]
        assert "max-age=" in named["strict-transport-security"]
        assert page.get("login", context=trusting, Host="evil.example")[0] == 403

        form = urlencode({"token": TOKENS["wall"]}).encode()
        sent = urllib.request.Request(page.address + "login", form, {"Origin": page.address.rstrip("/")})
        status, headers, _ = page.ask(sent, trusting)
        cookie = headers["set-cookie"]
        assert status == 303
        assert cookie.startswith("__Host-painwatch=")
        assert "secure" in cookie.lower()
        own = {"Cookie": cookie.partition(";")[0], "Origin": page.address.rstrip("/")}
        assert json.loads(page.get("api/person", context=trusting, **own)[2]) == {"name": "wall", "role": "view"}

        address = page.address.replace("https", "wss") + SOCKET
        with connect(address, ssl=trusting, additional_headers=own) as socket:
            assert str(socket.recv(timeout=60)).startswith("0{")
        for less in ({}, {"Origin": own["Origin"]}, {"Cookie": own["Cookie"]}):
            with pytest.raises(InvalidStatus, match="403"), connect(address, ssl=trusting, additional_headers=less):
                pass

        with pytest.raises((http.client.HTTPException, OSError)):
            urllib.request.urlopen(page.address.replace("https", "http"), timeout=60)


def test_no_secret_is_told_anywhere(tmp_path: Path) -> None:
    with served(tmp_path, {}) as page:
        told = {"login": page.get("login")[2], "wrong": page.get("/", Authorization="Bearer x")[2]}
        form = urlencode({"token": TOKENS["anna"]}).encode()
        told["in"] = repr(
            page.ask(urllib.request.Request(page.address + "login", form, {"Origin": page.address.rstrip("/")}))
        ).encode()
        for name in TOKENS:
            listed = json.loads(page.get("api/openapi.json", **bearer(name))[2])
            paths = [path.replace("{name}", known) for path in listed["paths"] for known in ("cage-1", "left")]
            assert len(paths) > 15
            for path in ("/", "/none", "/api/none", "/page/page.js", *paths):
                status, headers, body = page.get(path, **bearer(name))
                assert status in (200, 404, 405, 503), (path, status)
                told[f"{name} {path}"] = repr(headers.items()).encode() + body
        proc = Path("/proc") / str(page.process.pid)
        told["command line"] = (proc / "cmdline").read_bytes()
        told["environment"] = (proc / "environ").read_bytes()
        for folder in ("run", "data"):
            for path in (tmp_path / folder).rglob("*"):
                if path.is_file():
                    told[str(path)] = path.read_bytes()
    told["log"] = "".join(page.log).encode()
    assert b"anna (administer) logged in from 127.0.0.1" in told["log"]
    assert b"a wrong token was shown" in told["log"]
    for secret in (*TOKENS.values(), PASSWORD):
        assert [where for where, words in told.items() if secret.encode() in words] == []


@pytest.mark.parametrize(("token", "what"), [("short", "20 are the least"), (None, "No such file")])
def test_a_token_that_will_not_do_ends_it_at_once_with_the_reason(tmp_path: Path, token: str | None, what: str) -> None:
    if token is not None:
        (tmp_path / "own.token").write_text(token)
    users = [{"name": "berta", "token": {"file": "own.token"}}]
    with pytest.raises(AssertionError, match=what) as ended, served(tmp_path, {"users": users}):
        pass
    assert "Traceback" not in str(ended.value)

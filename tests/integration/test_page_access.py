"""Reaching the page of a real `painwatch web`: over TLS, with tokens, and with every secret kept."""

from __future__ import annotations

import http.client
import json
import ssl
import urllib.error
import urllib.request
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from fixtures.certificates import make_certificate
from fixtures.page_process import PASSWORD, SOCKET, TOKENS, bearer, served


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
        with connect(address, ssl=trusting, additional_headers=own, open_timeout=60) as socket:
            assert str(socket.recv(timeout=60)).startswith("0{")
        for less in ({}, {"Origin": own["Origin"]}, {"Cookie": own["Cookie"]}):
            with (
                pytest.raises(InvalidStatus, match="403"),
                connect(address, ssl=trusting, additional_headers=less, open_timeout=60),
            ):
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

"""The page behind a real nginx, configured as docs/security.md shows it."""

from __future__ import annotations

import base64
import json
import os
import re
import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import ClientConnection, connect

from fixtures.certificates import make_certificate
from fixtures.page_process import SOCKET, Served, served

PROXY = {"addresses": ["127.0.0.1"], "names": ["lab.example"], "role_header": "X-Painwatch-Role"}
LOGIN = {"Authorization": "Basic " + base64.b64encode(b"zoe:secret").decode()}


def test_the_documented_proxy_says_who_asks_and_lets_nobody_else_say_it(tmp_path: Path) -> None:
    certificate, key = make_certificate(tmp_path)
    trusting = ssl.create_default_context(cafile=str(certificate))
    with served(tmp_path, {"users": [], "proxy": PROXY}) as page:
        direct, behind = page.address, urlsplit(page.address).netloc
        with nginx(tmp_path, behind, certificate, key) as port:
            page.address = f"https://127.0.0.1:{port}/"
            assert ask(page, "api/person", trusting)[0] == 401
            zoe = {"name": "zoe", "role": "acknowledge"}
            lies = {"X-Forwarded-User": "root", "X-Painwatch-Role": "administer", "X-Forwarded-For": "10.0.0.1"}
            for headers in (LOGIN, LOGIN | lies):
                status, answered, body = ask(page, "api/person", trusting, **headers)
                assert (status, json.loads(body)) == (200, zoe)
                assert "strict-transport-security" in answered
            assert ask(page, "", trusting, **LOGIN)[0] == 200
            site = f"lab.example:{port}"
            with talking(site, trusting, f"https://{site}") as talk:
                assert str(talk.recv(timeout=60)).startswith("0{")
            with pytest.raises(InvalidStatus, match="403"), talking(site, trusting, "https://evil.example"):
                pass
        page.address = direct
        assert page.get("api/person", Host="lab.example")[0] == 401


def ask(page: Served, path: str, trusting: ssl.SSLContext, **headers: str) -> tuple[int, object, bytes]:
    return page.get(path, context=trusting, Host="lab.example", **headers)


def talking(site: str, trusting: ssl.SSLContext, origin: str) -> ClientConnection:
    to_nginx = socket.create_connection(("127.0.0.1", int(site.rpartition(":")[2])), 60)
    return connect(f"wss://{site}/{SOCKET}", sock=to_nginx, ssl=trusting, origin=origin, additional_headers=LOGIN)


@contextmanager
def nginx(folder: Path, behind: str, certificate: Path, key: Path) -> Iterator[int]:
    """The port of an nginx with the documented server block in front of `behind`; its user is zoe:secret."""
    program = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    if program is None:
        why = "nginx is not installed"
        pytest.fail(why) if os.environ.get("CI") == "true" else pytest.skip(why)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    text = (Path(__file__).parents[2] / "docs" / "security.md").read_text("utf-8")
    found = re.search(r"```nginx\n(.*?)```", text, re.DOTALL)
    assert found is not None
    block = found.group(1)
    for documented, ours in (
        ("listen 443 ssl", f"listen 127.0.0.1:{port} ssl"),
        ("painwatch.lab.example", "lab.example"),
        ("/etc/ssl/painwatch.crt", str(certificate)),
        ("/etc/ssl/painwatch.key", str(key)),
        ("/etc/nginx/painwatch.users", str(folder / "nginx.users")),
        ("10.0.0.9:8080", behind),
    ):
        assert documented in block
        block = block.replace(documented, ours)
    temporary = "".join(f"{kind}_temp_path {folder};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    around = f"daemon off; pid {folder}/nginx.pid; error_log stderr; events {{}} http {{ access_log off; {temporary}"
    (folder / "nginx.conf").write_text(f"{around}\n{block}\n}}")
    (folder / "nginx.users").write_text("zoe:{PLAIN}secret\n")
    folder.chmod(0o755)
    command = [program, "-p", str(folder), "-c", str(folder / "nginx.conf"), "-g", "master_process off;"]
    with (folder / "nginx.log").open("w") as log, subprocess.Popen(command, stderr=log) as process:
        try:
            for _ in range(600):
                assert process.poll() is None, (folder / "nginx.log").read_text()
                try:
                    socket.create_connection(("127.0.0.1", port), 5).close()
                    break
                except ConnectionRefusedError:
                    time.sleep(0.05)
            yield port
        finally:
            process.terminate()
            process.wait(60)

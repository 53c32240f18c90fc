"""Who may ask, and what every answer carries."""

from __future__ import annotations

import pytest
from fastapi import FastAPI, WebSocket
from fastapi.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from painwatch.config.page import is_loopback
from painwatch.web.security import CONTENT_SECURITY_POLICY, guarded


def client(*, loopback: bool = True, base: str = "http://127.0.0.1:8080") -> TestClient:
    app = FastAPI()

    @app.get("/")
    def root() -> str:
        return "here"

    @app.websocket("/ws")
    async def talk(socket: WebSocket) -> None:
        await socket.accept()
        await socket.send_text("hello")
        await socket.close()

    return TestClient(guarded(app, loopback=loopback), base_url=base)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("host", "local"),
    [
        ("127.0.0.1", True),
        ("127.8.8.8", True),
        ("::1", True),
        ("localhost", True),
        ("0.0.0.0", False),
        ("::", False),
        ("192.168.1.4", False),
        ("lab.example", False),
    ],
)
def test_what_is_loopback(host: str, local: bool) -> None:
    assert is_loopback(host) is local


def test_every_answer_keeps_the_browser_on_this_host() -> None:
    for answer in (client().get("/"), client().get("/none")):
        assert answer.headers["content-security-policy"] == CONTENT_SECURITY_POLICY
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "no-referrer"
    assert "http" not in CONTENT_SECURITY_POLICY
    assert "*" not in CONTENT_SECURITY_POLICY


@pytest.mark.parametrize("base", ["http://127.0.0.1:8080", "http://localhost:9000", "http://[::1]:8080"])
def test_loopback_answers_to_its_names(base: str) -> None:
    assert client(base=base).get("/").status_code == 200


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8080", "127.0.0.1.evil.example", "", "[", "a:b:c"])
def test_loopback_does_not_answer_to_a_strangers_name(host: str) -> None:
    answer = client().get("/", headers={"host": host})
    assert answer.status_code == 403
    assert answer.json()["what"]


def test_elsewhere_any_name_may_be_used() -> None:
    assert client(loopback=False, base="http://lab.example").get("/").status_code == 200


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1:9999", "http://["])
def test_another_sites_page_may_not_ask(origin: str) -> None:
    assert client().get("/", headers={"origin": origin}).status_code == 403


def test_another_sites_page_may_link_here_but_not_fetch_pictures() -> None:
    elsewhere = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors", "sec-fetch-dest": "image"}
    assert client().get("/", headers=elsewhere).status_code == 403
    assert client().get("/", headers=elsewhere | {"sec-fetch-mode": "navigate"}).status_code == 200
    assert client().get("/", headers=elsewhere | {"sec-fetch-site": "same-origin"}).status_code == 200


def test_our_own_page_may_ask() -> None:
    assert client().get("/", headers={"origin": "http://127.0.0.1:8080"}).status_code == 200


def test_a_strangers_web_socket_is_closed_before_it_opens() -> None:
    with (
        pytest.raises(WebSocketDisconnect),
        client().websocket_connect("/ws", headers={"origin": "https://evil.example"}),
    ):
        pass


def test_our_own_web_socket_opens() -> None:
    own = {"origin": "http://127.0.0.1:8080", "host": "127.0.0.1:8080"}
    with client().websocket_connect("/ws", headers=own) as socket:
        assert socket.receive_text() == "hello"

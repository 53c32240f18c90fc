"""How many may connect, and how long the server waits: a real server, real sockets, shortened times."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import uvicorn
from websockets.sync.client import connect

from fixtures.certificates import make_certificate
from painwatch.config.page import TlsConfig
from painwatch.web import connections
from painwatch.web.access.asker import machine_of
from painwatch.web.access.tls import tls_context
from painwatch.web.connections import LARGEST_HEAD_BYTES, Listener, PatientProtocol
from painwatch.web.turning import serve

GET = b"GET / HTTP/1.1\r\nhost: x\r\n\r\n"


async def app(scope, receive, send):  # type: ignore[no-untyped-def]
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.accept"})
        while (message := await receive())["type"] == "websocket.receive":
            await send({"type": "websocket.send", "text": message["text"]})
        return
    await asyncio.sleep(0.5 if scope["path"] == "/slow" else 0)
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
    await send({"type": "http.response.body", "body": b"ok"})


@contextlib.contextmanager
def served(tls: ssl.SSLContext | None = None, **bounds: int) -> Iterator[tuple[str, int]]:
    with Listener(socket.create_server(("127.0.0.1", 0)), **bounds) as listener:
        server = uvicorn.Server(
            uvicorn.Config(
                app,
                http=PatientProtocol,
                ssl_context_factory=(lambda *_: tls) if tls else None,
                h11_max_incomplete_event_size=LARGEST_HEAD_BYTES,
                lifespan="off",
                log_config=None,
                proxy_headers=False,
                timeout_graceful_shutdown=1,
            )
        )
        thread = threading.Thread(target=serve, args=(server, listener, lambda: None), name="http")
        thread.start()
        try:
            yield listener.getsockname()
        finally:
            server.should_exit = True
            thread.join()


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "REQUEST_WITHIN_S", 0.2)


def heard(connection: socket.socket) -> bytes:
    """All that comes until the server hangs up."""
    parts = []
    with contextlib.suppress(ConnectionResetError):
        while part := connection.recv(4096):
            parts.append(part)
    return b"".join(parts)


def answered(connection: socket.socket) -> bool:
    """Whether one whole answer comes, which may be in parts; the connection stays."""
    answer = b""
    while not answer.endswith(b"ok") and (part := connection.recv(4096)):
        answer += part
    return answer.startswith(b"HTTP/1.1 200")


@pytest.mark.parametrize("said", [b"", b"GET", GET[:-2], b"POST /"])
def test_who_does_not_finish_asking_is_not_waited_for(hurried: None, said: bytes) -> None:
    with served() as address, socket.create_connection(address, 60) as connection:
        connection.sendall(said)
        assert heard(connection) == b""


def test_nor_who_drops_a_header_now_and_then(hurried: None) -> None:
    with served() as address, socket.create_connection(address, 60) as connection:
        stopped = threading.Event()

        def trickle() -> None:
            with contextlib.suppress(OSError):
                connection.sendall(GET[:-2])
                while not stopped.wait(0.05):
                    connection.sendall(b"x: y\r\n")

        thread = threading.Thread(target=trickle)
        thread.start()
        assert heard(connection) == b""
        stopped.set()
        thread.join()


def test_who_waits_for_an_answer_is_left_in_peace(hurried: None) -> None:
    with served() as address, socket.create_connection(address, 60) as connection:
        connection.sendall(GET.replace(b"/ ", b"/slow ").replace(b"host", b"connection: close\r\nhost"))
        assert heard(connection).endswith(b"ok")


def test_a_web_socket_may_be_silent(hurried: None) -> None:
    with served() as (host, port), connect(f"ws://{host}:{port}/") as talk:
        for _ in range(3):
            with socket.create_connection((host, port), 60) as silent:
                assert heard(silent) == b""
        talk.send("still here")
        assert talk.recv() == "still here"


def test_garbage_for_a_body_ends_the_connection_and_nothing_else(caplog: pytest.LogCaptureFixture) -> None:
    with served() as address:
        with socket.create_connection(address, 60) as connection:
            connection.sendall(b"POST /slow HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\nno number\r\n")
            assert b" 200 " not in heard(connection)
        with socket.create_connection(address, 60) as other:
            other.sendall(GET.replace(b"/ ", b"/slow "))
            assert other.recv(4096).startswith(b"HTTP/1.1 200")
    assert "Exception" not in caplog.text


def test_a_head_that_never_ends_is_refused() -> None:
    with served() as address, socket.create_connection(address, 60) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nx: ")
        with contextlib.suppress(OSError):
            connection.sendall(b"y" * (LARGEST_HEAD_BYTES + 70_000))
        assert b" 200 " not in heard(connection)
        with socket.create_connection(address, 60) as other:
            other.sendall(GET)
            assert other.recv(4096).startswith(b"HTTP/1.1 200")


def test_a_machine_is_one_whichever_of_its_ipv6_addresses_it_takes() -> None:
    assert machine_of("2001:db8::1") == machine_of("2001:db8::ffff:1") != machine_of("2001:db8:0:1::1")
    assert machine_of("::ffff:192.0.2.1") == machine_of("192.0.2.1") != machine_of("192.0.2.2")


def test_one_machine_holds_only_so_many_connections() -> None:
    with served(most_of_one=3) as address, contextlib.ExitStack() as stack:
        held = [stack.enter_context(socket.create_connection(address, 60)) for _ in range(3)]
        for connection in held:
            connection.sendall(GET)
            assert answered(connection)
        with socket.create_connection(address, 60) as one_more:
            assert heard(one_more) == b""
        held[0].sendall(GET)
        assert answered(held[0])


def test_connections_that_are_let_go_make_room(tmp_path: Path) -> None:
    with served(most=2) as address:
        for _ in range(6):
            with socket.create_connection(address, 60) as connection:
                connection.sendall(GET.replace(b"host", b"connection: close\r\nhost"))
                assert heard(connection).endswith(b"ok")


@pytest.fixture
def certificate(tmp_path: Path) -> TlsConfig:
    made, key = make_certificate(tmp_path)
    return TlsConfig(certificate=made, key=key)


def test_who_does_not_finish_the_tls_handshake_counts_as_well(certificate: TlsConfig, tmp_path: Path) -> None:
    tls = tls_context(certificate, tmp_path)
    with served(tls, most_of_one=3) as address, contextlib.ExitStack() as stack:
        for _ in range(3):
            stack.enter_context(socket.create_connection(address, 60))
        with socket.create_connection(address, 60) as one_more:
            assert heard(one_more) == b""


def test_who_does_not_finish_the_tls_handshake_is_not_waited_for(
    certificate: TlsConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert connections.TLS_WITHIN_S <= 10
    monkeypatch.setattr(connections, "TLS_WITHIN_S", 0.2)
    trusting = ssl.create_default_context(cafile=str(certificate.certificate))
    with served(tls_context(certificate, tmp_path)) as address:
        with socket.create_connection(address, 30) as mute:
            assert heard(mute) == b""
        with trusting.wrap_socket(socket.create_connection(address, 60), server_hostname="127.0.0.1") as good:
            good.sendall(GET)
            assert good.recv(4096).startswith(b"HTTP/1.1 200")

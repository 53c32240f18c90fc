"""How a drainer logs in, and that nobody else hears of it."""

from __future__ import annotations

import gc
import http.server
import logging
import threading
from pathlib import Path

import psutil
import pytest

from fixtures.certificates import make_certificate
from fixtures.draining import SECRET, TOKEN, draining, lines
from fixtures.outboxes import MemoryOutbox
from fixtures.waiting import wait_until
from painwatch.config.delivery import InfluxConfig
from painwatch.config.sources import Secret
from painwatch.core.errors import PainwatchError
from painwatch.sinks.answers import Meaning
from painwatch.sinks.client import Influx
from painwatch.sinks.inquiry import Inquiry
from servers.faulty_influx import FaultyInflux, Reply


def test_a_policy_and_a_user_are_given_as_1_8_wants_them() -> None:
    outbox = MemoryOutbox(lines(1))
    login = {"token": None, "username": "vet", "password": TOKEN, "retention_policy": "year"}
    with FaultyInflux() as server, draining(server.url, outbox, **login):
        wait_until(lambda: not outbox.waiting, what="the line to be sent")
    assert server.requests[0].headers["authorization"] == f"Token vet:{SECRET}"
    assert server.requests[0].query["bucket"] == "painwatch/year"
    assert not server.complaints


def test_without_a_login_none_is_sent() -> None:
    outbox = MemoryOutbox(lines(1))
    with FaultyInflux() as server, draining(server.url, outbox, token=None):
        wait_until(lambda: not outbox.waiting, what="the line to be sent")
    assert "authorization" not in server.requests[0].headers


def test_a_certificate_that_nobody_vouches_for_gets_nothing(tmp_path: Path) -> None:
    outbox = MemoryOutbox(lines(1))
    with (
        FaultyInflux(certificate=make_certificate(tmp_path)) as server,
        # One attempt, so that none is in the middle of a handshake when it is stopped.
        draining(server.url, outbox, pause_s=600) as drainer,
    ):
        wait_until(lambda: "certificate" in drainer.state.fault, what="the fault to be told")
        assert not server.requests
    assert list(outbox.waiting.values()) == lines(1)


def test_over_tls_records_arrive_and_stop_breaks_off_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    certificate = make_certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))
    outbox = MemoryOutbox(lines(3))
    with FaultyInflux(certificate=certificate) as server:
        with draining(server.url, outbox, timeout_s=120) as drainer:
            wait_until(lambda: drainer.state.sent == 3, what="the lines to be sent")
            server.script.append(Reply(hang_s=600))
            outbox.put(*lines(1, 3))
            wait_until(lambda: len(server.requests) == 2, what="the request to be in flight")
        server.released.set()
    assert list(outbox.waiting.values()) == lines(1, 3)


def test_a_new_token_is_taken_up_without_a_restart(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("old")
    outbox = MemoryOutbox(lines(1))
    server = FaultyInflux(
        judge=lambda sent: Reply() if server.requests[-1].headers["authorization"] == "Token new" else Reply(401)
    )
    with server, draining(server.url, outbox, read=lambda secret: file.read_text()) as drainer:
        wait_until(lambda: server.requests, what="the first attempt")
        file.write_text("new\n")
        wait_until(lambda: drainer.state.sent == 1, what="the line to be sent")
    assert server.requests[-1].headers["authorization"] == "Token new"


def test_a_client_that_is_let_go_leaves_no_connection_open() -> None:
    with FaultyInflux() as server:
        port = int(server.url.rpartition(":")[2])

        def connections() -> int:
            return sum(bool(each.raddr) and each.raddr.port == port for each in psutil.Process().net_connections("tcp"))

        gc.disable()
        try:
            client = Influx(InfluxConfig(url=server.url), "")
            assert client.write(lines(1)[0]).meaning is Meaning.TAKEN
            assert connections() == 1
            client.close()
            assert connections() == 0
        finally:
            gc.enable()


def test_a_secret_that_cannot_be_read_is_a_fault_and_not_the_end() -> None:
    found: list[str] = []

    def read(secret: Secret) -> str:
        if not found:
            raise PainwatchError("is not set", where="$INFLUX_TOKEN", mend="set it")
        return found[0]

    outbox = MemoryOutbox(lines(1))
    with FaultyInflux() as server, draining(server.url, outbox, read=read) as drainer:
        wait_until(lambda: "$INFLUX_TOKEN: is not set" in drainer.state.fault, what="the fault to be told")
        assert drainer.state.held
        found.append("at last")
        wait_until(lambda: drainer.state.sent == 1, what="the line to be sent")
        assert server.requests[0].headers["authorization"] == "Token at last"


@pytest.mark.parametrize("echoed", [True, False])
def test_no_log_and_no_fault_holds_the_token(caplog: pytest.LogCaptureFixture, echoed: bool) -> None:
    # influxdb-client itself notes at DEBUG what a server says: there only what we say ourselves can be held to it.
    caplog.set_level(logging.INFO if echoed else logging.DEBUG)
    said = SECRET if echoed else "unauthorized"
    echoes = [Reply(status, {"X-Influxdb-Error": f"no: Token {said}"}, f"no: {said}") for status in (401, 500, 400)]
    outbox, waited = MemoryOutbox(lines(2)), []
    with (
        FaultyInflux(*echoes, Reply(close=True), Reply(hang_s=600)) as server,
        draining(server.url, outbox, waited=waited, timeout_s=0.3) as drainer,
    ):
        wait_until(lambda: drainer.state.sent == 2, what="the lines to be sent")
        server.released.set()
    assert len(waited) >= 3
    assert "sink influxdb" in caplog.text
    assert SECRET not in caplog.text
    assert not any(SECRET in answer.words for answer, _ in waited)


@pytest.mark.parametrize(
    ("login", "secret", "never"),
    [
        ({"username": "vet", "password": TOKEN}, "vet:first:last", ("first", "last")),
        ({"token": TOKEN}, "first:last", ("first", "last")),
        ({"token": TOKEN}, "no-colon", ("no-colon",)),
    ],
)
def test_no_part_of_a_login_is_repeated(login: dict[str, object], secret: str, never: tuple[str, ...]) -> None:
    def judged(_: tuple[bytes, ...]) -> Reply:
        return Reply(401, body=f"no: {secret}, {server.requests[-1].headers['authorization']}")

    with FaultyInflux(judge=judged) as server:
        sink = InfluxConfig.model_validate({"url": server.url} | login)
        client = Influx(sink, secret)
        answer = client.write(lines(1)[0])
        client.close()
    assert answer.login
    assert "no: " in answer.words
    assert not any(part in answer.words for part in never)


@pytest.mark.parametrize("login", [{"username": "vet", "password": TOKEN}, {"token": TOKEN}])
def test_no_answer_to_a_question_repeats_the_login(login: dict[str, object]) -> None:
    with InfluxThatRepeats() as url:
        inquiry = Inquiry(InfluxConfig.model_validate({"url": url} | login), "vet:first:last")
        reply = inquiry.influxql("SHOW DATABASES")
    assert reply.status == 401
    assert "***" in reply.body
    assert not any(part in reply.body for part in ("first", "last", "dmV0OmZpcnN0Omxhc3Q="))


def test_a_login_that_no_header_can_carry_is_told_without_it() -> None:
    sink = InfluxConfig.model_validate({"url": "http://127.0.0.1:9", "token": TOKEN})
    client = Influx(sink, "first\nlast")
    answer = client.write(lines(1)[0])
    client.close()
    assert answer.meaning is Meaning.LATER
    assert "first" not in answer.words
    with pytest.raises(PainwatchError) as told:
        Inquiry(sink, "first\nlast").version()
    assert "first" not in str(told.value)


class InfluxThatRepeats(http.server.ThreadingHTTPServer):
    """Answers 401 to any question, and repeats the login in it; as a context that gives its URL."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Repeating)
        self._thread = threading.Thread(target=self.serve_forever, args=(0.02,), name="http repeating")

    def __enter__(self) -> str:  # type: ignore[override]
        self._thread.start()
        return f"http://127.0.0.1:{self.server_port}"

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self._thread.join()
        self.server_close()


class _Repeating(http.server.BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        said = f"no: vet:first:last, {self.headers['Authorization']}".encode()
        self.send_response(401)
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""

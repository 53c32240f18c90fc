"""The thread that carries records, and a scripted server over real HTTP that does what servers do."""

from __future__ import annotations

import time

import pytest

from fixtures.draining import SECRET, draining, lines
from fixtures.outboxes import MemoryOutbox
from fixtures.waiting import wait_until
from painwatch.core.errors import StoreError
from servers.faulty_influx import FaultyInflux, Reply


def test_all_that_waits_is_sent_once_in_order_with_its_login() -> None:
    outbox = MemoryOutbox(lines(2500))
    with FaultyInflux() as server, draining(server.url, outbox, org="lab", bucket="pain") as drainer:
        wait_until(lambda: drainer.state.sent == 2500, what="all to be sent")
        outbox.put(*lines(10, 2500))
        wait_until(lambda: drainer.state.sent == 2510 and drainer.state.waiting == 0, what="more to be sent")
        state = drainer.state
    assert server.lines == lines(2510)
    assert not outbox.waiting
    assert len(server.requests) < 12
    assert not server.complaints
    assert {request.headers["authorization"] for request in server.requests} == {f"Token {SECRET}"}
    assert server.requests[0].query == {"org": "lab", "bucket": "pain", "precision": "ns"}
    assert (state.fault, state.held, state.oldest_ns) == ("", False, None)
    assert state.last_sent_ns is not None


@pytest.mark.parametrize(
    ("reply", "held"),
    [
        (Reply(503, {"Retry-After": "1"}, '{"error":"starting"}'), False),
        (Reply(429), False),
        (Reply(500), False),
        (Reply(502, body="<html><title>502 Bad Gateway</title></html>"), False),
        (Reply(close=True), False),
        (Reply(200, body="<html>hello"), True),
        (Reply(302, {"Location": "http://127.0.0.1:1/login"}), True),
        (Reply(401, body='{"message":"unauthorized access"}'), True),
        (Reply(403), True),
        (Reply(404, body='{"error":"database not found"}'), True),
    ],
)
def test_whatever_is_answered_nothing_is_lost_and_a_fault_is_told(reply: Reply, held: bool) -> None:
    outbox, waited = MemoryOutbox(lines(20)), []
    with FaultyInflux(*[reply] * 5) as server, draining(server.url, outbox, waited=waited) as drainer:
        wait_until(lambda: len(waited) >= 3, what="a few failures")
        if server.script:
            assert drainer.state.fault
        wait_until(lambda: not outbox.waiting and not drainer.state.fault, what="the lines to be sent")
    assert server.lines == lines(20)
    assert not outbox.buried
    assert [failures for _, failures in waited] == [1, 2, 3, 4, 5]
    assert all((answer.meaning.value == "held") is held for answer, _ in waited)
    assert all((answer.retry_after_s == 1) == ("Retry-After" in reply.headers) for answer, _ in waited)


def test_a_server_that_is_not_there_is_waited_for() -> None:
    with FaultyInflux() as gone:
        url = gone.url
    outbox, waited = MemoryOutbox(lines(1)), []
    with draining(url, outbox, waited=waited) as drainer:
        wait_until(lambda: len(waited) >= 2, what="two failures")
        assert drainer.state.fault == "nothing answers at its address"
        assert drainer.state.waiting == 1
    assert list(outbox.waiting.values()) == lines(1)


def test_a_server_that_says_nothing_is_given_up_in_time() -> None:
    outbox, waited = MemoryOutbox(lines(1)), []
    with (
        FaultyInflux(Reply(hang_s=600)) as server,
        draining(server.url, outbox, waited=waited, timeout_s=0.2) as drainer,
    ):
        wait_until(lambda: drainer.state.sent == 1, what="the second attempt")
        server.released.set()
    assert [answer.words for answer, _ in waited] == ["does not answer in time"]


def test_stop_breaks_off_a_request_that_hangs() -> None:
    outbox = MemoryOutbox(lines(1))
    with FaultyInflux(Reply(hang_s=600)) as server:
        with draining(server.url, outbox, timeout_s=120) as drainer:
            wait_until(lambda: server.requests, what="the request to be in flight")
            began = time.monotonic()
            drainer.stop()
            assert time.monotonic() - began < 100
        server.released.set()
    assert list(outbox.waiting.values()) == lines(1)


def test_poison_is_buried_with_the_servers_reason_and_the_rest_arrives() -> None:
    def judge(sent: tuple[bytes, ...]) -> Reply:
        bad = [line for line in sent if b"v=13.0" in line]
        return Reply(400, body='{"error":"partial write: 13 is unlucky dropped=1"}') if bad else Reply()

    outbox = MemoryOutbox(lines(40))
    with FaultyInflux(judge=judge) as server, draining(server.url, outbox) as drainer:
        wait_until(lambda: not outbox.waiting and drainer.state.refused == 1, what="the outbox to be empty")
        assert drainer.state.fault == ""
    assert outbox.buried == {lines(40)[13]: "400: partial write: 13 is unlucky dropped=1"}
    assert sorted(set(server.lines)) == sorted(line for line in lines(40) if b"v=13.0" not in line)


def test_a_database_that_refuses_all_keeps_its_outbox() -> None:
    outbox, waited = MemoryOutbox(lines(500)), []
    with (
        FaultyInflux(judge=lambda sent: Reply(400, body='{"error":"wrong kind"}')) as server,
        draining(server.url, outbox, waited=waited) as drainer,
    ):
        wait_until(lambda: len(waited) >= 2, what="two failures")
        assert drainer.state.held
        assert "takes nothing at all: 400: wrong kind" in drainer.state.fault
        assert len(server.requests) < 150
    assert len(outbox.waiting) == 500
    assert not outbox.buried


def test_a_body_that_is_too_large_goes_in_parts() -> None:
    outbox = MemoryOutbox(lines(100))
    with (
        FaultyInflux(judge=lambda sent: Reply(413) if len(sent) > 7 else Reply()) as server,
        draining(server.url, outbox) as drainer,
    ):
        wait_until(lambda: drainer.state.sent == 100, what="all to be sent")
    assert server.lines == lines(100)


def test_a_history_that_cannot_be_written_is_a_fault_and_lines_are_sent_again() -> None:
    outbox = MemoryOutbox(lines(3))
    outbox.fault = StoreError("the disk is full", where="history.sqlite", mend="make room")
    with FaultyInflux() as server, draining(server.url, outbox) as drainer:
        wait_until(lambda: "the disk is full" in drainer.state.fault, what="the fault to be told")
        # The sink itself may be well: there is nothing to mend at it.
        assert not drainer.state.held
        outbox.fault = None
        wait_until(lambda: drainer.state.sent == 3 and not drainer.state.fault, what="the lines to be sent")
    assert server.lines == lines(3)


def test_an_unexpected_fault_does_not_end_the_thread(caplog: pytest.LogCaptureFixture) -> None:
    outbox = MemoryOutbox(lines(3))
    outbox.fault = ZeroDivisionError("ours")
    with FaultyInflux() as server, draining(server.url, outbox) as drainer:
        wait_until(lambda: "ZeroDivisionError" in drainer.state.fault, what="the fault to be told")
        outbox.fault = None
        wait_until(lambda: drainer.state.sent == 3, what="the lines to be sent")
    assert "ZeroDivisionError" in caplog.text
    assert "outboxes.py" in caplog.text
    # What a client raises may repeat its headers.
    assert "ours" not in caplog.text

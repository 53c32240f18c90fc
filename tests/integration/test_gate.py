"""The hub's door to other hosts, with real sockets on the loopback."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import zmq

from fixtures.hosts import Hosts, came, line, new_pair
from fixtures.looks import NOON
from fixtures.waiting import wait_until
from painwatch.config.network import ListenConfig
from painwatch.core.types import Tick
from painwatch.core.wire import encode
from painwatch.curve import gate as gate_module
from painwatch.curve.folder import allow, own_pair, revoke
from painwatch.curve.gate import MOST_BYTES, MOST_CONNECTIONS, SHUT_NS, Gate
from painwatch.curve.hosts import READ_AGAIN_NS, HostList
from painwatch.curve.way import HubWay, connect

GOOD = encode(Tick(NOON))


@pytest.fixture
def hosts(tmp_path: Path) -> Hosts:
    return Hosts(tmp_path / "keys")


@contextlib.contextmanager
def bare(port: int, *, options: dict[int, bytes] | None = None) -> Iterator[zmq.Socket[bytes]]:
    """A socket as strangers make it."""
    with zmq.Context() as context, context.socket(zmq.PUSH) as one:
        one.setsockopt(zmq.LINGER, 0)
        for option, value in (options or {}).items():
            one.setsockopt(option, value)
        one.connect(f"tcp://127.0.0.1:{port}")
        yield one


def test_a_listed_host_gets_in_and_is_known_by_its_key(hosts: Hosts) -> None:
    one, two = hosts.listed("room-2"), hosts.listed("room-3")
    with hosts.gate() as gate, line(one) as first, line(two) as second:
        assert first.send(Tick(NOON))
        assert second.send(Tick(NOON))
        got: list[tuple[bytes, str | None]] = []
        wait_until(lambda: got.extend(came(gate)) or len(got) == 2, what="both messages")
    assert sorted(got, key=str) == [(GOOD, "room-2"), (GOOD, "room-3")]


def test_nobody_else_gets_in(hosts: Hosts, caplog: pytest.LogCaptureFixture) -> None:
    listed, stranger = hosts.listed("room-2"), new_pair()
    astray = hosts.way(listed.own or stranger, hub_key=new_pair().public)
    plain_password = {zmq.PLAIN_USERNAME: b"room-2", zmq.PLAIN_PASSWORD: b"room-2"}
    with contextlib.ExitStack() as open_lines:
        gate = open_lines.enter_context(hosts.gate())
        for way in (hosts.way(stranger), astray):
            open_lines.enter_context(line(way)).send(Tick(NOON))
        for options in (None, plain_password):
            open_lines.enter_context(bare(hosts.port, options=options)).send(GOOD, zmq.NOBLOCK)
        with socket.create_connection(("127.0.0.1", hosts.port)) as junk:
            junk.sendall(b"GET / HTTP/1.1\r\n\r\n" + b"\xff" * 10_000)
        wait_until(lambda: came(gate) or "not listed" in caplog.text, what="the stranger's knock")
        open_lines.enter_context(line(listed)).send(Tick(NOON + 1))
        got: list[tuple[bytes, str | None]] = []
        wait_until(lambda: got.extend(came(gate)) or got, what="the listed host")
        for _ in range(20):
            got.extend(came(gate))
    assert got == [(encode(Tick(NOON + 1)), "room-2")]
    assert f"painwatch keys allow NAME '{stranger.public}'" in caplog.text
    assert stranger.secret not in caplog.text


def test_a_host_that_is_listed_later_gets_in_with_all_that_it_kept(hosts: Hosts) -> None:
    pair = new_pair()
    with hosts.gate() as gate, line(hosts.way(pair)) as late:
        assert all(late.send(Tick(NOON + number)) for number in range(5))
        for _ in range(10):
            assert not came(gate)
        allow(hosts.folder, "room-2", pair.public)
        got: list[tuple[bytes, str | None]] = []
        wait_until(lambda: got.extend(came(gate)) or len(got) == 5, what="what was kept")
    assert got == [(encode(Tick(NOON + number)), "room-2") for number in range(5)]


def test_a_revoked_host_is_nobody_from_then_on_though_its_line_is_open(hosts: Hosts) -> None:
    way = hosts.listed("room-2")
    with hosts.gate() as gate, line(way) as open_line:
        open_line.send(Tick(NOON))
        got: list[tuple[bytes, str | None]] = []
        wait_until(lambda: got.extend(came(gate)) or got, what="the message of a listed host")
        revoke(hosts.folder, "room-2")

        def refused() -> bool:
            open_line.send(Tick(NOON))
            return (GOOD, None) in came(gate)

        wait_until(refused, what="the key to be forgotten", within_s=30)
        open_line.send(Tick(NOON))
        later: list[tuple[bytes, str | None]] = []
        wait_until(lambda: later.extend(came(gate)) or later, what="one more")
        assert {host for _, host in later} == {None}
    with hosts.gate() as gate, line(way) as new_line:
        new_line.send(Tick(NOON))
        assert not [message for _ in range(20) for message in came(gate)]


def test_a_message_that_is_too_long_does_not_get_in_and_the_others_do(hosts: Hosts) -> None:
    long, good = hosts.listed("room-2"), hosts.listed("room-3")
    with hosts.gate() as gate, zmq.Context() as context, context.socket(zmq.PUSH) as sender, line(good) as other:
        sender.setsockopt(zmq.LINGER, 0)
        connect(sender, long)
        sender.send(b"x" * (MOST_BYTES + 1))
        other.send(Tick(NOON))
        got: list[tuple[bytes, str | None]] = []
        wait_until(lambda: got.extend(came(gate)) or got, what="the other host")
        for _ in range(20):
            got.extend(came(gate))
    assert got == [(GOOD, "room-3")]


def test_a_crowd_is_cut_off_and_hosts_come_back_by_themselves(
    hosts: Hosts, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    assert MOST_CONNECTIONS > 8
    monkeypatch.setattr(gate_module, "MOST_CONNECTIONS", 8)
    with hosts.gate() as gate, contextlib.ExitStack() as crowd, line(hosts.listed("room-2")) as host:
        host.send(Tick(NOON))
        got: list[tuple[bytes, str | None]] = []
        wait_until(lambda: got.extend(came(gate)) or got, what="the host")
        many = [crowd.enter_context(socket.create_connection(("127.0.0.1", hosts.port))) for _ in range(8)]
        for one in many:
            one.setblocking(False)

        def cut(one: socket.socket) -> bool:
            try:
                return one.recv(1000) == b""
            except ConnectionResetError:
                return True
            except BlockingIOError:
                return False

        open_still = set(many)
        wait_until(
            lambda: came(gate) or open_still.difference_update(filter(cut, list(open_still))) or not open_still,
            what="the end of the crowd",
        )
        assert "all are cut" in caplog.text

        def back() -> bool:
            host.send(Tick(NOON + 1))
            return (encode(Tick(NOON + 1)), "room-2") in came(gate)

        wait_until(back, what="the host again")


def test_what_never_says_who_it_is_is_cut_off(hosts: Hosts) -> None:
    with hosts.gate() as gate, socket.create_connection(("127.0.0.1", hosts.port)) as mute:
        mute.setblocking(False)

        def cut() -> bool:
            came(gate)
            try:
                return mute.recv(1000) == b""
            except BlockingIOError:
                return False

        wait_until(cut, what="the end of a connection without a word", within_s=60)


def test_nothing_leaves_or_enters_a_host_without_keys() -> None:
    for way in (("tcp://127.0.0.1:1",), ("tcp://127.0.0.1:1", new_pair()), ("tcp://127.0.0.1:1", None, "x" * 40)):
        with pytest.raises(ValueError, match="without keys"):
            HubWay(*way)  # type: ignore[arg-type]


def test_a_door_that_cannot_be_opened_yet_opens_once_it_can(hosts: Hosts, caplog: pytest.LogCaptureFixture) -> None:
    way = hosts.listed("room-2")
    with contextlib.ExitStack() as stack:
        with socket.create_server(("127.0.0.1", hosts.port)):
            gate = stack.enter_context(hosts.gate())
            for at in range(3):
                gate.mind(at * 10 * SHUT_NS)
                assert "cannot listen for other hosts" in gate.fault
        assert caplog.text.count("cannot listen for other hosts") == 1
        assert "free port" in caplog.text
        gate.mind(30 * SHUT_NS)
        assert gate.fault == ""
        sender = stack.enter_context(line(way))
        sender.send(Tick(NOON))
        got: list[tuple[bytes, str | None]] = []
        wait_until(lambda: got.extend(came(gate)) or got, what="the host")
    assert got == [(GOOD, "room-2")]


def test_an_address_that_is_not_of_this_machine_ends_nothing(hosts: Hosts) -> None:
    gate = Gate(ListenConfig(host="203.0.113.7", port=hosts.port), own_pair(hosts.folder), HostList(hosts.folder))
    try:
        assert "cannot listen for other hosts at tcp://203.0.113.7" in gate.fault
    finally:
        gate.close()


def test_a_name_that_nobody_knows_is_told_and_leaves_nothing(hosts: Hosts) -> None:
    before = threading.active_count()
    gate = Gate(ListenConfig(host="no such host", port=hosts.port), own_pair(hosts.folder), HostList(hosts.folder))
    try:
        wait_until(lambda: gate.mind(10 * SHUT_NS) or "is not known" in gate.fault, what="the answer")
    finally:
        gate.close()
    wait_until(lambda: threading.active_count() == before, what="the end of looking up")


def test_a_name_of_this_machine_opens_the_door(tmp_path: Path) -> None:
    here = Hosts(tmp_path / "keys")
    gate = Gate(ListenConfig(host="localhost", port=here.port), own_pair(here.folder), HostList(here.folder))

    def opened() -> bool:
        gate.mind(0)
        return bool(gate.results.getsockopt(zmq.LAST_ENDPOINT))

    try:
        wait_until(opened, what="the door")
    finally:
        gate.close()


def test_a_spoilt_list_lets_in_the_others_and_is_told_once(hosts: Hosts, caplog: pytest.LogCaptureFixture) -> None:
    pair = new_pair()
    allow(hosts.folder, "room-2", pair.public)
    (hosts.folder / "authorised" / "room-3.key").write_text("junk")
    names = HostList(hosts.folder)
    assert [names.name_of(pair.public, at * READ_AGAIN_NS) for at in range(3)] == ["room-2"] * 3
    assert len(caplog.records) == 1
    assert "room-3.key" in caplog.text
    assert names.name_of("", 10 * READ_AGAIN_NS) is None

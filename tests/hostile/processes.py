"""Real processes of ours, reached by the sockets that they listen on."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import urlsplit

import zmq

from fixtures.hosts import Hosts, line
from fixtures.hubs import config_of, hub_process, listener, places_in, sender
from fixtures.looks import NOON, look
from fixtures.page_process import SOCKET, TOKENS, served
from hostile.messages import hostile_message
from hostile.mutate import NASTY_BYTES, mutated
from hostile.trial import Counts, Trial, UnclearError, rss_of
from painwatch.config.models import Config
from painwatch.core.types import ProcessPhase, ProcessState

AT_ONCE = 40


@contextlib.contextmanager
def hub_sockets(folder: Path) -> Iterator[Trial]:
    """A hub: messages on its socket file and over CURVE from a host that is listed, and bytes that are no ZeroMQ.

    After each handful the hub must take an honest message, and must have counted all that it refused.
    """
    places = places_in(folder)
    places.data_dir.mkdir(parents=True)
    hosts = Hosts(folder / "keys")
    far = {"name": "far", "cameras": [{"name": "far-eye", "source": {"kind": "remote", "host": "room-a"}}]}
    config = config_of()
    settings = config.model_dump(mode="json")
    settings["cages"].append(settings["cages"][0] | far)
    settings["network"] = {"listen": {"host": "127.0.0.1", "port": hosts.port}}
    config = Config.model_validate(settings)
    way, told = hosts.listed("room-a"), [0]
    with (
        hub_process(config, folder, wall_ns=NOON) as hub,
        listener(places) as heard,
        sender(places) as send,
        line(way) as room,
    ):
        heard.snapshot()
        ipc = places.results.removeprefix("ipc://")

        def one(dice: Random) -> Counts:
            before = heard.snapshot().malformed_messages
            count = AT_ONCE
            match dice.randrange(6):
                case 0 | 1 | 2:
                    send(*(hostile_message(dice) for _ in range(AT_ONCE)))
                case 3:
                    for _ in range(AT_ONCE):
                        _raw_send(room, hostile_message(dice))
                case 4:
                    count = 4
                    for _ in range(count):
                        _knock(socket.AF_UNIX, ipc, _no_zeromq(dice))
                case _:
                    count = 4
                    for _ in range(count):
                        _knock(socket.AF_INET, ("127.0.0.1", hosts.port), _no_zeromq(dice))
            told[0] += 1
            mark = f"{told[0]} inputs"
            send(look("left", NOON, 0.5), ProcessState("fuzz", ProcessPhase.RUNNING, NOON, NOON, reason=mark))
            snapshot = heard.snapshot(lambda s: any(p.reason == mark for p in s.processes))
            refused = min(count, snapshot.malformed_messages - before) if count == AT_ONCE else count
            return Counts(count, count - refused, refused)

        yield Trial(one, lambda: rss_of(hub.pid))


@contextlib.contextmanager
def page_sockets(folder: Path) -> Iterator[Trial]:
    """A page: bytes that are no HTTP, requests and logins that are wrong, and sockets that say what no page says."""
    with served(folder, {}) as page:
        address = urlsplit(page.address)
        at = ("127.0.0.1", address.port)
        host = f"127.0.0.1:{address.port}"

        def one(dice: Random) -> Counts:
            answer = _knock(socket.AF_INET, at, _http(host, dice))
            status, _, body = page.get("healthz")
            if status not in (200, 429, 503):
                raise UnclearError(f"the page is ill: {status} {body[:200]!r}")
            if answer.startswith((b"HTTP/1.1 500", b"HTTP/1.0 500")) or b"Traceback" in answer:
                raise UnclearError(f"{answer[:300]!r}")
            if any("Traceback" in words for words in page.log):
                told = "".join(page.log[-12:])
                page.log.clear()
                raise UnclearError(f"a traceback in the log: {told}")
            accepted = answer.startswith((b"HTTP/1.1 2", b"HTTP/1.1 3", b"HTTP/1.1 101"))
            return Counts(accepted=int(accepted), refused=int(not accepted))

        yield Trial(one, lambda: rss_of(page.process.pid))


def _raw_send(room: Any, data: bytes) -> None:
    with contextlib.suppress(zmq.Again):
        room._socket.send(data, zmq.NOBLOCK)


def _knock(family: socket.AddressFamily, at: Any, data: bytes) -> bytes:
    """What comes back for `data` within a moment."""
    with socket.socket(family, socket.SOCK_STREAM) as knock:
        knock.settimeout(0.3)
        answer = b""
        with contextlib.suppress(OSError):
            knock.connect(at)
            knock.sendall(data)
            while len(answer) < 100_000 and (part := knock.recv(65_536)):
                answer += part
                if answer.startswith(b"HTTP/1.1 ") and b"\r\n\r\n" in answer:
                    knock.settimeout(0.05)
        return answer


def _no_zeromq(dice: Random) -> bytes:
    greeting = (
        b"\xff"
        + b"\0" * 8
        + b"\x7f\x03\x00"
        + dice.choice((b"NULL", b"CURVE", b"PLAIN", b"\xff" * 20)).ljust(20, b"\0")
    )
    greeting = greeting.ljust(64, b"\0")
    ready = b"\x04\x19\x05READY\x0bSocket-Type\x00\x00\x00\x04PUSH"
    long = b"\x02" + (2**62).to_bytes(8, "big") + b"x" * 1000
    return dice.choice(
        (
            greeting + ready + long,
            greeting + b"\x06" + b"\xff" * 8 + dice.randbytes(200),
            mutated(greeting + ready + b"\0\x05hello", dice),
            dice.randbytes(dice.randrange(2000)),
            b"GET / HTTP/1.1\r\n\r\n",
            greeting[: dice.randrange(64)],
        )
    )


def _http(host: str, dice: Random) -> bytes:
    token = dice.choice((TOKENS["anna"], TOKENS["wall"]))
    own = f"Host: {host}\r\nOrigin: http://{host}\r\n"
    who = f"Authorization: Bearer {token}\r\n"
    body = dice.choice((f"token={token}&next=/", "token=" + "x" * 9000, "%ff=%00", "a=b&" * 9000, '{"token":1}'))
    form = f"{own}Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n\r\n{body}"
    upgrade = "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    upgrade += "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
    opened = f"GET /{SOCKET} HTTP/1.1\r\n{own}{who}{upgrade}".encode()
    # Wrong tokens are slowed down soon, and then nothing else of this machine comes in either.
    match dice.randrange(14) if dice.random() < 0.03 else dice.randrange(3, 14):
        case 0 | 1:
            return f"POST /login HTTP/1.1\r\n{form}".encode()
        case 2:
            return mutated(f"POST /login HTTP/1.1\r\n{form}".encode(), dice)
        case 3 | 4 | 5:
            return opened + b"".join(_frame(dice) for _ in range(dice.randint(1, 8)))
        case 6:
            return mutated(opened, dice)
        case 7:
            return f"GET /{'x' * dice.choice((10, 5000, 100_000))} HTTP/1.1\r\n{own}{who}\r\n".encode()
        case 8:
            return f"GET / HTTP/1.1\r\n{own}".encode() + b"X: y\r\n" * dice.choice((10, 70, 5000)) + b"\r\n"
        case 9:
            chunked = f"POST /api/cages/cage-1/marks HTTP/1.1\r\n{own}{who}Transfer-Encoding: chunked\r\n\r\n"
            return chunked.encode() + b"ffffffffffffffff\r\n" + b"x" * 70_000
        case 10:
            said = f"POST /api/cages/cage-1/marks HTTP/1.1\r\n{own}{who}Content-Type: application/json\r\n"
            deep = "[" * dice.choice((10, 60_000))
            return f"{said}Content-Length: {len(deep)}\r\n\r\n{deep}".encode()
        case 11:
            return dice.randbytes(dice.randrange(5000))
        case 12:
            path = dice.choice(
                ("..%2f..%2fetc/passwd", "%00", "\\", "//evil", "api/%ff", "_nicegui/../x", "page/..%5cx")
            )
            return f"GET /{path} HTTP/1.1\r\n{own}{who}\r\n".encode()
        case _:
            return mutated(f"GET /api/cages HTTP/1.1\r\n{own}{who}\r\n".encode(), dice) + dice.choice(NASTY_BYTES)


def _frame(dice: Random) -> bytes:
    """A frame of a WebSocket, as a client masks it; or as no client may send it."""
    payload = dice.choice(
        (
            b"40", b"2", b"3", b"1", b"41", b"42[]", b'42["event",{}]', b'42["handshake",{"client_id":"x"}]',
            b'451-["x",{"_placeholder":true,"num":0}]', b'42["event",' + b"[" * 20_000, b"40/x,{}", b"\xff\xfe",
            b'42["handshake",{"client_id":null,"document_id":{},"tab_id":[],"old_tab_id":1,"next_message_id":-1}]',
            dice.randbytes(40), b"4" * 9000,
        )
    )  # fmt: skip
    head = dice.choice((0x81, 0x81, 0x81, 0x82, 0x01, 0x88, 0x89, 0xF1, 0x83))
    if dice.random() < 0.1:
        return bytes([head, 0xFF]) + b"\x7f" + b"\xff" * 7 + dice.randbytes(300)
    size = len(payload)
    length = bytes([0x80 | size]) if size < 126 else b"\xfe" + size.to_bytes(2, "big")
    return bytes([head]) + length + b"\0\0\0\0" + payload

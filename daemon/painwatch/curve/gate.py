"""The hub's door to other hosts: a TCP socket that talks CURVE only, and only with hosts on the list.

Nothing else in this program binds a TCP socket of ZeroMQ, and this one cannot be made without keys. Every message is
told with the host that sent it, by the key it proved to have, and by the list as it stands when the message is taken.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator

import zmq
from zmq.utils import z85
from zmq.utils.monitor import recv_monitor_message

from painwatch.config.network import ListenConfig
from painwatch.core.errors import PainwatchError
from painwatch.curve.finding import Finding
from painwatch.curve.folder import KeyPair
from painwatch.curve.hosts import HostList
from painwatch.curve.knocks import Knocks
from painwatch.curve.way import alive, endpoint

log = logging.getLogger(__name__)

MOST_BYTES = 65_536
"""No message of a camera host comes near; who sends a longer one is cut off."""

KEPT = 200
"""Messages kept for each connection; what is more waits on the sender's side."""

MOST_CONNECTIONS = 256
"""A host has one for each camera, each device and its supervisor. Who opens more than all hosts can need uses up the
file handles of the hub. ZeroMQ can close a door only with all that is behind it; hosts come back by themselves.
"""

SHUT_NS = 2_000_000_000
"""How long all stay cut, and how soon an address that cannot be listened at is tried again."""

_ZAP = "inproc://zeromq.zap.01"


class Gate:
    """Lets in the hosts of `hosts`. For one thread; `mind` must be called often, since it answers who knocks.

    The list is asked here rather than by pyzmq's own authenticator because that one's answer (400) makes libzmq's
    clients give up for good; after ours (300) a host that is listed later gets in, with all that it has kept.

    Where it cannot listen yet it stays shut and tries again, from `mind`: the address of a network that comes up late
    must not keep this host's own cages from being watched.
    """

    def __init__(self, listen: ListenConfig, own: KeyPair, hosts: HostList) -> None:
        self._hosts = hosts
        self._connections: set[int] = set()
        self._knocks = Knocks()
        # A context of its own, and so a thread of its own: a flood from outside does not slow what comes from here.
        self._context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        self._zap = self._context.socket(zmq.REP)
        self._zap.bind(_ZAP)
        self.results = self._context.socket(zmq.PULL)
        self._monitor = self.results.get_monitor_socket(zmq.Event.ACCEPTED | zmq.Event.DISCONNECTED)
        self._listen, self._finding = listen, Finding(listen)
        self._endpoint, self._fault = "", ""
        self._shut_until_ns: int | None = 0
        try:
            _secure(self.results, own)
            self._open(0)
        except BaseException:
            self.close()
            raise

    @property
    def fault(self) -> str:
        """Why it does not listen though it should; empty if it does, or shut itself for a moment."""
        return self._fault

    @property
    def sockets(self) -> tuple[zmq.Socket[bytes], ...]:
        """To be polled: when one of them is readable, `mind` or `take` has something to do."""
        return self._zap, self._monitor, self.results

    def mind(self, mono_ns: int) -> None:
        """Answers who knocks, and keeps the number of connections within bounds. Does not wait."""
        for socket, answer in ((self._zap, self._answer), (self._monitor, self._count)):
            while socket.poll(0):
                answer(mono_ns)
        if self._shut_until_ns is None and len(self._connections) >= MOST_CONNECTIONS:
            log.error("%d connections from other hosts: all are cut for %d s", MOST_CONNECTIONS, SHUT_NS // 10**9)
            self.results.unbind(self._endpoint)
            self._shut_until_ns = mono_ns + SHUT_NS
        elif self._shut_until_ns is not None and mono_ns >= self._shut_until_ns:
            self._connections.clear()  # of those that were cut nothing is told
            self._open(mono_ns)

    def take(self, most: int, mono_ns: int) -> Iterator[tuple[bytes, str | None]]:
        """Up to `most` messages that wait, each with the host that sent it; None if that is no longer on the list."""
        for _ in range(most):
            try:
                frame = self.results.recv(zmq.NOBLOCK, copy=False)
            except zmq.Again:
                return
            yield frame.bytes, self._hosts.name_of(_key_of(frame), mono_ns)

    def close(self) -> None:
        """Cuts all connections."""
        self.results.disable_monitor()
        for socket in (self._monitor, self.results, self._zap):
            socket.close(0)
        self._context.term()

    def _open(self, mono_ns: int) -> None:
        try:
            address = self._finding.address()
            if address is None:
                return
            self._endpoint = endpoint(address, self._listen.port)
            self.results.bind(self._endpoint)
        except (PainwatchError, zmq.ZMQError) as error:
            self._shut_until_ns = mono_ns + SHUT_NS
            why = error.what if isinstance(error, PainwatchError) else error.strerror
            fault = f"cannot listen for other hosts at {endpoint(self._listen.host, self._listen.port)} ({why})"
            if fault != self._fault:
                mend = "name an address of this machine and a free port under `network: listen:`"
                log.error("the hub %s, and tries again; if it stays so, %s", fault, mend)
            self._fault = fault
            return
        if self._fault:
            log.warning("the hub listens for other hosts at %s", self._endpoint)
        self._shut_until_ns, self._fault = None, ""

    def _answer(self, mono_ns: int) -> None:
        # ZeroMQ RFC 27: what libzmq asks in this very process; nobody outside has a way to this socket.
        version, request, _, address, _, mechanism, *credentials = self._zap.recv_multipart()
        key = z85.encode(credentials[0]).decode("ascii") if mechanism == b"CURVE" else ""
        name = self._hosts.name_of(key, mono_ns)
        if name is None:
            who = address.decode("ascii", "replace")
            if self._knocks.worth_telling(key, who, mono_ns):
                words = "%s has a key that is not listed: painwatch keys allow NAME '%s' would let it in"
                log.warning(words, who, key)
        code, user = (b"300", b"") if name is None else (b"200", key.encode("ascii"))
        self._zap.send_multipart([version, request, code, b"", user, b""])

    def _count(self, _: int) -> None:
        event = recv_monitor_message(self._monitor)
        if event["event"] == zmq.Event.ACCEPTED:
            self._connections.add(event["value"])
        else:
            self._connections.discard(event["value"])


def _secure(socket: zmq.Socket[bytes], own: KeyPair) -> None:
    socket.setsockopt(zmq.CURVE_SERVER, 1)
    socket.setsockopt(zmq.CURVE_PUBLICKEY, own.public.encode("ascii"))
    socket.setsockopt(zmq.CURVE_SECRETKEY, own.secret.encode("ascii"))
    socket.setsockopt(zmq.ZAP_DOMAIN, b"painwatch")
    socket.setsockopt(zmq.ZAP_ENFORCE_DOMAIN, 1)
    socket.setsockopt(zmq.IPV6, 1)
    socket.setsockopt(zmq.LINGER, 0)
    socket.setsockopt(zmq.RCVHWM, KEPT)
    socket.setsockopt(zmq.MAXMSGSIZE, MOST_BYTES)
    socket.setsockopt(zmq.BACKLOG, 32)
    alive(socket)


def _key_of(frame: zmq.Frame) -> str:
    try:
        return str(frame.get("User-Id"))
    except zmq.ZMQError:  # nobody proved who it was: no key, and so no host
        return ""

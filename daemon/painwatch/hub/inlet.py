"""Where messages come in: from this host over a socket file, from other hosts over TCP under CURVE."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

import zmq

from painwatch.config.models import Config
from painwatch.config.places import Places
from painwatch.core.clock import Clock, Stamp
from painwatch.core.types import ProcessPhase, ProcessState
from painwatch.core.wire import encode
from painwatch.curve.folder import keys_folder, own_pair
from painwatch.curve.gate import Gate
from painwatch.curve.hosts import HostList
from painwatch.hub.door import LOCAL, Received
from painwatch.hub.sockets import bound

DOOR = "listen"
"""What the door to other hosts is called where processes are told."""

TELL_NS = 2_000_000_000


class Inlet:
    """Both doors of the hub. For one thread, which must come by often: `wait` also answers hosts that knock."""

    def __init__(self, local: zmq.Socket[bytes], gate: Gate | None, clock: Clock) -> None:
        self._local, self._gate, self._clock = local, gate, clock
        self._shut: ProcessState | None = None
        self._told_ns = 0
        self._poller = zmq.Poller()
        for socket in (local, *(gate.sockets if gate else ())):
            self._poller.register(socket, zmq.POLLIN)

    def wait(self, timeout_ms: int) -> None:
        """Until something happens at either door, or `timeout_ms` have passed."""
        self._poller.poll(timeout_ms)

    def take(self, most: int) -> tuple[Received, ...]:
        """What waits, up to `most` from this host and half as many from all others together. Does not wait."""
        received = tuple(_waiting(self._local, most))
        if self._gate is None:
            return received
        now = self._clock.now()
        self._gate.mind(now.mono_ns)
        remote = (Received(data, host) for data, host in self._gate.take(most // 2, now.mono_ns))
        return (*received, *self._own_word(self._gate.fault, now), *remote)

    def _own_word(self, fault: str, now: Stamp) -> tuple[Received, ...]:
        """How the door to other hosts stands, if it ever failed to open.

        It is told as a process is: the page shows it, technical alarms watch it, and a recording holds it.
        """
        if not fault and self._shut is None:
            return ()
        phase = ProcessPhase.RESTARTING if fault else ProcessPhase.RUNNING
        changed = self._shut is None or self._shut.phase is not phase
        if not changed and now.mono_ns - self._told_ns < TELL_NS:
            return ()
        since_ns = now.wall_ns if self._shut is None or changed else self._shut.since_ns
        self._shut = ProcessState(DOOR, phase, now.wall_ns, since_ns, reason=fault)
        self._told_ns = now.mono_ns
        return (Received(encode(self._shut), LOCAL),)


@contextlib.contextmanager
def open_inlet(
    config: Config, places: Places, *, config_dir: Path, clock: Clock
) -> Iterator[tuple[Inlet, zmq.Socket[bytes]]]:
    """The hub's doors, and the PUB socket for the live view. TCP only with `network.listen`, and only under CURVE.

    Raises:
        PainwatchError: a socket of this host cannot be bound, or this host has no keys that can be used: keys do not
            come and go as addresses do, so that is a mistake of whoever set it up. An address that cannot be listened
            at is no error: it is told, and tried again.
    """
    with contextlib.ExitStack() as open_sockets:
        local, live = open_sockets.enter_context(bound(places))
        gate = None
        if config.network.listen is not None:
            folder = keys_folder(config, config_dir)
            gate = Gate(config.network.listen, own_pair(folder), HostList(folder))
            open_sockets.callback(gate.close)
        yield Inlet(local, gate, clock), live


def _waiting(socket: zmq.Socket[bytes], most: int) -> Iterator[Received]:
    for _ in range(most):
        try:
            yield Received(socket.recv(zmq.NOBLOCK), LOCAL)
        except zmq.Again:
            return

"""Which messages may come in, and as whose. Pure, apart from what it counts and logs."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from msgspec.structs import replace

from painwatch.config.models import Config
from painwatch.config.sources import RemoteSource
from painwatch.core.alarms import Reading, Request
from painwatch.core.clock import Stamp
from painwatch.core.errors import WireError
from painwatch.core.messages import Message
from painwatch.core.signals import Signal
from painwatch.core.types import CameraState, Prediction, ProcessState
from painwatch.core.wire import decode
from painwatch.fuse.cameras import CageSetup
from painwatch.hub.limits import Allowance

log = logging.getLogger(__name__)

LOCAL = ""
"""The sender of what came over the socket file: a process of this user on this host."""

AHEAD_NS = 5_000_000_000
"""A live look may seem to come from this far ahead of the hub's clock, no further: it would close minutes to come."""

LATEST_NS = 2**62
"""A time beyond this (the year 2116) is no time."""

LOOKS_AT_ONCE = 8000
STATES_PER_S, STATES_AT_ONCE = 20, 500
PROCESSES_PER_S, PROCESSES_AT_ONCE = 50, 2000
REQUESTS_PER_S, REQUESTS_AT_ONCE = 20, 200

MOST_PROCESSES = 500
"""Names of processes that one host may bring up."""

_NAME_LENGTH = 64


@dataclass(frozen=True, slots=True)
class Received:
    """Bytes that came in, and who sent them: a host by its name in the key list, LOCAL, or None if it is not
    (any more) on the list.
    """

    data: bytes
    host: str | None = LOCAL


class Door:
    """Lets in what belongs to the configured cages, from the host that the camera is on, and no more of it than can
    be honest; counts the rest in `refused` and tells each kind once.

    Args:
        hosts: the host of each camera that is not on this one.
    """

    def __init__(self, setups: Iterable[CageSetup], hosts: Mapping[str, str] = MappingProxyType({})) -> None:
        self.refused = 0
        self._setups = {setup.cage: setup for setup in setups}
        self._hosts = dict(hosts)
        self._known = {LOCAL, *self._hosts.values()}
        self._processes: dict[str, set[str]] = {host: set() for host in self._known}
        self._allowances: dict[tuple[str, str], Allowance] = {}
        self._ahead_ns: dict[str, int] = {}
        self._told: set[str] = set()

    def take(self, received: Received, now: Stamp) -> Message | None:
        """The message that came in, as it may be used; None if it may not.

        Processes of another host are named after it, HOST:NAME, and what a host says of the state of its cameras and
        processes is put on the hub's clock: it holds when it comes. Looks keep the times of their own host, by which
        they are known for good: hosts whose cameras look at one cage need clocks that agree (NTP).
        """
        host = received.host
        if host is None:
            self.refuse("revoked", "a host that is not on the list of keys any more")
            return None
        if host not in self._known:
            self.refuse(f"host {host}", f"no camera of this watch is on the host {host}")
            return None
        try:
            message = decode(received.data)
        except WireError as error:
            self.refuse(f"unreadable {host}", f"{_from(host)}{error}")
            return None
        if not self.admits(message, now.wall_ns, host) or not self._within_bounds(message, host, now.mono_ns):
            return None
        return message if host == LOCAL else _of_another(message, host, now)

    def clock_readings(self, now_ns: int) -> tuple[Reading, ...]:
        """How far ahead the clocks are of cameras whose looks were refused for it since this was last asked: what was
        refused tells nobody else.
        """
        readings = tuple(
            Reading(Signal.CLOCK_OFFSET_S, camera, now_ns, ahead_ns / 1e9, "ahead: its looks are refused")
            for camera, ahead_ns in self._ahead_ns.items()
        )
        self._ahead_ns.clear()
        return readings

    def admits(self, message: Message, now_ns: int, host: str = LOCAL) -> bool:
        """Whether a message of `host` may be used. `now_ns`: the hub's wall clock."""
        kind = type(message).__name__
        match message:
            case ProcessState():
                known = self._processes[host]
                if len(message.name) > _NAME_LENGTH or (message.name not in known and len(known) >= MOST_PROCESSES):
                    return self.refuse(f"names {host}", f"{_from(host)}more processes than can be")
                known.add(message.name)
            case Prediction() | CameraState():
                setup = self._setups.get(message.cage)
                if setup is None or message.camera not in setup.cameras:
                    return self.refuse(f"unknown {message.cage}/{message.camera}", "no such camera in this cage")
                if self._hosts.get(message.camera, LOCAL) != host:
                    why = f"{_from(host)}it speaks for {message.camera}, which is not there"
                    return self.refuse(f"{host} for {message.camera}", why)
                if isinstance(message, Prediction) and setup.lateness_ns is not None:
                    ahead_ns = message.time_ns - now_ns
                    if ahead_ns > AHEAD_NS:
                        self._ahead_ns[message.camera] = ahead_ns
                        return self.refuse(f"clock of {message.camera}", f"a look from {ahead_ns / 1e9:.0f} s ahead")
            case Request() if host == LOCAL:
                pass
            case _:
                return self.refuse(f"{kind} {host}", f"{_from(host)}{kind} is not a message for the hub")
        if not 0 < message.time_ns < LATEST_NS:
            return self.refuse(f"time of {kind}", f"a {kind} of time {message.time_ns}")
        return True

    def refuse(self, kind: str, why: str) -> bool:
        """Counts a message as refused; False."""
        self.refused += 1
        # Bounded, as names come from outside.
        if kind not in self._told and len(self._told) < 1000:
            self._told.add(kind)
            log.warning("refused (%s): %s; more of this kind are only counted", _told(kind, 80), _told(why, 400))
        return False

    def _within_bounds(self, message: Message, host: str, mono_ns: int) -> bool:
        """Only after `admits`: cameras and hosts are the configured ones, so that there are not too many allowances."""
        if isinstance(message, Prediction) and self._setups[message.cage].lateness_ns is None:
            return True  # recordings are read as fast as they can be scored
        kind = type(message).__name__
        of = message.camera if isinstance(message, Prediction | CameraState) else host
        allowance = self._allowances.get((kind, of))
        if allowance is None:
            allowance = self._allowances[kind, of] = self._allowance(message)
        if allowance.spend(mono_ns):
            return True
        return self.refuse(f"too many {kind} {of}", f"{_from(host)}more of {kind} ({of}) than there can be")

    def _allowance(self, message: Message) -> Allowance:
        match message:
            case Prediction():
                return Allowance(4 * self._setups[message.cage].expected / 60 + 4, LOOKS_AT_ONCE)
            case CameraState():
                return Allowance(STATES_PER_S, STATES_AT_ONCE)
            case ProcessState():
                cameras = sum(len(setup.cameras) for setup in self._setups.values())
                return Allowance(PROCESSES_PER_S + 2 * cameras, PROCESSES_AT_ONCE)
            case _:
                return Allowance(REQUESTS_PER_S, REQUESTS_AT_ONCE)


def hosts_of(config: Config) -> dict[str, str]:
    """The host of each camera that is not on this one."""
    return {c.name: c.source.host for _, c in config.cameras if isinstance(c.source, RemoteSource)}


def _of_another(message: Message, host: str, now: Stamp) -> Message:
    match message:
        case CameraState():
            return replace(message, time_ns=now.wall_ns, since_ns=_since(message, now))
        case ProcessState():
            return replace(message, name=f"{host}:{message.name}", time_ns=now.wall_ns, since_ns=_since(message, now))
        case _:
            return message


def _since(state: CameraState | ProcessState, now: Stamp) -> int:
    return max(0, now.wall_ns - max(0, state.time_ns - state.since_ns))


def _told(words: str, most: int) -> str:
    """As a log may hold it: on one line, and without signs that a terminal would obey."""
    return "".join(c if c.isprintable() else "?" for c in words[:most])


def _from(host: str) -> str:
    return f"from host {host}: " if host else ""

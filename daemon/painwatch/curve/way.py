"""How the processes of a host reach their hub: a socket file on the same host, or the network under CURVE."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import zmq

from painwatch.config.models import Config
from painwatch.config.places import Places
from painwatch.curve.folder import KeyPair, keys_folder, own_pair

HEARTBEAT_MS = 2000
"""A line over the network is asked for a sign of life this often; without one for three times as long it is begun anew:
a pulled cable would else swallow messages for many minutes, as it does until it is found out."""

HANDSHAKE_MS = 5000
RECONNECT_MS, RECONNECT_MOST_MS = 200, 5000


@dataclass(frozen=True, slots=True)
class HubWay:
    """Where the hub takes in results. `own` and `hub_key` are there if and only if it is over the network."""

    endpoint: str
    own: KeyPair | None = None
    hub_key: str = ""

    def __post_init__(self) -> None:
        secured = self.own is not None and bool(self.hub_key)
        if not secured and not self.endpoint.startswith("ipc://"):
            raise ValueError(f"{self.endpoint}: nothing leaves this host without keys")


def way_to_hub(config: Config, places: Places, *, config_dir: Path) -> HubWay:
    """How processes of this host reach the hub of `config`.

    Raises:
        PainwatchError: the hub is on another host, and this one has no keys that can be used.
    """
    hub = config.network.hub
    if hub is None:
        return HubWay(places.results)
    return HubWay(endpoint(hub.host, hub.port), own_pair(keys_folder(config, config_dir)), hub.public_key)


def connect(socket: zmq.Socket[bytes], way: HubWay) -> None:
    """Connects `socket` to the hub; over the network as a CURVE client that knows the hub by its key."""
    if way.own is not None:
        socket.setsockopt(zmq.CURVE_SERVERKEY, way.hub_key.encode("ascii"))
        socket.setsockopt(zmq.CURVE_PUBLICKEY, way.own.public.encode("ascii"))
        socket.setsockopt(zmq.CURVE_SECRETKEY, way.own.secret.encode("ascii"))
        socket.setsockopt(zmq.IPV6, "[" in way.endpoint)
        socket.setsockopt(zmq.RECONNECT_IVL, RECONNECT_MS)
        socket.setsockopt(zmq.RECONNECT_IVL_MAX, RECONNECT_MOST_MS)
        alive(socket)
    socket.connect(way.endpoint)


def alive(socket: zmq.Socket[bytes]) -> None:
    """Options of both ends of a line over the network, that tell a dead line from a quiet one."""
    socket.setsockopt(zmq.HANDSHAKE_IVL, HANDSHAKE_MS)
    socket.setsockopt(zmq.HEARTBEAT_IVL, HEARTBEAT_MS)
    socket.setsockopt(zmq.HEARTBEAT_TIMEOUT, 3 * HEARTBEAT_MS)
    socket.setsockopt(zmq.HEARTBEAT_TTL, 3 * HEARTBEAT_MS)


def endpoint(host: str, port: int) -> str:
    """ZeroMQ's name of a TCP address."""
    return f"tcp://[{host}]:{port}" if ":" in host else f"tcp://{host}:{port}"

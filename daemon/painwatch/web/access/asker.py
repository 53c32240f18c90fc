"""Where a request comes from: directly, or by a proxy that says for whom. Nobody else's word on that is heard."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any

from starlette.datastructures import Headers

from painwatch.config.page import PageConfig, ProxyConfig
from painwatch.web.refusals import Refused

_Address = IPv4Address | IPv6Address


@dataclass(frozen=True, slots=True)
class Asker:
    """The machine that asks.

    Attributes:
        address: of the person's own machine, as far as the proxy tells it; for logs.
        key: what limits go by: the address, or of IPv6 the network of 64 bits that a machine has to itself.
        https: whether nobody between that machine and the page (or its proxy) can read along.
    """

    address: str
    key: str
    https: bool


def asker_of(scope: Mapping[str, Any], headers: Headers, page: PageConfig) -> Asker:
    """Who asks with the request of `scope`.

    Raises:
        Refused: 403, there is a proxy and this does not come from it.
    """
    client = scope.get("client")
    peer = _address(client[0]) if client else None
    https = scope.get("scheme") in ("https", "wss")
    if page.proxy is None:
        return _asker(peer, https)
    if peer is None or not _is_in(peer, page.proxy):
        raise Refused(403, "this page is reached through its proxy only", "open it by the proxy's address")
    return _asker(_forwarded(headers, page.proxy) or peer, _proto(headers) == "https")


@lru_cache(maxsize=1024)
def machine_of(client: str) -> str:
    """What limits go by for who connects from `client`, an address as sockets tell it; empty if it is none."""
    return _asker(_address(client), False).key


def _forwarded(headers: Headers, proxy: ProxyConfig) -> _Address | None:
    # Each proxy appends whom it was asked by: from the right, the first that is no proxy of ours is the person's.
    chain = [part.strip() for value in headers.getlist("x-forwarded-for") for part in value.split(",")]
    for text in reversed(chain):
        address = _address(text)
        if address is None:
            return None
        if not _is_in(address, proxy):
            return address
    return None


def _proto(headers: Headers) -> str:
    values = headers.getlist("x-forwarded-proto")
    return values[0].strip().lower() if len(values) == 1 else ""


def _address(text: str) -> _Address | None:
    bare = text[1:].partition("]")[0] if text.startswith("[") else text
    if bare.count(":") == 1:
        bare = bare.partition(":")[0]
    try:
        address = ip_address(bare.partition("%")[0])
    except ValueError:
        return None
    # An IPv4 machine that comes in by an IPv6 socket is the same machine.
    return (address.ipv4_mapped or address) if isinstance(address, IPv6Address) else address


def _is_in(address: _Address, proxy: ProxyConfig) -> bool:
    return any(address in ip_network(network) for network in proxy.addresses)


def _asker(address: _Address | None, https: bool) -> Asker:
    if address is None:
        return Asker("an unknown address", "", https)
    if isinstance(address, IPv6Address):
        return Asker(str(address), str(ip_network((address, 64), strict=False)), https)
    return Asker(str(address), str(address), https)

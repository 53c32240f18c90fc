"""What would keep hosts from watching together: keys, the list of hosts, the address. Part of `painwatch check`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from painwatch.config.models import Config
from painwatch.config.sources import RemoteSource
from painwatch.core.errors import PainwatchError
from painwatch.curve.finding import address_of
from painwatch.curve.folder import allowed, own_pair

_NETWORK = "network"


@dataclass(frozen=True, slots=True)
class HostFinding:
    """Something found at the setting `at`; only a `fatal` one keeps this host from its part."""

    at: tuple[str | int, ...]
    what: str
    mend: str
    fatal: bool


def host_findings(config: Config, folder: Path) -> Iterator[HostFinding]:
    """Everything found about `config.network`, with the keys in `folder`; nothing for a host that watches alone."""
    network = config.network
    if network.listen is None and network.hub is None:
        return
    at = (_NETWORK, "listen") if network.listen is not None else (_NETWORK, "hub")
    try:
        pair = own_pair(folder)
    except PainwatchError as error:
        yield HostFinding(at, f"{error.where}: {error.what}", error.mend, True)
    else:
        if network.hub is not None and network.hub.public_key == pair.public:
            mend = "write what `painwatch keys show` says on the hub's host"
            yield HostFinding((*at, "public_key"), "this is the key of this host itself", mend, True)
    if network.listen is None:
        return
    try:
        address_of(network.listen)
    except PainwatchError as error:
        yield HostFinding((*at, "host"), f"{error.where}: {error.what}", error.mend, True)
    yield from _hosts(config, folder)


def _hosts(config: Config, folder: Path) -> Iterator[HostFinding]:
    try:
        listed = allowed(folder)
    except PainwatchError as error:
        yield HostFinding((_NETWORK, "keys"), str(error), "", False)
        return
    wanted = set()
    for c, cage in enumerate(config.cages):
        for n, camera in enumerate(cage.cameras):
            if isinstance(camera.source, RemoteSource) and camera.source.host not in listed:
                at = ("cages", c, "cameras", n, "source", "host")
                what = f"the host {camera.source.host} is not listed: nothing of camera {camera.name} would come in"
                mend = f"painwatch keys allow {camera.source.host} KEY, as `painwatch keys show` says there"
                yield HostFinding(at, what, mend, False)
            elif isinstance(camera.source, RemoteSource):
                wanted.add(camera.source.host)
    for host in sorted(set(listed) - wanted):
        what = f"the host {host} may send, but no camera here is on it"
        yield HostFinding((_NETWORK, "listen"), what, f"painwatch keys revoke {host}", False)

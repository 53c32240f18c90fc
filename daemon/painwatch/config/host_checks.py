"""What must hold between cameras of other hosts and the network. Works on plain values, as crosschecks do. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from painwatch.config.plain import Entry, get
from painwatch.config.yaml_tree import Fault, Tree

_HERE = "here"


def host_faults(tree: Tree, cameras: Sequence[Entry]) -> Iterator[Fault]:
    """Every fault between `cameras` and the settings of `network`."""
    listens = isinstance(get(tree.value, ("network", "listen")), dict)
    sends = isinstance(get(tree.value, ("network", "hub")), dict)
    own = get(tree.value, ("network", "name")) or _HERE
    remote = [(path, camera) for path, camera in cameras if get(camera, ("source", "kind")) == "remote"]
    for path, camera in remote:
        where, host = (*path, "source"), get(camera, ("source", "host"))
        if not listens and not sends:
            what = "the camera is on another host, and this one takes in nothing from others"
            yield Fault(tree.at(where), what, "add `network: listen:` with the address of this machine")
        if host is not None and host == own:
            mend = "say how this host gets at the camera, such as `kind: v4l2`; or correct `network: name:`"
            yield Fault(tree.at((*where, "host")), f'"{host}" is this host itself', mend)
    if not sends:
        return
    if cameras and len(remote) == len(cameras):
        what = "this host sends to the hub of another and has no camera of its own"
        yield Fault(tree.key_at(("network", "hub")), what, "describe the cameras of this host, or delete `hub`")
    if own == _HERE:
        what = "a host that sends to the hub of another has no name"
        mend = "add `name:`, as the hub's configuration calls this host in `kind: remote, host: ...`"
        yield Fault(tree.key_at(("network", "hub")), what, mend)

"""What must hold between settings that stand apart. Works on plain values, so that a file with a wrong type
somewhere still hears of everything else. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from painwatch.config.alarm_checks import alarm_faults
from painwatch.config.explain import closest
from painwatch.config.grafana_checks import grafana_faults
from painwatch.config.host_checks import host_faults
from painwatch.config.places import SOCKET_PATH_MAX_BYTES
from painwatch.config.plain import Entry, entries, get
from painwatch.config.secret_checks import secret_faults
from painwatch.config.sink_checks import sink_faults
from painwatch.config.yaml_tree import Fault, Tree
from painwatch.config.yaml_tree import Path as TreePath


def cross_faults(tree: Tree, config_dir: Path) -> list[Fault]:
    """Every fault between settings in `tree`; relative folders start at `config_dir`."""
    cages = entries(tree.value, ("cages",))
    cameras = [pair for path, _ in cages for pair in entries(tree.value, (*path, "cameras"))]
    workers = entries(tree.value, ("workers",))
    targets = entries(tree.value, ("notify", "targets"))
    return [
        *_repeated_names(tree, cages, "cage"),
        *_repeated_names(tree, cameras, "camera"),
        *_repeated_names(tree, workers, "worker"),
        *_repeated_names(tree, entries(tree.value, ("page", "users")), "user"),
        *_repeated_names(tree, targets, "target"),
        *_repeated_names(tree, entries(tree.value, ("grafana", "contact_points")), "contact point"),
        *_heartbeat_name(tree, targets),
        *secret_faults(tree),
        *sink_faults(tree),
        *grafana_faults(tree),
        *_served_once(tree, cameras, workers),
        *(fault for path, camera in cameras for fault in _source_faults(tree, path, camera)),
        *_shared_devices(tree, cameras),
        *_quality_bounds(tree),
        *alarm_faults(tree),
        *host_faults(tree, cameras),
        *_socket_path(tree, config_dir),
    ]


def _repeated_names(tree: Tree, entries: list[Entry], noun: str) -> Iterator[Fault]:
    first: dict[str, int] = {}
    for path, entry in entries:
        name = get(entry, ("name",))
        if not isinstance(name, str):
            continue
        mark = tree.at((*path, "name"))
        if name in first:
            yield Fault(mark, f'a second {noun} named "{name}" (first on line {first[name]})', "rename one of the two")
        first.setdefault(name, mark.line)


def _heartbeat_name(tree: Tree, targets: list[Entry]) -> Iterator[Fault]:
    for path, target in targets:
        if get(target, ("name",)) == "heartbeat":
            yield Fault(tree.at((*path, "name")), "the heartbeat itself is called so on the page", "rename this target")


def _served_once(tree: Tree, cameras: list[Entry], workers: list[Entry]) -> Iterator[Fault]:
    if not workers:
        return
    names = {name: (*path, "name") for path, camera in cameras if isinstance(name := get(camera, ("name",)), str)}
    elsewhere = {get(c, ("name",)) for _, c in cameras if get(c, ("source", "kind")) == "remote"}
    served: dict[str, int] = {}
    for path, worker in workers:
        listed = entries(worker, ("cameras",))
        all_of_them = isinstance(worker, dict) and worker.get("cameras") is None
        if get(worker, ("cameras",)) == []:
            yield Fault(tree.at((*path, "cameras")), "a worker without cameras", "name its cameras, or delete it")
        claims: list[Entry] = (
            [(path, name) for name in names if name not in elsewhere]
            if all_of_them
            else [(path + p, n) for p, n in listed]
        )
        for where, name in claims:
            if not isinstance(name, str):
                continue
            mark = tree.at(where)
            if name not in names:
                mend = f"{closest(name, names)}Cameras: {', '.join(names)}"
                yield Fault(mark, f'there is no camera "{name}"', mend)
            elif name in served:
                what = f'camera "{name}" is served by a second worker (first on line {served[name]})'
                yield Fault(mark, what, "give each worker its own `cameras:`; each camera belongs to one worker")
            elif name in elsewhere:
                yield Fault(mark, f'camera "{name}" is judged on another host', "delete it here, and serve it there")
            served.setdefault(name, mark.line)
    for name, where in names.items():
        if name not in served and name not in elsewhere:
            mend = "add it to the `cameras:` of one entry in `workers:`"
            yield Fault(tree.at(where), f'camera "{name}" is served by no worker', mend)


def _source_faults(tree: Tree, path: TreePath, camera: Any) -> Iterator[Fault]:
    source, at = get(camera, ("source",)), (*path, "source")
    if not isinstance(source, dict):
        return
    secret = source.get("password")
    if isinstance(secret, dict) and source.get("username") is None:
        mark = tree.key_at((*at, "password"))
        yield Fault(mark, "a `password` without a `username`", "add `username:` beside it")
    if source.get("kind") == "file" and source.get("loop") is True and source.get("pace") == "fast":
        mend = "delete `loop`, or set `pace: realtime`"
        yield Fault(tree.key_at((*at, "loop")), "`loop` needs `pace: realtime`", mend)


def _shared_devices(tree: Tree, cameras: list[Entry]) -> Iterator[Fault]:
    first: dict[str, int] = {}
    for path, camera in cameras:
        device = get(camera, ("source", "device"))
        if get(camera, ("source", "kind")) != "v4l2" or not isinstance(device, str):
            continue
        mark = tree.at((*path, "source", "device"))
        if device in first:
            what = f"{device} is used by a second camera (first on line {first[device]})"
            yield Fault(mark, what, "a device serves one camera: `painwatch cameras` lists those of this host")
        first.setdefault(device, mark.line)


def _quality_bounds(tree: Tree) -> Iterator[Fault]:
    low, high = (get(tree.value, ("quality", key)) for key in ("brightness_min", "brightness_max"))
    if isinstance(low, int | float) and isinstance(high, int | float) and low >= high:
        what = f"`brightness_min` {low:g} is not below `brightness_max` {high:g}: no face would ever be judged"
        yield Fault(tree.at(("quality", "brightness_min")), what, "make it smaller than `brightness_max`")


def _socket_path(tree: Tree, config_dir: Path) -> Iterator[Fault]:
    run_dir = get(tree.value, ("runtime", "run_dir"))
    if not isinstance(run_dir, str):
        return
    length = len(str(config_dir / run_dir / "results.sock").encode())
    if length > SOCKET_PATH_MAX_BYTES:
        what = f"sockets under `run_dir` would have names of {length} bytes; {SOCKET_PATH_MAX_BYTES} is the most"
        yield Fault(tree.at(("runtime", "run_dir")), what, "choose a shorter folder, such as /run/painwatch")

"""`painwatch check`: everything that would keep a configuration from working, found before it runs."""

from __future__ import annotations

import importlib.util
import os
import shutil
import socket
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Literal

from painwatch.capture.cameras import Still, grab_still
from painwatch.config.loader import Loaded, load_located
from painwatch.config.models import CameraConfig
from painwatch.config.places import Places
from painwatch.config.resolve import model_folder, places_for
from painwatch.config.sources import RemoteSource
from painwatch.core.errors import PainwatchError, Problem
from painwatch.curve.checking import host_findings
from painwatch.curve.folder import keys_folder
from painwatch.infer.tools import plan_cache
from painwatch.infer.trial import try_engines
from painwatch.one_instance import running_pid, why_not_ours
from painwatch.secrets import read_secret
from painwatch.sinks.drainer import secret_of
from painwatch.web.access.findings import page_findings
from painwatch_engines.artefacts import ModelFolder, covers, load_model_folder
from painwatch_engines.errors import Failure
from painwatch_engines.runtime import COMPILED

DATA_ROOM_BYTES = 200_000_000
"""A month of one cage's moments and minutes with room to spare."""

_AT_ONCE = 4
"""Cameras opened side by side: one that does not answer must not hold up all others."""

_UNKNOWN_FRAME_BYTES = 1280 * 720 * 3

Place = tuple[str | int, ...]
Room = Literal["keypoints", "classifier"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing found; only a `fatal` one keeps the configuration from working."""

    problem: Problem
    fatal: bool

    def __str__(self) -> str:
        words = self.problem if self.fatal else _worded(self.problem, f"warning: {self.problem.what}")
        return str(words)


def check(
    path: Path,
    *,
    devices: bool,
    progress: Callable[[str], None] = lambda _: None,
    told: Callable[[str], None] = lambda _: None,
) -> list[Finding]:
    """Every finding about the configuration at `path` on this host, in file order.

    Args:
        devices: also open each camera for one picture.
        progress: told of each step.
        told: told which engine each worker would compute each model with, and where compiled forms are looked for.

    Raises:
        ConfigError: with all its problems, when the file itself cannot be used.
        PainwatchError: $RUNTIME_DIRECTORY cannot be used.
    """
    loaded = load_located(path)
    places = places_for(path, loaded.config)
    frames: dict[str, int] = {}
    findings = [*_models(loaded, progress, told), *_network(loaded)]
    if loaded.config.network.hub is None:
        findings += [*_page(loaded, places), *_sinks(loaded), *_annotations(loaded)]
    if devices:
        findings += _cameras(loaded, places, frames, progress)
    findings += _folders(loaded, places, frames)
    return sorted(findings, key=lambda found: (found.problem.line, found.problem.column))


def _models(loaded: Loaded, progress: Callable[[str], None], told: Callable[[str], None]) -> Iterator[Finding]:
    config, config_dir = loaded.config, loaded.path.absolute().parent
    models: tuple[tuple[Room, str], ...] = (
        ("keypoints", config.keypoints.model),
        ("classifier", config.classifier.model),
    )
    for room, reference in models:
        progress(f"model {reference}")
        try:
            folder = load_model_folder(model_folder(reference, config_dir))
            if folder.card.kind != room:
                mend = f"name a model folder whose card says `kind: {room}`"
                raise PainwatchError(f"a model of kind {folder.card.kind}", where=reference, mend=mend)
            if room == "classifier" or config.keypoints.runner == "compiled":
                yield from _engines(loaded, room, folder, told)
        except (PainwatchError, Failure) as error:
            yield _fault(loaded, (room, "model"), f"{error.where}: {error.what}", error.mend)
            continue
        yield from _covered(loaded, folder) if room == "classifier" else _runner(loaded, folder)


def _engines(loaded: Loaded, room: Room, folder: ModelFolder, told: Callable[[str], None]) -> Iterator[Finding]:
    plans = plan_cache(loaded.config, loaded.path.absolute().parent)
    own = (loaded.config.keypoints if room == "keypoints" else loaded.config.classifier).chain
    for number, worker in enumerate(loaded.config.workers):
        if not loaded.config.worker_cameras(worker):
            continue
        at: Place = (room, "chain") if own else ("workers", number, "chain")
        chain = loaded.config.chain(worker, room)
        if COMPILED & set(chain):
            told(f"worker {worker.name} looks for compiled forms of the {room} in {plans.folder}")
        faults = try_engines(loaded.config, folder, chain, plans)
        used = next((name for name, fault in faults.items() if fault is None), None)
        if used is not None:
            told(f"worker {worker.name} computes the {room} with {used}")
        for name, fault in faults.items():
            if fault is not None:
                what = f"worker {worker.name} cannot use {name} for the {room}: {fault.what}"
                only = ", and has no other engine for it" if used is None else ""
                yield Finding(loaded.problem(at, what + only, fault.mend), fatal=used is None)


def _covered(loaded: Loaded, classifier: ModelFolder) -> Iterator[Finding]:
    for number, cage in enumerate(loaded.config.cages):
        if reason := covers(classifier.card, cage.species, cage.strain, cage.coat):
            what = f"cage {cage.name} will never be scored (out_of_domain): {reason}"
            mend = "Use a classifier made for these animals; no score is better than a wrong one"
            yield Finding(loaded.problem(("cages", number, "name"), what, mend), fatal=False)


def _runner(loaded: Loaded, keypoints: ModelFolder) -> Iterator[Finding]:
    if loaded.config.keypoints.runner != "dlclive":
        return
    at: Place = ("keypoints", "runner")
    if importlib.util.find_spec("dlclive") is None:
        yield _fault(
            loaded, at, "DeepLabCut-live is not installed", "install painwatch[dlclive], or set it to compiled"
        )
    if keypoints.dlclive_model is None:
        what = f"{keypoints.path}: the folder holds no model for DeepLabCut-live's own runner"
        yield _fault(loaded, at, what, "set it to compiled, or export the model with its model.pt")


def _cameras(
    loaded: Loaded, places: Places, frames: dict[str, int], progress: Callable[[str], None]
) -> Iterator[Finding]:
    config_dir = loaded.path.absolute().parent
    wanted: list[tuple[Place, CameraConfig]] = [
        (("cages", c, "cameras", n, "source"), camera)
        for c, cage in enumerate(loaded.config.cages)
        for n, camera in enumerate(cage.cameras)
        if not isinstance(camera.source, RemoteSource)
    ]

    def look(camera: CameraConfig) -> Still:
        progress(f"camera {camera.name}")
        return grab_still(camera, config_dir=config_dir, places=places)

    with ThreadPoolExecutor(_AT_ONCE, "still") as pool:
        for (place, camera), still in zip(wanted, pool.map(look, [c for _, c in wanted]), strict=True):
            if still.image is None:
                what, _, mend = still.fault.partition("; ")
                yield _fault(loaded, place, f"camera {camera.name} gives no picture: {what}", mend or "look at it")
            else:
                frames[camera.name] = still.image.nbytes


def _folders(loaded: Loaded, places: Places, frames: dict[str, int]) -> Iterator[Finding]:
    config = loaded.config
    per_camera = (frames.get(camera.name, _UNKNOWN_FRAME_BYTES) for _, camera in config.local_cameras)
    # A system that runs already has its frames there, and needs no second room for them.
    needed = 0 if running_pid(places.lock) else config.runtime.ring_slots * sum(per_camera)
    for key, folder, room in (("data_dir", places.data_dir, DATA_ROOM_BYTES), ("run_dir", places.run_dir, needed)):
        if trouble := _trouble_with(folder, room, shared=key == "run_dir"):
            mend = f"set `{key}` under `runtime:` to another folder, or make room"
            yield _fault(loaded, ("runtime", key), trouble, mend)


def _trouble_with(folder: Path, needed_bytes: int, *, shared: bool) -> str:
    """Why `folder` cannot be used, empty if it can; `shared`: frames and sockets will lie in it."""
    try:
        existing = next(parent for parent in (folder, *folder.parents) if parent.exists())
        if not existing.is_dir():
            return f"{existing} is not a folder"
        if not os.access(existing, os.W_OK | os.X_OK):
            return f"{folder}: this user may not write to {existing}"
        if shared and existing == folder and (fault := why_not_ours(folder)):
            return f"{folder} {fault}"
        free = shutil.disk_usage(existing).free
    except OSError as error:
        return f"{folder} cannot be used ({error.strerror})"
    if free < needed_bytes:
        return f"{folder} has {free / 1e6:.0f} MB of room, {needed_bytes / 1e6:.0f} MB are needed"
    return ""


def _network(loaded: Loaded) -> Iterator[Finding]:
    config = loaded.config
    for found in host_findings(config, keys_folder(config, loaded.path.absolute().parent)):
        yield Finding(loaded.problem(found.at, found.what, found.mend), fatal=found.fatal)


def _page(loaded: Loaded, places: Places) -> Iterator[Finding]:
    page = loaded.config.page
    for found in page_findings(page, loaded.path.absolute().parent):
        yield Finding(loaded.problem(found.at, found.what, found.mend), fatal=found.fatal)
    try:
        family, kind, _, _, address = socket.getaddrinfo(page.host, page.port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind) as probe:
            # As the page itself binds: connections that were just closed do not count as use.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except (socket.gaierror, UnicodeError):  # the latter for what cannot be a name at all
        yield _fault(
            loaded, ("page", "host"), f'the host "{page.host}" is not known', "write 127.0.0.1 or an address of it"
        )
    except OSError as error:
        pid = running_pid(places.lock)
        if pid:
            what = f"the page's port {page.port} is in use, by painwatch itself as it seems (process {pid})"
            yield Finding(loaded.problem(("page", "port"), what, "stop it before this one is started"), fatal=False)
            return
        what = f"the page cannot listen at {page.host} port {page.port} ({error.strerror})"
        yield _fault(loaded, ("page", "port"), what, "choose another port, or stop the program that uses it")


def _sinks(loaded: Loaded) -> Iterator[Finding]:
    for number, sink in enumerate(loaded.config.sinks):
        login = f"the login of sink {sink.name}"
        try:
            secret_of(sink, partial(read_secret, config_dir=loaded.path.absolute().parent, what=login))
        except PainwatchError as error:
            at: Place = ("sinks", number, "password" if sink.token is None else "token")
            what = f"sink {sink.name} would get no records: {error.where} {error.what}"
            yield Finding(loaded.problem(at, what, error.mend), fatal=False)


def _annotations(loaded: Loaded) -> Iterator[Finding]:
    grafana = loaded.config.grafana
    if not grafana.annotations or grafana.token is None:
        return
    try:
        read_secret(grafana.token, config_dir=loaded.path.absolute().parent, what="the token of Grafana")
    except PainwatchError as error:
        what = f"Grafana would get no annotations: {error.where} {error.what}"
        yield Finding(loaded.problem(("grafana", "token"), what, error.mend), fatal=False)


def _fault(loaded: Loaded, at: Place, what: str, mend: str) -> Finding:
    return Finding(loaded.problem(at, what, mend), fatal=True)


def _worded(problem: Problem, what: str) -> Problem:
    return Problem(problem.file, problem.line, problem.column, what, problem.mend)

"""What each process of a configuration needs of its host: devices, addresses, secrets, memory. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import ip_address
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

from pydantic import BaseModel

from painwatch.config.models import Config
from painwatch.config.page import is_loopback
from painwatch.config.sources import HttpMjpegSource, RtspSource, Secret, V4l2Source, VirtualSource
from painwatch.supervise.roster import children_of

T = TypeVar("T")


class Role(StrEnum):
    """What a unit runs: everything, or one kind of process."""

    ALL = "all"
    CAPTURE = "capture"
    INFER = "infer"
    HUB = "hub"
    WEB = "web"


PARTS = (Role.CAPTURE, Role.INFER, Role.HUB, Role.WEB)

ANYWHERE = "any"
"""An address that is not known before it is looked up, or anyone's."""

_TASKS = {Role.CAPTURE: 64, Role.INFER: 256, Role.HUB: 128, Role.WEB: 128}
"""Processes and threads: a few times what was seen."""

_PAGES_FILES = 4096
"""The page takes 512 connections, and beside them opens the history for each question."""

_SUPERVISOR_MIB = 256


@dataclass(frozen=True, slots=True)
class Needs:
    """What a unit must be let have.

    Attributes:
        cameras: Video4Linux devices of this host.
        gpu: NVIDIA devices.
        writes_code: it compiles while it runs, so memory must be allowed to become executable.
        proc: it reads in /proc what the processor can do, and where the driver of the GPU is.
        reaches: addresses to talk with, or ANYWHERE among them; empty: no network at all.
        interfaces: it asks which network interfaces there are: ZeroMQ does where it listens, and aborts if it may not.
        files: secrets, certificates and keys that only root may read.
        variables: environment variables that hold secrets.
        memory_mib: its ceiling.
        tasks: most processes and threads.
        files_open: most open files and connections of a process; None: systemd's 1024 are plenty.
    """

    cameras: bool
    gpu: bool
    writes_code: bool
    proc: bool
    reaches: tuple[str, ...]
    interfaces: bool
    files: tuple[Path, ...]
    variables: tuple[str, ...]
    memory_mib: int
    tasks: int
    files_open: int | None = None


def needs_of(config: Config, role: Role) -> Needs:
    """What `role` needs. Paths are as they stand in the configuration."""
    if role is Role.ALL:
        return _together([(needs_of(config, part), len(runs(config, part))) for part in PARTS])
    secrets = tuple(_secrets(_settings(config, role)))
    files = [secret.file for secret in secrets if secret.file is not None]
    if role is Role.WEB and config.page.tls is not None:
        files += [config.page.tls.certificate, config.page.tls.key]
    sources = [camera.source for _, camera in config.local_cameras] if role is Role.CAPTURE else []
    gpu = role is Role.INFER and _uses_gpu(config)
    return Needs(
        cameras=any(isinstance(source, V4l2Source) for source in sources),
        gpu=gpu,
        writes_code=role is Role.INFER or any(isinstance(source, VirtualSource) for source in sources),
        proc=role is Role.INFER,
        reaches=_unique(_reaches(config, role)),
        interfaces=role is Role.HUB and config.network.listen is not None,
        files=_unique(files),
        variables=_unique(secret.env for secret in secrets if secret.env is not None),
        memory_mib=math.ceil(getattr(config.runtime.memory_mb, role.value)),
        tasks=_TASKS[role],
        files_open=_PAGES_FILES if role is Role.WEB else None,
    )


def runs(config: Config, role: Role) -> tuple[str, ...]:
    """The instances of `role` that this host runs, by name; those of the hub and the page are called as they are."""
    children = children_of(config, Path(), "")
    return tuple(child.name.removeprefix(f"{role}-") for child in children if child.duty.name == role.name)


def _settings(config: Config, role: Role) -> tuple[BaseModel | None, ...]:
    match role:
        case Role.CAPTURE:
            return tuple(camera for _, camera in config.local_cameras)
        case Role.HUB:
            # What else Grafana is given, a person brings there with a login of their own.
            return (*config.sinks, config.notify, config.grafana.token if config.grafana.annotations else None)
        case Role.WEB:
            return (config.page,)
        case _:
            return ()


def _secrets(value: Any) -> Iterator[Secret]:
    if isinstance(value, Secret):
        yield value
    elif isinstance(value, BaseModel):
        for _, part in value:
            yield from _secrets(part)
    elif isinstance(value, tuple):
        for part in value:
            yield from _secrets(part)


def _uses_gpu(config: Config) -> bool:
    chains = [config.chain(worker, of) for worker in config.workers for of in ("keypoints", "classifier")]
    return any(engine.startswith(("tensorrt", "onnxruntime-cuda")) for chain in chains for engine in chain)


def _reaches(config: Config, role: Role) -> Iterator[str]:
    if role in (Role.CAPTURE, Role.INFER) and config.network.hub is not None:
        yield _address(config.network.hub.host)
    if role is Role.CAPTURE:
        for _, camera in config.local_cameras:
            if isinstance(camera.source, RtspSource | HttpMjpegSource):
                yield _address(urlsplit(camera.source.url).hostname or "")
    if role is Role.HUB:
        urls = [sink.url for sink in config.sinks] + ([config.grafana.url] if config.grafana.annotations else [])
        yield from (_address(urlsplit(url).hostname or "") for url in urls)
        if config.notify.targets or config.notify.heartbeat or config.network.listen:
            yield ANYWHERE
    if role is Role.WEB:
        proxy = config.page.proxy
        if is_loopback(config.page.host):
            yield "localhost"
        else:
            yield from proxy.addresses if proxy is not None else (ANYWHERE,)


def _address(host: str) -> str:
    if is_loopback(host):
        return "localhost"
    try:
        return str(ip_address(host))
    except ValueError:
        return ANYWHERE


def _together(parts: list[tuple[Needs, int]]) -> Needs:
    all_needs = [needs for needs, count in parts if count]
    return Needs(
        cameras=any(needs.cameras for needs in all_needs),
        gpu=any(needs.gpu for needs in all_needs),
        writes_code=any(needs.writes_code for needs in all_needs),
        proc=any(needs.proc for needs in all_needs),
        reaches=_unique(address for needs in all_needs for address in needs.reaches),
        interfaces=any(needs.interfaces for needs in all_needs),
        files=_unique(file for needs in all_needs for file in needs.files),
        variables=_unique(variable for needs in all_needs for variable in needs.variables),
        memory_mib=_SUPERVISOR_MIB + sum(needs.memory_mib * count for needs, count in parts),
        tasks=sum(needs.tasks * count for needs, count in parts) + 64,
        files_open=max((needs.files_open for needs in all_needs if needs.files_open is not None), default=None),
    )


def _unique(values: Iterable[T]) -> tuple[T, ...]:
    return tuple(dict.fromkeys(values))

"""What the processes of a configuration are called. Pure."""

from __future__ import annotations

from painwatch.config.models import Config
from painwatch.config.sources import RemoteSource

HUB, WEB = "hub", "web"


def capture_process(camera: str) -> str:
    return f"capture-{camera}"


def infer_process(worker: str) -> str:
    return f"infer-{worker}"


def processes_of(config: Config) -> tuple[str, ...]:
    """The names of all that a supervisor keeps alive on this host, the hub's first.

    A host that sends to the hub of another has neither hub nor page; what other hosts capture and judge has no process
    here.
    """
    seeing = (
        *(capture_process(camera.name) for _, camera in config.local_cameras),
        *(infer_process(worker.name) for worker in config.workers if config.worker_cameras(worker)),
    )
    return seeing if config.network.hub is not None else (HUB, *seeing, WEB)


def is_elsewhere(process: str, config: Config) -> bool:
    """Whether a process is one of another host of the watch, HOST:NAME: which ones those have is not known here."""
    host, colon, _ = process.partition(":")
    hosts = {camera.source.host for _, camera in config.cameras if isinstance(camera.source, RemoteSource)}
    return bool(colon) and host in hosts

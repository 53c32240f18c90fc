"""The whole of a configuration, checked."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from painwatch.check.findings import Finding
from painwatch.check.host import of_cameras, of_folders
from painwatch.check.models import of_models
from painwatch.check.reached import of_annotations, of_network, of_page, of_sinks
from painwatch.config.loader import load_located
from painwatch.config.resolve import places_for


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
    findings = [*of_models(loaded, progress, told), *of_network(loaded)]
    if loaded.config.network.hub is None:
        findings += [*of_page(loaded, places), *of_sinks(loaded), *of_annotations(loaded)]
    if devices:
        findings += of_cameras(loaded, places, frames, progress)
    findings += of_folders(loaded, places, frames)
    return sorted(findings, key=lambda found: (found.problem.line, found.problem.column))

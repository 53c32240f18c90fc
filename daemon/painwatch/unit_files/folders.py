"""Where a service keeps its things, in the words of systemd. Pure: paths are worked out, nothing is looked at."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from painwatch.config.models import Config
from painwatch.core.errors import PainwatchError

NAME = "painwatch"
RUN, STATE, CACHE = Path("/run"), Path("/var/lib"), Path("/var/cache")

_HOMES = (Path("/home"), Path("/root"), Path("/run/user"))


@dataclass(frozen=True, slots=True)
class Install:
    """Where painwatch itself lies. `folders`: all that Python reads to run it, such as its environment and sources."""

    program: Path
    folders: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class Folders:
    """Where a service keeps its things.

    Attributes:
        runtime: below /run, made and removed by systemd.
        state: below /var/lib, made by systemd; None where the history lies elsewhere, in `own`.
        cache: below /var/cache, made by systemd.
        own: a folder that an administrator makes for the user of the service.
        homes: folders in people's homes that must be seen.
    """

    runtime: str
    state: str | None
    cache: str
    own: Path | None
    homes: tuple[Path, ...]


def folders_of(config: Config, *, config_path: Path, install: Install) -> Folders:
    """Where the service of `config` keeps its things.

    Args:
        config_path: absolute.

    Raises:
        PainwatchError: a path cannot be written in a unit, or `run_dir` is of no use under systemd.
    """
    config_dir = config_path.parent
    runtime = NAME
    if (run_dir := config.runtime.run_dir) is not None:
        runtime = _below(config_dir / run_dir, RUN) or ""
    if not runtime or runtime.startswith("user"):
        mend = f"leave it unset under systemd, or set it to a folder such as {RUN / NAME}"
        raise PainwatchError("is not a folder below /run", where=f"runtime: run_dir: {run_dir}", mend=mend)
    state, own = _history(config.runtime.data_dir)
    read = [*install.folders, install.program.parent, config_dir, *_read_only(config, config_dir)]
    homes = _outermost(p for p in map(_normal, read) if _in_a_home(p))
    kept = (RUN / runtime, STATE / (state or NAME), *([own] if own else []))
    for path in (config_path, install.program, *install.folders, *kept, *homes):
        check_path(path)
    return Folders(runtime, state, NAME, own, homes)


def _history(data_dir: Path) -> tuple[str | None, Path | None]:
    """The folder of the history below /var/lib, which systemd makes; or the one elsewhere that somebody must make."""
    if data_dir.is_absolute():
        state = _below(data_dir, STATE)
        return state, None if state is not None else _normal(data_dir)
    if not _normal(STATE / NAME / data_dir).is_relative_to(STATE / NAME):
        mend = f"write it absolute, or without ..; under systemd it starts in {STATE / NAME}"
        raise PainwatchError("leads out of the service's folder", where=f"runtime: data_dir: {data_dir}", mend=mend)
    return NAME, None


def _read_only(config: Config, config_dir: Path) -> Iterable[Path]:
    for model in (config.keypoints.model, config.classifier.model):
        if not model.startswith("zoo:"):
            yield config_dir / model
    for _, camera in config.local_cameras:
        if camera.source.kind == "file":
            yield (config_dir / camera.source.path).parent
    if config.runtime.engine_dir is not None:
        yield config_dir / config.runtime.engine_dir


def _below(path: Path, root: Path) -> str | None:
    """`path` from `root` on, None if it is not a folder below it."""
    path = _normal(path)
    return str(path.relative_to(root)) if path != root and path.is_relative_to(root) else None


def _normal(path: Path) -> Path:
    return Path(os.path.normpath(path))


def _in_a_home(path: Path) -> bool:
    return any(path.is_relative_to(home) for home in _HOMES)


def _outermost(paths: Iterable[Path]) -> tuple[Path, ...]:
    found = sorted(set(paths))
    return tuple(path for path in found if not any(path != other and path.is_relative_to(other) for other in found))


def check_path(path: Path) -> None:
    """Raises PainwatchError unless a unit can hold `path` as it is: space, %, line break and : mean something there."""
    if not PurePosixPath(path).is_absolute() or not re.fullmatch(r"[A-Za-z0-9/._@+,=-]+", str(path)):
        mend = "put it where the whole path is made of letters, digits and / . _ @ + , = -"
        raise PainwatchError("cannot be written in a unit", where=str(path), mend=mend)

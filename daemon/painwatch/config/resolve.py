"""From a configuration to the folders of this host. The only place that asks the environment where it runs."""

from __future__ import annotations

import os
from pathlib import Path

from painwatch.config.models import Config
from painwatch.config.places import SOCKET_PATH_MAX_BYTES, Places, places_of
from painwatch.core.errors import PainwatchError

ZOO = "zoo:"


def places_for(config_path: Path, config: Config) -> Places:
    """Where the system that `config_path` describes keeps its things on this host.

    Raises:
        PainwatchError: $RUNTIME_DIRECTORY is too long for the name of a socket.
    """
    places = places_of(
        config,
        config_dir=config_path.absolute().parent,
        # systemd separates several folders by colons; the first is ours.
        runtime_directory=os.environ.get("RUNTIME_DIRECTORY", "").split(":")[0] or None,
        state_directory=os.environ.get("STATE_DIRECTORY", "").split(":")[0] or None,
        uid=os.getuid(),
    )
    if len(str(places.run_dir / "results.sock").encode()) > SOCKET_PATH_MAX_BYTES:
        what = f"the folder's name is too long for a socket in it ({SOCKET_PATH_MAX_BYTES} bytes are the most)"
        raise PainwatchError(what, where=str(places.run_dir), mend="set a shorter `run_dir` under `runtime:`")
    return places


def model_folder(ref: str, config_dir: Path) -> Path:
    """The folder that a `model:` setting means: `zoo:NAME` for a shipped model, else a path from `config_dir`.

    Raises:
        PainwatchError: there is no shipped model of that name, or no such folder.
    """
    if ref.startswith(ZOO):
        # Only the address book of shipped models is read here; no engine is loaded.
        from painwatch_engines import zoo
        from painwatch_engines.errors import Failure

        try:
            return zoo.path(ref.removeprefix(ZOO))
        except Failure as error:
            raise PainwatchError(error.what, where=ref, mend=error.mend) from None
    folder = config_dir / ref
    try:
        there = folder.is_dir()
    except OSError as error:
        mend = "name a folder that this user may read, or zoo:NAME"
        raise PainwatchError(f"cannot be read ({error.strerror})", where=str(folder), mend=mend) from None
    if not there:
        raise PainwatchError("there is no such model folder", where=str(folder), mend="name a folder, or zoo:NAME")
    return folder

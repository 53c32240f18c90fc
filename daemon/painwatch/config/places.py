"""Where the running system keeps what its processes share. Pure: paths are worked out, nothing is made."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from painwatch.config.models import Config

SOCKET_PATH_MAX_BYTES = 107
"""The longest name Linux takes for a socket (sun_path, less its closing NUL)."""


@dataclass(frozen=True, slots=True)
class Places:
    """Paths of one running system. `run_dir` should be memory-backed (tmpfs); `data_dir` survives a reboot."""

    run_dir: Path
    data_dir: Path

    @property
    def results(self) -> str:
        """ZeroMQ endpoint the hub binds as PULL: predictions, camera states, process states."""
        return f"ipc://{self.run_dir / 'results.sock'}"

    @property
    def live(self) -> str:
        """ZeroMQ endpoint the hub binds as PUB: snapshots, fused points, minutes."""
        return f"ipc://{self.run_dir / 'live.sock'}"

    @property
    def database(self) -> Path:
        return self.data_dir / "painwatch.sqlite"

    def ring(self, camera: str) -> Path:
        """The frame ring of one camera."""
        return self.run_dir / "frames" / f"{camera}.ring"

    def log(self, process: str) -> Path:
        """What a child printed; beside the history, so that it outlives the run."""
        return self.data_dir / "log" / f"{process}.log"

    def progress(self, process: str) -> Path:
        """The counter that a process (`hub`, `web`, `capture-NAME`, `infer-NAME`) steps while it gets on."""
        return self.run_dir / f"{process}.progress"

    @property
    def logins(self) -> Path:
        """The page's logins, so that they last over its restarts."""
        return self.run_dir / "web.logins"

    @property
    def lock(self) -> Path:
        """Held by the one supervisor of this run_dir."""
        return self.run_dir / "run.lock"


def places_of(
    config: Config, *, config_dir: Path, runtime_directory: str | None, uid: int, state_directory: str | None = None
) -> Places:
    """Where `config` keeps its things.

    Args:
        config_dir: folder of the configuration file; relative paths in it start there.
        runtime_directory: $RUNTIME_DIRECTORY as systemd sets it, or None.
        uid: the user's number, so that two users of one host do not meet.
        state_directory: $STATE_DIRECTORY as systemd sets it, or None: where a relative `data_dir` starts under it.
    """
    fallback = Path(runtime_directory) if runtime_directory else Path(f"/dev/shm/painwatch-{uid}")
    run_dir = config.runtime.run_dir
    return Places(
        run_dir=(config_dir / run_dir) if run_dir else fallback,
        data_dir=(Path(state_directory) if state_directory else config_dir) / config.runtime.data_dir,
    )

"""The sign of life for others: a web address that is asked for again and again while the hub is really working."""

from __future__ import annotations

from pathlib import Path

from painwatch.config.delivery import NotifyConfig
from painwatch.core.live import TargetLive


class Heartbeat:
    """Asks for `notify.heartbeat` every `heartbeat_s`, if `alive` was called since it last did; until `close`.

    Without a heartbeat in `config` it does nothing, and `state` is None.
    """

    def __init__(self, config: NotifyConfig, *, config_dir: Path) -> None:
        raise NotImplementedError

    def alive(self) -> None:
        """To be called by the hub after a turn of its loop; cheap."""
        raise NotImplementedError

    @property
    def state(self) -> TargetLive | None:
        """As a target named `heartbeat`; `fault` also when the hub stands still."""
        raise NotImplementedError

    def close(self) -> None:
        """Ends the thread within 2 s."""
        raise NotImplementedError

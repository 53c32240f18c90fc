"""One thread per target: takes what waits for it, sends it, and tries again for ever."""

from __future__ import annotations

from pathlib import Path

from painwatch.config.delivery import TargetConfig
from painwatch.core.alarms import Notice
from painwatch.core.live import TargetLive
from painwatch.notify.queue import NoticeQueue


class Notifier:
    """Delivers to one target from construction to `close`. Its faults are its own: nothing here raises or waits.

    A notice is delivered at least once: one that was sent while the process was killed is sent again.
    """

    def __init__(self, target: TargetConfig, queue: NoticeQueue, *, site: str, config_dir: Path) -> None:
        raise NotImplementedError

    @property
    def state(self) -> TargetLive:
        """As it stands now; carries no credential."""
        raise NotImplementedError

    def offer(self, notice: Notice) -> None:
        """A notice that was just handed to the history. It goes out from the queue; if the history cannot be written,
        it goes out all the same.
        """
        raise NotImplementedError

    def close(self) -> None:
        """Ends the thread and what it is sending, within 2 s."""
        raise NotImplementedError

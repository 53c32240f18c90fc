"""The supervisor's word to people when the hub, which else tells them, stays down: a command, run once an outage."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from painwatch.config.models import Config
from painwatch.core.clock import Clock
from painwatch.supervise import outage
from painwatch.supervise.kept import Kept, spawned, up_for_s
from painwatch.supervise.outage import Outage

log = logging.getLogger(__name__)

LONGEST_S = 120.0
"""How long telling people may take."""


def last_word_of(config: Config, config_path: Path, python: str) -> Callable[[str], Sequence[str]] | None:
    """The command that tells the configured targets what it is given; None if there are none."""
    if not config.notify.targets:
        return None
    start = (python, "-P", "-m", "painwatch", "notify", "last-word")
    return lambda about: (*start, "--about", about, "--config", str(config_path))


class LastWord:
    """Watches how long the hub has been down, and has people told once."""

    def __init__(
        self, command: Callable[[str], Sequence[str]] | None, log_path: Path, environment: Mapping[str, str]
    ) -> None:
        self._command, self._log_path, self._environment = command, log_path, environment
        self._outage = Outage()
        self._process: subprocess.Popen[bytes] | None = None
        self._until_s = 0.0

    def look(self, hub: Kept | None, clock: Clock) -> None:
        """To be called every few seconds. `hub`: None where the hub is another host's."""
        self._reap()
        if hub is None:
            return
        now = clock.now()
        self._outage = outage.looked(self._outage, up_for_s(hub, clock), now)
        down_s = outage.to_tell_s(self._outage, now)
        if down_s is None:
            return
        self._outage = outage.told(self._outage)
        why = hub.sentence.reason if hub.sentence else hub.life.reason
        about = f"the hub has been down for {down_s:.0f} s: {why or 'it does not get going'}"
        log.error("%s", about)
        if self._command is not None and self._process is None:
            self._say(self._command(about))

    def close(self) -> None:
        """Ends the command if it still runs."""
        if self._process is not None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._process = None

    def _say(self, command: Sequence[str]) -> None:
        try:
            self._process = spawned(command, self._log_path, "last word", self._environment)
        except OSError as error:
            log.error("nobody could be told: %s", error.strerror)
        self._until_s = time.monotonic() + LONGEST_S

    def _reap(self) -> None:
        if self._process is None:
            return
        code = self._process.poll()
        if code is None and time.monotonic() < self._until_s:
            return
        if code != 0:
            log.error("telling people failed; see %s", self._log_path)
        if code is None:
            self.close()
        self._process = None

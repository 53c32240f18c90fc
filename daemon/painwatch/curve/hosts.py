"""The hosts that may send, as their list stands now: a key that is taken away counts no more a second later."""

from __future__ import annotations

import logging
from pathlib import Path

from painwatch.curve.folder import listed

log = logging.getLogger(__name__)

READ_AGAIN_NS = 1_000_000_000


class HostList:
    """Reads the list in `folder` (`network.keys`) again at most once a second. For one thread.

    What cannot be read or is no key lets nobody in, and is told once; the others are not affected.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._names: dict[str, str] = {}
        self._read_ns: int | None = None
        self._told: frozenset[str] = frozenset()

    def name_of(self, public_key: str, mono_ns: int) -> str | None:
        """The host that has this key; None if it may not send. `mono_ns`: now, monotonic."""
        if self._read_ns is None or mono_ns - self._read_ns >= READ_AGAIN_NS:
            self._read_ns = mono_ns
            self._read()
        return self._names.get(public_key)

    def _read(self) -> None:
        try:
            hosts, faults = listed(self._folder)
        except OSError as error:
            hosts, faults = {}, (f"{self._folder}: the list of hosts cannot be read ({error.strerror})",)
        for fault in sorted(set(faults) - self._told):
            log.error("%s", fault)
        self._told = frozenset(faults)
        self._names = {key: name for name, key in hosts.items()}

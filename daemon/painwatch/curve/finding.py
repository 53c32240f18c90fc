"""The address behind the name under which the hub listens. ZeroMQ binds to addresses only."""

from __future__ import annotations

import contextlib
import socket as net
import threading
from ipaddress import ip_address

from painwatch.config.network import ListenConfig
from painwatch.core.errors import PainwatchError


class Finding:
    """Looks the address up in a thread of its own: without a name server it takes longer than a hub may wait."""

    def __init__(self, listen: ListenConfig) -> None:
        self._listen = listen
        self._thread: threading.Thread | None = None
        self._found: str | PainwatchError | None = None

    def address(self) -> str | None:
        """The address; None while it is being looked up. Does not wait.

        Raises:
            PainwatchError: nobody knows the name now. Asked again, it is looked up again.
        """
        with contextlib.suppress(ValueError):
            return str(ip_address(self._listen.host))
        if self._thread is None:
            self._thread = threading.Thread(target=self._look_up, name="listen-address", daemon=True)
            self._thread.start()
        if self._found is None:
            return None
        found, self._found, self._thread = self._found, None, None
        if isinstance(found, PainwatchError):
            raise found
        return found

    def _look_up(self) -> None:
        try:
            self._found = address_of(self._listen)
        except PainwatchError as error:
            self._found = error


def address_of(listen: ListenConfig) -> str:
    """The address behind the name of this machine; may take long. Raises PainwatchError."""
    try:
        return str(net.getaddrinfo(listen.host, listen.port, type=net.SOCK_STREAM)[0][4][0])
    except (OSError, UnicodeError):
        mend = "write an address of this machine under `network: listen:`"
        raise PainwatchError("this host is not known", where=listen.host, mend=mend) from None

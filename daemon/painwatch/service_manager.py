"""What a service says to systemd (sd_notify): that it is ready, alive, stopping. Without systemd every word is nothing.

The protocol is one datagram of KEY=VALUE lines to the socket in $NOTIFY_SOCKET; see systemd's sd_notify(3).
"""

from __future__ import annotations

import contextlib
import os
import socket
from collections.abc import Mapping

READY, ALIVE, STOPPING = "READY=1", "WATCHDOG=1", "STOPPING=1"

ENVIRONMENT = ("NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID")
"""What systemd says to the process that it started, and to no child of that."""


def tell(word: str, environment: Mapping[str, str] = os.environ) -> bool:
    """Send `word`, such as READY; whether there was anyone to send it to. Never waits, never raises."""
    address = environment.get("NOTIFY_SOCKET", "")
    if address[:1] not in ("/", "@"):
        return False
    # A leading @ stands for an abstract socket, whose name begins with a NUL.
    address = f"\0{address[1:]}" if address.startswith("@") else address
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK) as line:
        line.sendto(word.encode(), address)
        return True
    return False


def status(words: str) -> str:
    """The line that `systemctl status` shows."""
    return f"STATUS={' '.join(words.split())}"


def watchdog_s(environment: Mapping[str, str], pid: int) -> float | None:
    """How soon systemd wants to hear from process `pid` again and again; None if it does not wait for it."""
    microseconds, whom = environment.get("WATCHDOG_USEC", ""), environment.get("WATCHDOG_PID", "")
    if not microseconds.isdigit() or int(microseconds) == 0 or (whom and whom != str(pid)):
        return None
    return int(microseconds) / 1e6

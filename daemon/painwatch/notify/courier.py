"""The process that carries one message: `python -m painwatch.notify.courier`, its errand as a line of JSON on stdin.

The only file that knows Apprise. The address comes by stdin, never on the command line, and goes nowhere else. It ends
when stdin does, so that none outlives the process that sent it; the kernel ends it when its time is up, whatever
hangs. It answers with one line of JSON on stdout: delivered, why, mend, in_the_clear.
"""

from __future__ import annotations

import json
import logging
import os
import signal
import sys
import threading
import urllib.error
import urllib.request
from typing import Any
from urllib.parse import urlsplit

from painwatch.notify.reasons import Reason, http_reason, reason_of, unusable

ASK_TIMEOUT_S = 10.0
_CLEAR = {"json", "xml", "form", "mailto", "http"}
"""Kinds that go without TLS unless their own settings say otherwise."""
_HERE = {"localhost", "127.0.0.1", "::1"}


def main() -> None:
    """Runs the one errand and ends the process."""
    errand = json.loads(sys.stdin.buffer.readline())
    signal.alarm(int(errand["timeout_s"]) + 1)
    threading.Thread(target=_end_with_stdin, daemon=True).start()
    try:
        answer = _ask(errand["url"]) if errand["do"] == "ask" else _send(errand)
    except Exception as error:  # whatever a service's code raises; its words may hold the address
        reason = reason_of([f"{type(error).__name__}: {error}"], errand["url"])
        answer = {"delivered": False, "why": reason.why, "mend": reason.mend}
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()
    # Threads that a service left behind are not waited for.
    os._exit(0)


def _end_with_stdin() -> None:
    sys.stdin.buffer.read()
    os._exit(1)


def _send(errand: dict[str, Any]) -> dict[str, Any]:
    import apprise
    from apprise.apprise import N_MGR

    url = errand["url"]
    told = _Told()
    logger = logging.getLogger("apprise")
    logger.handlers, logger.propagate = [told], False
    logger.setLevel(logging.DEBUG)
    asset = apprise.AppriseAsset(
        app_id="painwatch",
        app_desc="painwatch",
        app_url="",
        storage_mode="memory",
        async_mode=False,
        # A POST that is sent elsewhere becomes a GET on the way, and would count as delivered.
        http_redirects=False,
        service_timeout=0,
    )
    service = apprise.Apprise.instantiate(url, asset=asset) if "://" in url else None
    if service is None:
        kind = url.partition("://")[0].lower()
        return _in_vain(unusable(url, kind in N_MGR, told.warnings[:1]))
    if "overflow=" not in url:
        service.overflow_mode = apprise.OverflowMode.SPLIT
    clear = _is_clear(url, service)
    told.lines.clear()
    everyone = apprise.Apprise(asset=asset)
    everyone.add(service)
    if everyone.notify(
        body=errand["body"], title=errand["title"], notify_type=errand["type"], body_format=apprise.NotifyFormat.TEXT
    ):
        return {"delivered": True, "in_the_clear": clear}
    return _in_vain(reason_of(told.lines, url)) | {"in_the_clear": clear}


def _is_clear(url: str, service: Any) -> bool:
    host = getattr(service, "smtp_host", None) or getattr(service, "host", None)
    return url.partition("://")[0].lower() in _CLEAR and not getattr(service, "secure", False) and host not in _HERE


def _ask(url: str) -> dict[str, Any]:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        return _in_vain(Reason("the heartbeat's address is no http(s):// address", "write it as https://host/path"))
    clear = parts.scheme == "http" and parts.hostname not in _HERE
    request = urllib.request.Request(url, headers={"User-Agent": "painwatch"})
    try:
        with urllib.request.urlopen(request, timeout=ASK_TIMEOUT_S) as answer:
            answer.read(1000)
    except urllib.error.HTTPError as error:
        error.close()
        return _in_vain(http_reason(error.code)) | {"in_the_clear": clear}
    return {"delivered": True, "in_the_clear": clear}


def _in_vain(reason: Reason) -> dict[str, Any]:
    return {"delivered": False, "why": reason.why, "mend": reason.mend}


class _Told(logging.Handler):
    """Keeps what Apprise says of a failure: its faults, and the exception that it tells at debug level."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[str] = []
        self.warnings: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        text = record.getMessage()
        if record.levelno == logging.WARNING:
            self.warnings.append(text)
        if record.levelno >= logging.WARNING or text.startswith("Socket Exception"):
            self.lines.append(text)


if __name__ == "__main__":
    main()

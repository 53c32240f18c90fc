"""What is sent at once, without a history: the last word when the hub itself is down, and tests by hand."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from painwatch.config.delivery import TargetConfig
from painwatch.config.models import Config
from painwatch.core.alarms import Priority
from painwatch.core.errors import PainwatchError
from painwatch.core.signals import AlarmKind
from painwatch.notify.delivery import Delivery, Send, deliver
from painwatch.notify.messages import Message, utc
from painwatch.secrets import SecretReader

_AT_ONCE = 8


def last_word(
    config: Config,
    about: str,
    now_ns: int,
    *,
    read_secret: SecretReader,
    stop: threading.Event | None = None,
    send: Send = deliver,
) -> dict[str, Delivery]:
    """Tells every target that takes technical alarms of high priority, all at the same time; what became of each.

    Args:
        about: what happened, such as "the hub has been down for 60 s".
    """
    lines = [
        f"Please see to the watch: {about}",
        f"When: {utc(now_ns)}.",
        "While this lasts, silence is not comfort: no animal is being watched, and no alarm will be raised or sent.",
        "Nothing more is told of this until the watch runs again.",
    ]
    if config.notify.page:
        lines.insert(3, f"Page: {config.notify.page}")
    message = Message(f"{config.site}: the watch is down (high priority)", "\n".join(lines), Priority.HIGH)
    takers = [target for target in config.notify.targets if AlarmKind.TECHNICAL in target.kinds]
    return send_now(takers, message, read_secret=read_secret, stop=stop, send=send)


def trial(
    targets: Sequence[TargetConfig],
    site: str,
    now_ns: int,
    *,
    read_secret: SecretReader,
    stop: threading.Event | None = None,
    send: Send = deliver,
) -> dict[str, Delivery]:
    """Sends a message to each of `targets` that says that it is a test; what became of each."""
    body = f"This is a test of painwatch at {site}, sent by hand at {utc(now_ns)}. Nothing has to be done."
    message = Message(f"{site}: a test of notifications", body, Priority.LOW)
    return send_now(targets, message, read_secret=read_secret, stop=stop, send=send)


def send_now(
    targets: Sequence[TargetConfig],
    message: Message,
    *,
    read_secret: SecretReader,
    stop: threading.Event | None = None,
    send: Send = deliver,
) -> dict[str, Delivery]:
    """Sends `message` once to each of `targets`, side by side; what became of it by the targets' names."""
    told_to_stop = stop or threading.Event()

    def one(target: TargetConfig) -> Delivery:
        try:
            url = read_secret(target.url)
        except PainwatchError as error:
            return Delivery(False, f"its address cannot be read: {error.where} {error.what}", "put the address there")
        return send(url, message, told_to_stop)

    with ThreadPoolExecutor(_AT_ONCE, "notify") as pool:
        return {target.name: sent for target, sent in zip(targets, pool.map(one, targets), strict=True)}

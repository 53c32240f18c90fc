"""From notices that go out together to the one message that is sent. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from painwatch.core.alarms import Notice, Priority
from painwatch.core.words import for_how_long

LATE_S = 600
"""What is told later than this says so."""

_LONGEST_LINE = 400


@dataclass(frozen=True, slots=True)
class Message:
    """What is sent: plain text."""

    title: str
    body: str
    priority: Priority


@dataclass(frozen=True, slots=True)
class Due:
    """A notice that waits to be told since `since_ns` (UTC). What it tells of may be far older: that of a recording."""

    notice: Notice
    since_ns: int


def message_of(due: Sequence[Due], site: str, now_ns: int) -> Message:
    """One message with all that is `due` in it, at least one; each says so if it comes late.

    One notice is told whole. Several are told in order of time, each by its title and the words behind `body`'s first
    line break; the page has the rest.
    """
    notices = [one.notice for one in due]
    if len(notices) == 1:
        (only,) = notices
        late = _late(due[0], now_ns)
        return Message(only.title, f"{late}\n\n{only.body}" if late else only.body, only.priority)
    ordered = sorted(due, key=lambda one: (one.notice.time_ns, one.notice.key))
    worst = max((notice.priority for notice in notices), key=lambda priority: priority.rank)
    high = sum(notice.priority is Priority.HIGH for notice in notices)
    title = f"{site}: {len(notices)} notices together" + (f", {high} of high priority" if high else "")
    first = "These came at once or while this target could not be reached; the oldest is first."
    return Message(title, "\n\n".join([first, *(_entry(one, now_ns) for one in ordered)]), worst)


def utc(time_ns: int) -> str:
    """Such as 2026-11-20 22:10 UTC."""
    return f"{datetime.fromtimestamp(time_ns // 1_000_000_000, UTC):%Y-%m-%d %H:%M} UTC"


def _entry(due: Due, now_ns: int) -> str:
    notice = due.notice
    words = notice.body.split("\n")[1:2]
    lines = [f"{utc(notice.time_ns)}: {notice.title}", *words, _late(due, now_ns)]
    return "\n".join(line[:_LONGEST_LINE] for line in lines if line)


def _late(due: Due, now_ns: int) -> str:
    late_s = (now_ns - due.since_ns) / 1e9
    return f"Told {for_how_long(late_s)} late: this is of {utc(due.notice.time_ns)}." if late_s >= LATE_S else ""

"""Alarms in a terminal: a list, and asking the hub to do something about one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

from rich.text import Text

from painwatch.config.models import Config
from painwatch.config.places import Places
from painwatch.core.alarms import AlarmLive, AlarmPhase, Priority, Request
from painwatch.core.clock import Clock, SystemClock
from painwatch.core.errors import PainwatchError
from painwatch.core.live import Snapshot
from painwatch.core.signals import AlarmKind
from painwatch.core.words import for_how_long
from painwatch.web.alarm_wording import KIND_WORDS, PRIORITY_WORDS, about_off, asks, since, state_of
from painwatch.web.asking import WAIT_S, Asking, Send, over_the_line
from painwatch.web.feed import Feed

HEAR_S = 3.0

_SIGNS = {Priority.HIGH: "!!", Priority.MEDIUM: "!", Priority.LOW: "i"}


def alarm_lines(alarms: Iterable[AlarmLive], now_ns: int, off: Iterable[str] = ()) -> list[Text]:
    """Two lines for each alarm, those that wait for a person first. `now_ns`: the hub's clock."""
    lines = []
    for alarm in alarms:
        sign = _SIGNS[alarm.priority] if asks(alarm) else "-"
        line = Text()
        line.append(f"{sign:>2} ", style=_style(alarm))
        line.append(f"{KIND_WORDS[alarm.kind]}: {state_of(alarm)}", style=_style(alarm))
        line.append(f"  {PRIORITY_WORDS[alarm.priority]}, {since(alarm, now_ns)}")
        more = f"   {alarm.words}"
        lines += [line, Text(more), Text(f"   {alarm.rule} {alarm.subject}", style="dim")]
    told = about_off(off)
    return [*lines, Text(f"   {told}", style="bold yellow")] if told else lines


def hear_alarms(config: Config, places: Places, *, clock: Clock | None = None) -> Snapshot:
    """What the hub says now.

    Raises:
        PainwatchError: it is not heard, or is on another host.
    """
    with _hearing(config, places, clock, None) as (_, snapshot, _):
        return snapshot


def ask_hub(
    config: Config,
    places: Places,
    request_at: Callable[[int], Request],
    *,
    clock: Clock | None = None,
    send: Send | None = None,
) -> Snapshot:
    """Asks for what `request_at` makes of the hub's clock; it is done and stored when this returns what the hub then
    says.

    Raises:
        PainwatchError: the hub is not heard, refuses, or does not answer.
    """
    asking = Asking(send or over_the_line(places.results))
    with _hearing(config, places, clock, asking) as (feed, snapshot, now_ns):
        answer = asking.ask(request_at(now_ns))
        if answer is None:
            what = f"the hub has not answered within {WAIT_S:.0f} s: it is not known whether this was done"
            raise PainwatchError(what, mend="`painwatch alarms` says how the alarm stands now")
        if not answer.done:
            raise PainwatchError(f"not done: {answer.words}", mend="`painwatch alarms` says how the alarms stand now")
        return feed.heard().snapshot or snapshot


@contextmanager
def _hearing(
    config: Config, places: Places, clock: Clock | None, asking: Asking | None
) -> Iterator[tuple[Feed, Snapshot, int]]:
    if config.network.hub is not None:
        mend = "give this command there"
        raise PainwatchError("the hub and its alarms are on another host", where=config.network.hub.host, mend=mend)
    feed = Feed(places.live, clock or SystemClock(), on_message=asking.hear if asking else None)
    feed.start()
    try:
        heard = feed.wait(HEAR_S)
        if heard.snapshot is None or heard.age_s is None:
            mend = "is it running? Start it with `painwatch run`, and name the same --config here"
            raise PainwatchError(f"the hub has not been heard for {for_how_long(HEAR_S)}: nothing was asked", mend=mend)
        yield feed, heard.snapshot, heard.now_ns + round(heard.age_s * 1e9)
    finally:
        feed.close()


def _style(alarm: AlarmLive) -> str:
    if alarm.phase is not AlarmPhase.ACTIVE:
        return "bold"
    return "bold red" if alarm.kind is AlarmKind.WELFARE else "bold yellow"

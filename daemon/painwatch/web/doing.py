"""Having something done by the hub, for a button of the page or a route of the API, or saying why it was not."""

from __future__ import annotations

from collections.abc import Callable

from painwatch.core.alarms import AlarmLive, Request
from painwatch.core.errors import PainwatchError
from painwatch.web.asking import WAIT_S
from painwatch.web.refusals import Refused
from painwatch.web.sources import Sources, now


def do(sources: Sources, request_at: Callable[[int], Request]) -> None:
    """Asks the hub for what `request_at` makes of the hub's clock (UTC, ns); done when this returns.

    Waits for the hub: not for the server's own loop.

    Raises:
        Refused: 409, the hub says why not; 503, the hub is silent, so that nothing was asked; 504, it has not answered.
    """
    heard, _, age_s = now(sources)
    try:
        answer = sources.asking.ask(request_at(heard.now_ns + round(age_s * 1e9)))
    except PainwatchError as error:
        raise Refused(503, error.what, error.mend, again_s=WAIT_S) from None
    if answer is None:
        what = f"the hub has not answered within {WAIT_S:.0f} s: it is not known whether this was done"
        raise Refused(504, what, "see how the alarm stands, or ask again with the same `request`: it is done once")
    if not answer.done:
        raise Refused(409, answer.words, "see how the alarm stands now")


def alarm_of(sources: Sources, rule: str, subject: str) -> AlarmLive | None:
    """The alarm as last told; None while it is inactive, or was never known."""
    snapshot = sources.heard().snapshot
    alarms = snapshot.alarms if snapshot else ()
    return next((alarm for alarm in alarms if (alarm.rule, alarm.subject) == (rule, subject)), None)

"""Writes annotations into a Grafana: each at least once, and never twice.

Grafana gives an annotation no name of our choosing, and takes the same one again. So each bears a tag of its own, and
is looked for by that tag before it is written: after a kill, after an answer that never came, after a history that
could not note that it was done. What was asked for and not answered may still be on its way in: then it is looked for
SETTLE_S long before it is asked for again.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Any

from painwatch.config.grafana import ANNOTATIONS, GrafanaConfig
from painwatch.core.errors import PainwatchError
from painwatch.grafana.annotations import form_of, key_of
from painwatch.grafana.client import Grafana
from painwatch.grafana.faults import GrafanaFault
from painwatch.secrets import SecretReader
from painwatch.sinks.answers import Answer, Meaning

SETTLE_S = 60.0
"""The longest that a Grafana may sit on an annotation that it has let unanswered: its database waits no longer."""

log = logging.getLogger(__name__)


class Doubts:
    """Annotations that were sent and not answered, until they are found or have had their time; over logins, too."""

    def __init__(self, settle_s: float = SETTLE_S, now_s: Callable[[], float] = time.monotonic) -> None:
        self._settle_s, self._now_s = settle_s, now_s
        self._until_s: dict[str, float] = {}

    def add(self, key: str) -> None:
        self._until_s[key] = self._now_s() + self._settle_s

    def remove(self, key: str) -> None:
        self._until_s.pop(key, None)

    def lasts(self, key: str) -> bool:
        """Whether that one may still be on its way in."""
        return self._now_s() < self._until_s.get(key, 0.0)


class Annotator:
    """One Grafana to write annotations into: a Client of `sinks.drainer`. For one thread, but for `break_off`."""

    def __init__(self, grafana: Grafana, doubts: Doubts) -> None:
        self._grafana, self._doubts = grafana, doubts

    def write(self, lines: bytes) -> Answer:
        """Writes the annotations of these lines that are not there yet; what went wrong with the first that failed."""
        for line in lines.split(b"\n"):
            try:
                answer = self._annotate(form_of(line))
            except ValueError:
                answer = Answer(Meaning.REFUSED, "is no annotation")
            if answer.meaning is not Meaning.TAKEN:
                return answer
        return Answer(Meaning.TAKEN)

    def break_off(self) -> None:
        """Ends a request that is in flight, from another thread, and lets no more begin."""
        self._grafana.break_off()

    def close(self) -> None:
        """Lets the connection go."""
        self._grafana.close()

    def _annotate(self, form: dict[str, Any]) -> Answer:
        key = key_of(form)
        try:
            there = self._is_there(form, key)
        except GrafanaFault as fault:
            return _answer(fault, writing=False)
        if there:
            self._doubts.remove(key)
            return Answer(Meaning.TAKEN)
        if self._doubts.lasts(key):
            return Answer(
                Meaning.LATER, "has not said whether it took an annotation: it is looked for before it is sent again"
            )
        try:
            self._grafana.annotate(form)
        except GrafanaFault as fault:
            if fault.may_pass:
                self._doubts.add(key)
            return _answer(fault, writing=True)
        self._doubts.remove(key)
        return Answer(Meaning.TAKEN)

    def _is_there(self, form: dict[str, Any], key: str) -> bool:
        begin_ms, end_ms = form["time"], form.get("timeEnd", form["time"])
        found = self._grafana.annotations((key,), begin_ms=max(1, begin_ms - 1), end_ms=end_ms + 1)
        return any(key in one.get("tags", ()) for one in found if isinstance(one, dict))


def into_grafana(
    settings: GrafanaConfig, read_secret: SecretReader, doubts: Doubts | None = None
) -> Callable[[], Annotator]:
    """Makes an Annotator when it is called, with the token as it then is; raises PainwatchError if there is none."""
    doubts = doubts or Doubts()

    def connect() -> Annotator:
        if settings.token is None:
            mend = "give `grafana` a `token`, or switch `annotations` off"
            raise PainwatchError("has no token to write annotations with", where=ANNOTATIONS, mend=mend)
        return Annotator(Grafana(settings, read_secret(settings.token).strip()), doubts)

    return connect


def _answer(fault: GrafanaFault, *, writing: bool) -> Answer:
    """What is refused for what it is (400, 422) may be set aside; all else that does not pass waits for a person."""
    if fault.may_pass:
        return Answer(Meaning.LATER, fault.what)
    if writing and fault.status in (400, 422):
        return Answer(Meaning.REFUSED, fault.what)
    return Answer(Meaning.HELD, f"{fault.what}; {fault.mend}", login=fault.status in (401, 403))

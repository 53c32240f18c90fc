"""Marks on the page: what happened at the cages, and a form to add one."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime

from nicegui import ui

from painwatch.core.alarms import Mark, Request
from painwatch.core.errors import StoreError
from painwatch.web.alarm_wording import utc
from painwatch.web.answering import ask_hub
from painwatch.web.parts import box, text
from painwatch.web.sources import Sources
from painwatch.web.wishes import LONGEST_NAME, LONGEST_WORDS, readable, to_mark

MOST = 200
AGAIN_AFTER_S = 30.0
NAMES = ["treatment", "surgery", "new animal", "baseline", "cage change", "health check"]
_YEAR_NS = 366 * 86_400_000_000_000


class MarksPanel:
    """Built where it is made, kept up by `refresh`."""

    def __init__(self, sources: Sources, *, may_add: bool) -> None:
        self._sources = sources
        self._read_ns: int | None = None
        with box("pw-section", "section").props("aria-label=Marks"):
            with box("pw-section-head"):
                text("pw-section-title", "Marks", "h2")
            if may_add:
                self._build_form()
            self._fault = text("pw-fault").props("role=alert")
            self._list = box("pw-events")

    async def refresh(self) -> None:
        """Reads the marks of the last year anew, if time has gone on."""
        now = self._sources.clock.now()
        if self._read_ns is not None and now.mono_ns - self._read_ns < AGAIN_AFTER_S * 1e9:
            return
        self._read_ns = now.mono_ns
        try:
            marks = await asyncio.to_thread(self._ask, now.wall_ns)
        except StoreError as error:
            self._fault.set_text(f"History cannot be read: {error}")
            return
        self._list.clear()
        with self._list:
            for one in reversed(marks[-MOST:]):
                _row(one)
            if not marks:
                text("pw-alarms-none", "Nothing was marked in the last year.")

    def _ask(self, now_ns: int) -> tuple[Mark, ...]:
        with self._sources.history() as past:
            return past.marks(None, now_ns - _YEAR_NS, now_ns + _YEAR_NS)

    def _build_form(self) -> None:
        cages = [cage.name for cage in self._sources.config.cages]
        with box("pw-form", "form").props('aria-label="Add a mark"').on("submit.prevent", self._add):
            self._cage = ui.select(cages, value=cages[0], label="Cage").props("dense outlined")
            self._name = ui.input("What happened", autocomplete=NAMES).props(f"dense outlined maxlength={LONGEST_NAME}")
            self._begin = ui.input("When, UTC (empty: now)").props("dense outlined type=datetime-local stack-label")
            self._end = ui.input("Until, UTC (if it lasted)").props("dense outlined type=datetime-local stack-label")
            self._words = ui.input("Words (optional)").props(f"dense outlined maxlength={LONGEST_WORDS}")
            self._words.classes("pw-wide")
            text("pw-button pw-button-yes", "Add mark", "button").props("type=submit")

    async def _add(self) -> None:
        self._fault.set_text("")
        try:
            make = self._mark()
        except ValueError as error:
            self._fault.set_text(f"{error}.")
            return
        fault = await ask_hub(self._sources, make)
        if fault:
            self._fault.set_text(fault)
            return
        for field in (self._name, self._begin, self._end, self._words):
            field.set_value("")
        ui.notify("The mark is kept", type="info", position="top")
        self._read_ns = None
        await self.refresh()

    def _mark(self) -> Callable[[str, int, str, str], Request]:
        """A request for the mark in the form. Raises ValueError."""
        cage, name = str(self._cage.value), readable(str(self._name.value or ""))
        words = readable(str(self._words.value or ""))
        if not name:
            raise ValueError("Say what happened")
        begin_ns, end_ns = _time(self._begin.value), _time(self._end.value)

        def make(who: str, time_ns: int, given: str, _: str) -> Request:
            at_ns = time_ns if begin_ns is None else begin_ns
            return to_mark(Mark(cage, name, at_ns, end_ns, words, who), who=who, time_ns=time_ns, given=given)

        return make


def _time(value: object) -> int | None:
    if not value:
        return None
    try:
        time = datetime.fromisoformat(str(value)).replace(tzinfo=UTC)
    except ValueError:
        raise ValueError(f"{value} is not a time: write it as 2026-01-31T08:00") from None
    return int(time.timestamp()) * 1_000_000_000


def _row(mark: Mark) -> None:
    with box("pw-mark"):
        until = "" if mark.end_ns is None else f" to {utc(mark.end_ns)}"
        text("pw-event-time pw-mark-time", f"{utc(mark.time_ns)}{until}")
        with box(""):
            text("pw-mark-what", f"{mark.cage}: {mark.name}")
            text("pw-event-words", mark.words)
            text("pw-alarm-since", f"by {mark.who}" if mark.who else "")

"""What became of alarms, newest first, each with what it rests on."""

from __future__ import annotations

import asyncio

from nicegui import ui

from painwatch.core.alarms import AlarmPhase, Cause, Transition
from painwatch.core.errors import StoreError
from painwatch.web.alarm_panel import SIGNS
from painwatch.web.alarm_wording import CAUSE_WORDS, KIND_WORDS, PHASE_WORDS, PRIORITY_WORDS, utc
from painwatch.web.feed import Heard
from painwatch.web.parts import box, text
from painwatch.web.sources import Sources, subjects_of

MOST = 200
AGAIN_AFTER_S = 30.0

SPANS = {"24 h": 1, "7 d": 7, "31 d": 31, "1 year": 366}
_DAY_NS = 86_400_000_000_000
_ALL = "All cages"


class AlarmHistory:
    """Built where it is made, kept up by `refresh`."""

    def __init__(self, sources: Sources) -> None:
        self._sources = sources
        self._days, self._cage = 1, ""
        self._read: tuple[object, ...] = ()
        self._read_ns = 0
        self._rows: dict[str, ui.element] = {}
        with box("pw-section", "section").props('aria-label="What became of alarms"'):
            with box("pw-section-head"):
                text("pw-section-title", "What became of alarms", "h2")
                with box("pw-choices"):
                    cages = [_ALL, *(cage.name for cage in sources.config.cages)]
                    ui.select(cages, value=_ALL, on_change=lambda event: self._choose_cage(str(event.value))).props(
                        'dense outlined aria-label="Cage"'
                    )
                    ui.toggle(
                        list(SPANS), value="24 h", on_change=lambda event: self._choose_span(str(event.value))
                    ).props('dense no-caps unelevated aria-label="Time shown"').classes("pw-spans")
            self._fault = text("pw-fault")
            self._list = box("pw-events")
            self._said = text("pw-alarms-none")

    async def refresh(self, heard: Heard) -> None:
        """Reads anew when an alarm has changed, something else was chosen, or time has gone on."""
        alarms = heard.snapshot.alarms if heard.snapshot else ()
        wanted = (self._days, self._cage, *((a.rule, a.subject, a.since_ns, a.escalation) for a in alarms))
        now = self._sources.clock.now()
        if wanted == self._read and now.mono_ns - self._read_ns < AGAIN_AFTER_S * 1e9:
            return
        self._read, self._read_ns = wanted, now.mono_ns
        subjects = subjects_of(self._sources, self._cage) if self._cage else None
        from_ns = now.wall_ns - self._days * _DAY_NS
        try:
            found = await asyncio.to_thread(self._ask, from_ns, subjects)
        except StoreError as error:
            self._fault.set_text(f"History cannot be read: {error}")
            return
        if self._read == wanted:
            self._show(found)

    def _ask(self, from_ns: int, subjects: tuple[str, ...] | None) -> tuple[Transition, ...]:
        with self._sources.history() as past:
            # The hub's clock may be ahead of this one's by a little.
            to_ns = self._sources.clock.now().wall_ns + _DAY_NS
            return past.transitions(from_ns, to_ns, subjects=subjects, limit=MOST + 1)

    def _show(self, found: tuple[Transition, ...]) -> None:
        self._fault.set_text("")
        shown = {transition.key: transition for transition in found[-MOST:]}
        for key in self._rows.keys() - shown.keys():
            self._rows.pop(key).delete()
        # Oldest first, each new one on top: what a person has opened stays open.
        for index, (key, transition) in enumerate(shown.items()):
            if key not in self._rows:
                with self._list:
                    self._rows[key] = _row(transition)
                self._rows[key].move(self._list, target_index=len(self._rows) - 1 - index)
        self._said.set_text(_how_many(len(found)))

    async def _choose_cage(self, cage: str) -> None:
        self._cage = "" if cage == _ALL else cage
        await self.refresh(self._sources.heard())

    async def _choose_span(self, label: str) -> None:
        self._days = SPANS[label]
        await self.refresh(self._sources.heard())


def _how_many(found: int) -> str:
    if found > MOST:
        return f"These are the newest {MOST}; GET /api/alarms/history gives all."
    return "" if found else "Nothing became of any alarm in this time."


def _row(transition: Transition) -> ui.element:
    with box(f"pw-event pw-of-{transition.kind.value} pw-is-{transition.after.value}", "details") as row:
        with box("", "summary"):
            text("pw-event-time", utc(transition.time_ns))
            ui.icon(SIGNS.get(transition.after, "campaign")).props("aria-hidden=true")
            with box(""):
                text("pw-event-what", _what(transition))
                text("pw-event-words", transition.words)
        with box("pw-evidence"):
            for name, value in facts(transition):
                text("pw-evidence-name", name)
                text("pw-evidence-value", value)
    return row


def _what(transition: Transition) -> str:
    kind, escalated = KIND_WORDS[transition.kind], ""
    if transition.escalation and transition.before is transition.after is AlarmPhase.ACTIVE:
        escalated = f", escalation step {transition.escalation}"
    return f"{kind}: {PHASE_WORDS[transition.after]}{escalated} · {transition.rule}"


def facts(transition: Transition) -> list[tuple[str, str]]:
    """What a transition rests on, as names and values for a person."""
    evidence = transition.evidence
    rows = [
        ("Priority", PRIORITY_WORDS[transition.priority]),
        ("Was before", PHASE_WORDS[transition.before]),
        ("Because of", f"{CAUSE_WORDS[transition.cause]}{f': {transition.who}' if transition.who else ''}"),
        ("Threshold, end", f"{evidence.threshold:g}, {evidence.clear:g}"),
    ]
    if evidence.value is not None:
        rows.append(("Last value", f"{evidence.value:.3g}"))
    if evidence.baseline is not None:
        rows.append(("Compared with", f"{evidence.baseline:.3g} (baseline)"))
    if evidence.values:
        begin = f", from {utc(evidence.minutes[0])}" if evidence.minutes else ""
        rows.append(("Values", f"{' '.join(f'{value:.2f}' for value in evidence.values)}{begin}"))
    if evidence.coverage is not None:
        least = "" if evidence.minimum_coverage is None else f" (at least {evidence.minimum_coverage:.2f} is needed)"
        rows.append(("Coverage", f"{evidence.coverage:.2f}{least}"))
    if evidence.faces:
        rows.append(("Faces scored", f"{evidence.faces}; minutes not judged between: {evidence.unjudged}"))
    if evidence.models:
        rows.append(("Models", ", ".join(evidence.models)))
    rows.append(("Told", ", ".join(transition.notify) or "nobody"))
    if transition.runbook and transition.cause is not Cause.PERSON:
        rows.append(("What to do", transition.runbook))
    rows.append(("Rule", f"{transition.rule}, SHA-256 {evidence.rule_hash[:16]}"))
    return rows

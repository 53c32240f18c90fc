"""The alarms on the page, seen first: welfare and technical apart, worst first, with what a person can do."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from nicegui import ui

from painwatch.config.models import Config
from painwatch.core.alarms import AlarmLive, AlarmPhase, Priority, Request, RequestAction
from painwatch.core.signals import AlarmKind
from painwatch.web.alarm_wording import (
    KIND_WORDS,
    PRIORITY_WORDS,
    about_off,
    asks,
    nothing_raised,
    rules_in_force,
    since,
    state_of,
    summary,
)
from painwatch.web.answering import Confirming, Make
from painwatch.web.feed import Heard
from painwatch.web.parts import box, switch, text
from painwatch.web.wishes import about_alarm

SILENCES = {"15 min": 15, "1 h": 60, "4 h": 240, "12 h": 720}

_ICONS = {Priority.HIGH: "notification_important", Priority.MEDIUM: "warning_amber", Priority.LOW: "info_outline"}
SIGNS = {
    AlarmPhase.ACKNOWLEDGED: "how_to_reg",
    AlarmPhase.SILENCED: "notifications_off",
    AlarmPhase.CLEARED: "history",
    AlarmPhase.PENDING: "hourglass_top",
    AlarmPhase.INACTIVE: "hourglass_empty",
}
"""Of phases other than raised, which is told by priority."""


def icon_of(alarm: AlarmLive) -> str:
    """A sign of its own for each priority that is raised, and for each other phase."""
    return SIGNS.get(alarm.phase, _ICONS[alarm.priority])


class AlarmPanel:
    """Every alarm; built where it is made, kept up by `show`. `confirming`: None for who may only look."""

    def __init__(self, config: Config, confirming: Confirming | None) -> None:
        with box("pw-alarms", "section").props("aria-label=Alarms") as self._panel:
            with box("pw-alarms-head"):
                self._summary = text("pw-alarms-summary", "", "h2").props("role=status aria-live=assertive")
                text("pw-alarms-link", "What became of alarms", "a").props("href=/alarms")
            self._groups = {kind: _Group(kind, rules_in_force(config, kind), confirming) for kind in AlarmKind}
            text("pw-alarms-off", about_off(config.alarms.off))

    def show(self, heard: Heard) -> None:
        """Says what the hub last said of alarms."""
        alarms = heard.snapshot.alarms if heard.snapshot else ()
        self._summary.set_text(summary(alarms) if heard.fresh else "Alarms are not known now")
        switch(self._panel, "pw-alarms-asking", heard.fresh and any(map(asks, alarms)))
        switch(self._panel, "pw-old", not heard.fresh)
        for kind, group in self._groups.items():
            group.show([alarm for alarm in alarms if alarm.kind is kind], heard)


class _Group:
    def __init__(self, kind: AlarmKind, rules: int, confirming: Confirming | None) -> None:
        self._nothing, self._confirming = nothing_raised(kind, rules=rules), confirming
        self._rows: dict[tuple[str, str], AlarmRow] = {}
        with box(f"pw-alarms-kind pw-alarms-{kind.value}").props(f'role=group aria-label="{KIND_WORDS[kind]} alarms"'):
            text("pw-alarms-title", KIND_WORDS[kind], "h3")
            self._list = box("pw-alarms-list")
            self._empty = text("pw-alarms-none", self._nothing)

    def show(self, alarms: list[AlarmLive], heard: Heard) -> None:
        wanted = [(alarm.rule, alarm.subject) for alarm in alarms]
        for gone in self._rows.keys() - set(wanted):
            self._rows.pop(gone).row.delete()
        for alarm, key in zip(alarms, wanted, strict=True):
            if key not in self._rows:
                with self._list:
                    self._rows[key] = AlarmRow(alarm, self._confirming)
            self._rows[key].show(alarm, heard.now_ns)
        in_order = [self._rows[key].row for key in wanted]
        for index, row in enumerate(in_order):
            if self._list.default_slot.children[index] is not row:
                row.move(self._list, target_index=index)
        self._empty.set_text("" if alarms or not heard.fresh else self._nothing)


class AlarmRow:
    """One alarm, and its buttons."""

    def __init__(self, alarm: AlarmLive, confirming: Confirming | None) -> None:
        self._alarm, self._confirming = alarm, confirming
        with box("pw-alarm", "article").props(f'aria-label="{alarm.rule}"') as self.row:
            self._icon = ui.icon(icon_of(alarm)).classes("pw-alarm-icon").props("aria-hidden=true")
            with box("pw-alarm-saying"):
                with box("pw-alarm-head"):
                    self._state = text("pw-alarm-state")
                    self._priority = text("pw-alarm-priority")
                    text("pw-alarm-rule", alarm.rule)
                self._words = text("pw-alarm-words")
                self._since = text("pw-alarm-since")
                text("pw-alarm-runbook", alarm.runbook)
            if confirming is not None:
                self._build_buttons()

    def show(self, alarm: AlarmLive, now_ns: int) -> None:
        """Says how the alarm stands. `now_ns`: the hub's clock."""
        self._alarm = alarm
        self._icon.set_name(icon_of(alarm))
        self._state.set_text(state_of(alarm))
        self._priority.set_text(PRIORITY_WORDS[alarm.priority])
        self._words.set_text(alarm.words)
        self._since.set_text(since(alarm, now_ns))
        looks = {f"pw-is-{phase.value}" for phase in AlarmPhase} | {f"pw-{p.value}-priority" for p in Priority}
        own = {f"pw-is-{alarm.phase.value}", f"pw-{alarm.priority.value}-priority"}
        self.row.classes(add=" ".join(own), remove=" ".join(looks - own))
        if self._confirming is not None:
            silenced = alarm.phase is AlarmPhase.SILENCED
            seen = bool(alarm.acknowledged_by)
            nothing = alarm.phase in (AlarmPhase.PENDING, AlarmPhase.INACTIVE)
            switch(self._acknowledge, "hidden", nothing or seen or (silenced and not alarm.condition))
            switch(self._silence, "hidden", nothing or silenced)
            switch(self._unsilence, "hidden", not silenced)

    def _build_buttons(self) -> None:
        with box("pw-buttons pw-alarm-buttons"):
            self._acknowledge = _button("Acknowledge", self._ask_acknowledge)
            with _button("Silence") as self._silence, ui.menu():
                for label, minutes in SILENCES.items():
                    ui.menu_item(label, partial(self._ask_silence, label, minutes))
            self._unsilence = _button("End silence", self._ask_unsilence)

    def _ask_acknowledge(self) -> None:
        self._ask(
            RequestAction.ACKNOWLEDGE,
            "You have seen this alarm?",
            "Nobody is called again while it lasts. It stays on the page until its condition ends.",
            "Yes, acknowledge",
            "Acknowledged",
        )

    def _ask_silence(self, label: str, minutes: int) -> None:
        about = "Nobody is told of it until then, whatever happens to this alarm. It stays on the page."
        title, done = f"Silence this alarm for {label}?", f"Silenced for {label}"
        self._ask(RequestAction.SILENCE, title, about, f"Yes, silence for {label}", done, minutes)

    def _ask_unsilence(self) -> None:
        about = "People are told of it again."
        self._ask(RequestAction.UNSILENCE, "End this silence?", about, "Yes, end it", "No longer silenced")

    def _ask(
        self, action: RequestAction, title: str, about: str, yes: str, done: str, minutes: int | None = None
    ) -> None:
        if self._confirming is not None:
            said = f"{self._alarm.words}. {about}"
            self._confirming.ask(title, said, yes, done, _make(action, self._alarm, minutes))


def _make(action: RequestAction, alarm: AlarmLive, minutes: int | None) -> Make:
    def make(who: str, time_ns: int, given: str, words: str) -> Request:
        return about_alarm(
            action,
            alarm.rule,
            alarm.subject,
            who=who,
            time_ns=time_ns,
            given=given,
            minutes=minutes,
            words=words,
        )

    return make


def _button(label: str, on_click: Callable[[], None] | None = None) -> ui.element:
    button = text("pw-button", label, "button").props("type=button")
    return button if on_click is None else button.on("click", on_click)

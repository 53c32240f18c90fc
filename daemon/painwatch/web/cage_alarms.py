"""A cage's alarms on its card, in a line each; what to do about them stands at the top of the page."""

from __future__ import annotations

from nicegui import ui

from painwatch.core.alarms import AlarmPhase, Priority
from painwatch.core.signals import AlarmKind
from painwatch.web.alarm_panel import icon_of
from painwatch.web.alarm_wording import KIND_WORDS, PRIORITY_WORDS, state_of
from painwatch.web.feed import Heard
from painwatch.web.parts import box, text


class CageAlarms:
    """Built where it is made, kept up by `show`."""

    def __init__(self, cage: str) -> None:
        self._cage = cage
        self._lines: dict[tuple[str, str], tuple[ui.element, ui.icon, ui.label]] = {}
        self._list = box("pw-cage-alarms")

    def show(self, heard: Heard) -> None:
        """Says which alarms the cage has; none while the hub is silent."""
        alarms = heard.snapshot.alarms if heard.snapshot and heard.fresh else ()
        shown = {
            (alarm.rule, alarm.subject): alarm
            for alarm in alarms
            if self._cage in alarm.cages and alarm.phase not in (AlarmPhase.INACTIVE, AlarmPhase.PENDING)
        }
        for key in self._lines.keys() - shown.keys():
            self._lines.pop(key)[0].delete()
        for index, (key, alarm) in enumerate(shown.items()):
            if key not in self._lines:
                self._lines[key] = self._add()
            line, icon, words = self._lines[key]
            icon.set_name(icon_of(alarm))
            words.set_text(
                f"{KIND_WORDS[alarm.kind]} alarm, {PRIORITY_WORDS[alarm.priority]}: {key[0]}. {state_of(alarm)}"
            )
            kinds = {f"pw-of-{kind.value}" for kind in AlarmKind} | {f"pw-is-{phase.value}" for phase in AlarmPhase}
            kinds |= {f"pw-{priority.value}-priority" for priority in Priority}
            own = {f"pw-of-{alarm.kind.value}", f"pw-is-{alarm.phase.value}", f"pw-{alarm.priority.value}-priority"}
            line.classes(add=" ".join(own), remove=" ".join(kinds - own))
            if self._list.default_slot.children[index] is not line:
                line.move(self._list, target_index=index)

    def _add(self) -> tuple[ui.element, ui.icon, ui.label]:
        with self._list, box("pw-cage-alarm") as line:
            icon = ui.icon("info_outline").props("aria-hidden=true")
            return line, icon, text("")

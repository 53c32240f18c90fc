"""Where results and notices go, on the page: the history on disk, the sinks, the notification targets."""

from __future__ import annotations

from nicegui import ui

from painwatch.web.alarm_wording import delivery_lines
from painwatch.web.feed import Heard
from painwatch.web.parts import box, switch, text


class Deliveries:
    """Built where it is made, kept up by `show`."""

    def __init__(self) -> None:
        self._lines: dict[str, tuple[ui.element, ui.label]] = {}
        self._box = box("pw-deliveries")

    def show(self, heard: Heard) -> None:
        """Says what the hub last said of its history, its sinks and its targets; nothing that is old."""
        lines = delivery_lines(heard.snapshot) if heard.snapshot and heard.fresh else ()
        for name in self._lines.keys() - {line.name for line in lines}:
            self._lines.pop(name)[0].delete()
        for name, said, wrong in lines:
            if name not in self._lines:
                self._lines[name] = self._add(name)
            line, words = self._lines[name]
            words.set_text(said)
            switch(line, "pw-technical", wrong)

    def _add(self, name: str) -> tuple[ui.element, ui.label]:
        with self._box, box("pw-delivery") as line:
            text("pw-delivery-name", name)
            return line, text("pw-delivery-words")

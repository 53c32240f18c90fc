"""Where results and notices go, on the page: the history on disk, the sinks, the notification targets."""

from __future__ import annotations

from nicegui import ui

from painwatch.web.alarm_wording import about_sink, about_store, about_target
from painwatch.web.feed import Heard
from painwatch.web.parts import box, switch, text


class Deliveries:
    """Built where it is made, kept up by `show`."""

    def __init__(self) -> None:
        self._lines: dict[str, tuple[ui.element, ui.label]] = {}
        self._box = box("pw-deliveries")

    def show(self, heard: Heard) -> None:
        """Says what the hub last said of its history, its sinks and its targets; nothing that is old."""
        hub = heard.snapshot
        lines: dict[str, tuple[str, bool]] = {}
        if hub is not None and heard.fresh:
            fault = hub.store.fault or hub.store_fault
            said = about_store(hub.store, hub.time_ns) or (f"cannot be written: {fault}" if fault else "")
            lines["History"] = (said, bool(fault or hub.store.pruned or hub.store.lost))
            for sink in hub.sinks:
                lines[f"Sink {sink.name}"] = (about_sink(sink, hub.time_ns), bool(sink.fault or sink.refused))
            for target in hub.targets:
                lines[f"Notices to {target.name}"] = (about_target(target, hub.time_ns), bool(target.fault))
        for name in self._lines.keys() - lines.keys():
            self._lines.pop(name)[0].delete()
        for name, (said, wrong) in lines.items():
            if name not in self._lines:
                self._lines[name] = self._add(name)
            line, words = self._lines[name]
            words.set_text(said)
            switch(line, "hidden", not said)
            switch(line, "pw-technical", wrong)

    def _add(self, name: str) -> tuple[ui.element, ui.label]:
        with self._box, box("pw-delivery") as line:
            text("pw-delivery-name", name)
            return line, text("pw-delivery-words")

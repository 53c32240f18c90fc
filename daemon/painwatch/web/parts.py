"""Small pieces the page is made of."""

from __future__ import annotations

from nicegui import ui

from painwatch.web.wording import Severity

ICONS = {
    Severity.QUIET: "visibility",
    Severity.ATTENTION: "warning_amber",
    Severity.PAIN: "notification_important",
    Severity.UNKNOWN: "help_outline",
}
"""Of different shapes: the state is never told by colour alone."""

_LOOKS = frozenset(f"pw-{severity}" for severity in Severity)


def box(classes: str, tag: str = "div") -> ui.element:
    """An element with our own classes and none of the library's looks."""
    return ui.element(tag).classes(classes)


def text(classes: str, content: str = "", tag: str = "div") -> ui.label:
    """A piece of text; `set_text` sends it to the browser only when it changes."""
    label = ui.label(content).classes(classes)
    label.tag = tag
    return label


def mark(element: ui.element, severity: Severity) -> None:
    """Gives `element` the looks of `severity`."""
    wanted = f"pw-{severity}"
    element.classes(add=wanted, remove=" ".join(_LOOKS - {wanted}))


def switch(element: ui.element, name: str, on: bool) -> None:
    """Gives `element` the class `name`, or takes it away."""
    element.classes(add=name if on else None, remove=None if on else name)


class Bar:
    """A share of 0..1 as a bar; empty and hatched while the share is not known."""

    def __init__(self, classes: str) -> None:
        with box(f"pw-bar {classes}").props("aria-hidden=true") as self._trough:
            self._fill = box("pw-fill")

    def show(self, share: float | None) -> None:
        switch(self._trough, "pw-none", share is None)
        self._fill.style(f"width: {100 * (share or 0.0):.1f}%")
